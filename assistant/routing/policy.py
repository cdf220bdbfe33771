"""Where a message goes: small rules in a fixed order, the first that speaks decides.

 1. builtin_asked     AEI_MODEL=builtin: no language model at all
 2. sensitive         something sensitive was found, or a message before it was: never the cloud,
                      unless placeholders can stand for all of it and the policy lets this role
 3. doubtful          nothing was found, but it may be sensitive: never the cloud
 4. labelled          a passage in the prompt has a stricter label than the policy lets out
 5. never_named       it names a company or project that the policy keeps here
 6. role_kept         the policy keeps this role's questions here
 7. intent_kept       the policy keeps this intent here, or the one it may also be
 8. local_asked       AEI_MODEL=local
 9. cloud_asked       AEI_MODEL=cloud
10. demanding         several steps of reasoning: the cloud
11. routine           everything else: local

Rules that keep text here stand before every rule that lets it out, so no wish and no wording opens
the door again. A policy file (`AEI_ROUTING_POLICY`) feeds the rules; it cannot reorder them.
"""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.domain.answers import Destination, Route
from assistant.domain.errors import InvalidRequest
from assistant.domain.filings import Sensitivity
from assistant.domain.people import Role
from assistant.domain.routing import Complexity, Intent, Reading


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Dollars = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]


class RolePolicy(_Strict):
    """What a role may do.

    Args:
        cloud: Whether its questions may go to a cloud model.
        redact: Whether they may with placeholders for what is sensitive; None: as `cloud.redact`.
        usd_per_day: What these may cost in a day, all users of the role together; None: no limit.
        usd_per_user_and_day: What these may cost in a day for each of its users; None: no limit.
    """

    cloud: bool = True
    redact: bool | None = None
    usd_per_day: Dollars | None = None
    usd_per_user_and_day: Dollars | None = None


class UserPolicy(_Strict):
    """What one user's questions may cost in a day; goes before what the role says."""

    usd_per_day: Dollars


class CloudPolicy(_Strict):
    """What may go to a cloud model.

    Args:
        enabled: Whether anything may.
        intents: The intents that may.
        strictest_label: Passages with a stricter label stay here; `restricted` ones always do.
        never_companies: Names of companies whose mention keeps a message here.
        never_projects: Names of projects, likewise.
        redact: Whether a sensitive message may go out with placeholders for its identifiers.
    """

    enabled: bool = True
    intents: frozenset[Intent] = frozenset(Intent)
    strictest_label: Sensitivity = Sensitivity.PUBLIC
    never_companies: tuple[str, ...] = ()
    never_projects: tuple[str, ...] = ()
    redact: bool = False


class Policy(_Strict):
    """The policy file. `clients` are names whose mention is sensitive."""

    cloud: CloudPolicy = CloudPolicy()
    roles: dict[Role, RolePolicy] = Field(default_factory=dict)
    users: dict[str, UserPolicy] = Field(default_factory=dict)
    clients: tuple[str, ...] = ()

    def redacts(self, role: Role) -> bool:
        """Return whether this role's sensitive messages may go out with placeholders."""
        own = self.roles.get(role, RolePolicy()).redact
        return self.cloud.redact if own is None else own


@dataclass(frozen=True, slots=True)
class Case:
    """What the rules look at.

    Args:
        reading: What the message was read as.
        role: Of who asks.
        label: The strictest label of what would be in the prompt.
        named: The company or project in it that the policy keeps here, or empty.
        asked: The destination that AEI_MODEL asks for; None: the router decides.
    """

    reading: Reading
    role: Role
    label: Sensitivity = Sensitivity.PUBLIC
    named: str = ""
    asked: Destination | None = None


Verdict = tuple[Destination, str]
Rule = Callable[[Case, Policy], Verdict | None]


def read_policy(named: str | Path) -> Policy:
    """Return the policy of a file; the defaults where none is named.

    Raises:
        InvalidRequest: The file cannot be read, or says something that is no policy.
    """
    if not named:
        return Policy()
    path = Path(named)
    try:
        return Policy.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidRequest(
            f"The routing policy {path} cannot be read: {error}",
            "Set AEI_ROUTING_POLICY to a TOML file.",
        ) from error
    except ValidationError as invalid:
        first = invalid.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise InvalidRequest(
            f"The routing policy {path}: {place}: {first['msg']}",
            "docs/security.md shows a whole policy.",
        ) from None


