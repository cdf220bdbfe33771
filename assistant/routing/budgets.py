"""Whose budgets a request to a cloud model counts against: everybody's, its role's, its user's.

    AEI_CLOUD_BUDGET_USD_PER_DAY      everybody together
    [roles.analyst] usd_per_day       all users of a role together
    [roles.analyst] usd_per_user_and_day, [users.ann] usd_per_day     one user

All of them must have room; a user's own amount goes before the role's amount for each user.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from assistant.domain.costs import Budget
from assistant.domain.people import Principal
from assistant.routing.policy import Policy, RolePolicy


@dataclass(frozen=True)
class Budgets:
    """What cloud models may cost in a day, in US dollars.

    Args:
        usd_per_day: Everybody together.
        policy: What it says of roles and users.
    """

    usd_per_day: Decimal
    policy: Policy = field(default_factory=Policy)

    def of(self, asked_by: Principal) -> tuple[Budget, ...]:
        """Return the budgets that a request of this person counts against."""
        role = self.policy.roles.get(asked_by.role, RolePolicy())
        found = [Budget(self.usd_per_day)]
        if role.usd_per_day is not None:
            found.append(Budget(role.usd_per_day, role=asked_by.role))
        own = self.policy.users.get(asked_by.id)
        mine = own.usd_per_day if own else role.usd_per_user_and_day
        if mine is not None:
            found.append(Budget(mine, who=asked_by.id))
        return tuple(found)

    def stated(self) -> tuple[Budget, ...]:
        """Return the budgets that settings and policy name, everybody's first."""
        roles = ((role, said.usd_per_day) for role, said in self.policy.roles.items())
        return (
            Budget(self.usd_per_day),
            *(Budget(usd, role=role) for role, usd in roles if usd is not None),
            *(Budget(said.usd_per_day, who=who) for who, said in self.policy.users.items()),
        )
