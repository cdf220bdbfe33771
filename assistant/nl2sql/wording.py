"""Says in words what an expression of a statement means; what it has no words for it names as SQL.

    realized_pnl > 1000                      realized P&L is above 1,000 USD
    executed_at >= date_trunc('week', now()) executed at is the start of this week or later
    age(opened_at)                           `AGE(opened_at)`

Nothing is dropped: a part without words of its own stands in the text as it stands in the statement.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlglot import exp

_NAMED = {"pnl": "P&L", "id": "ID", "avg": "average", "pct": "%", "eps": "EPS", "cik": "CIK"}
_COUNTS_NOTHING = re.compile(r"(?:^|_)(?:id|year|cik)$", re.I)


def name_in_words(name: str) -> str:
    """Return the name of a column or a table as people write it: `realized_pnl` is "realized P&L"."""
    return " ".join(_NAMED.get(part, part) for part in name.lower().split("_") if part) or name


def is_key(column: str) -> bool:
    """Whether the numbers of a column count nothing: they name rows or years."""
    return _COUNTS_NOTHING.search(column) is not None


def listed(parts: Sequence[str], last: str = "and") -> str:
    """Return parts as people list them: "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def number_in_words(text: str) -> str:
    """Return a number as it stands in a statement, with commas between thousands."""
    try:
        value = Decimal(text)
    except ArithmeticError:
        return text
    return f"{value:,f}" if value.is_finite() else text


@dataclass(frozen=True)
class Wording:
    """Words for the expressions of one SELECT.

    Args:
        said: How each kind of node is said; the others stand as SQL.
        query: Words for a query inside the expression.
        unit: The unit of an expression, empty where it has none.
        rows: Words for the rows of a query that is asked only whether it has any.
        names: What the tables in sight are called, by the names that the statement gives them.
        several: Whether a column is named with its table.
    """

    said: "Mapping[type[exp.Expr], Phrase]"
    query: Callable[[exp.Expr], str]
    unit: Callable[[exp.Expr], str]
    rows: Callable[[exp.Expr], str]
    names: Mapping[str, str]
    several: bool = False

    def of(self, node: exp.Expr) -> str:
        """Return the words for an expression."""
        say = self.said.get(type(node))
        return say(self, node) if say else as_sql(node)

    def all(self, nodes: Iterable[exp.Expr], last: str = "and") -> str:
        """Return the words for several expressions, as a list."""
        return listed([self.of(one) for one in nodes], last)

    def filters(self, node: exp.Expr) -> list[str]:
        """Return the words for each condition that must hold."""
        if isinstance(node, exp.And):
            return [*self.filters(node.this), *self.filters(node.expression)]
        return [self.condition(node)]

    def condition(self, node: exp.Expr) -> str:
        """Return the words for what must be true; a column of yes and no says so."""
        return f"{self.of(node)} is true" if isinstance(node, exp.Column) else self.of(node)

    def table(self, name: str) -> str:
        """Return what a table is called."""
        return self.names.get(name, name_in_words(name))

    def value(self, node: exp.Expr, beside: exp.Expr) -> str:
        """Return the words for a value that is compared; a bare number gets the unit beside it."""
        number = node.this if isinstance(node, exp.Neg) else node
        if not isinstance(number, exp.Literal) or number.is_string:
            return self.of(node)
        if isinstance(beside, exp.Column) and is_key(beside.name):
            return node.sql(dialect="postgres")
        unit = self.unit(beside)
        return with_unit(self.of(node), unit) if unit else self.of(node)


def with_unit(number: str, unit: str) -> str:
    """Return a number in words with its unit."""
    return f"{number}%" if unit == "%" else f"{number} {unit}"


def as_sql(node: exp.Expr) -> str:
    """Return an expression as it stands in the statement, marked as such."""
    return f"`{node.sql(dialect='postgres')}`"


Phrase = Callable[[Wording, exp.Expr], str]
"""The words for one kind of node."""