def decide(case: Case, policy: Policy) -> Route:
    """Return where a message goes, and the rule's reason."""
    for rule in RULES:
        if verdict := rule(case, policy):
            destination, reason = verdict
            hidden = destination is Destination.CLOUD and case.reading.sensitive
            reasons = (reason, *_in_vain(case, destination))
            return Route(destination, reasons, case.reading, redacted=hidden)
    raise AssertionError("the last rule always speaks")


def may_leave(label: Sensitivity, strictest: Sensitivity) -> bool:
    """Return whether text of this label may go to a cloud model; restricted text never does."""
    order = list(Sensitivity)
    allowed = min(order.index(strictest), order.index(Sensitivity.CONFIDENTIAL))
    return order.index(label) <= allowed


def _in_vain(case: Case, destination: Destination) -> tuple[str, ...]:
    """Return what is said to somebody who asked for the cloud and does not get it."""
    if case.asked is Destination.CLOUD and destination is not Destination.CLOUD:
        return ("a cloud model was asked for, which changes nothing about that",)
    return ()


def _builtin_asked(case: Case, policy: Policy) -> Verdict | None:
    if case.asked is Destination.BUILTIN:
        return Destination.BUILTIN, "the built-in answerer was asked for"
    return None


def _sensitive(case: Case, policy: Policy) -> Verdict | None:
    if not case.reading.sensitive or _hidden(case, policy):
        return None
    kinds = dict.fromkeys(span.kind.words for span in case.reading.sensitivity)
    found = f"it holds {' and '.join(kinds)}" if kinds else "a message before it is sensitive"
    return Destination.LOCAL, f"{found}, which never leaves this machine"


def _doubtful(case: Case, policy: Policy) -> Verdict | None:
    if case.reading.doubtful and not _hidden(case, policy):
        return Destination.LOCAL, "it may be about somebody's own affairs; in doubt it stays here"
    return None


def _hidden(case: Case, policy: Policy) -> bool:
    """Whether all that is sensitive would be replaced; its doubts are those of what is left."""
    reading = case.reading
    return reading.sensitive and reading.hideable and policy.redacts(case.role)


def _labelled(case: Case, policy: Policy) -> Verdict | None:
    if not may_leave(case.label, policy.cloud.strictest_label):
        return Destination.LOCAL, f"a passage in the prompt is labelled {case.label.value}"
    return None


def _never_named(case: Case, policy: Policy) -> Verdict | None:
    if case.named:
        return Destination.LOCAL, f"the policy keeps everything about {case.named} here"
    return None


def _role_kept(case: Case, policy: Policy) -> Verdict | None:
    if not policy.roles.get(case.role, RolePolicy()).cloud:
        return Destination.LOCAL, f"the policy keeps the questions of a {case.role.value} here"
    return None


def _intent_kept(case: Case, policy: Policy) -> Verdict | None:
    if not policy.cloud.enabled:
        return Destination.LOCAL, "the policy allows no cloud model"
    for intent in case.reading.candidates:
        if intent not in policy.cloud.intents:
            return Destination.LOCAL, f"the policy keeps the intent {intent.value} here"
    return None


def _local_asked(case: Case, policy: Policy) -> Verdict | None:
    if case.asked is Destination.LOCAL:
        return Destination.LOCAL, "a local model was asked for"
    return None


def _cloud_asked(case: Case, policy: Policy) -> Verdict | None:
    if case.asked is Destination.CLOUD:
        return Destination.CLOUD, f"a cloud model was asked for, and {_cleared(case)}"
    return None


def _demanding(case: Case, policy: Policy) -> Verdict | None:
    if case.reading.complexity is Complexity.COMPLEX:
        return (
            Destination.CLOUD,
            f"it takes several steps of reasoning, and {_cleared(case)}",
        )
    return None


def _cleared(case: Case) -> str:
    if not case.reading.sensitive:
        return "nothing sensitive was found"
    kinds = dict.fromkeys(span.kind.words for span in case.reading.sensitivity)
    return f"placeholders stand for {' and '.join(kinds) or 'what is sensitive before it'}"


def _routine(case: Case, policy: Policy) -> Verdict | None:
    return Destination.LOCAL, "routine work stays on this machine"


RULES: tuple[Rule, ...] = (
    _builtin_asked,
    _sensitive,
    _doubtful,
    _labelled,
    _never_named,
    _role_kept,
    _intent_kept,
    _local_asked,
    _cloud_asked,
    _demanding,
    _routine,
)
