"""Where a question to the database is sent: the router's decision, with what its prompt would hold.

What belongs to users is in no prompt that leaves: a stored value of theirs, found in the question or in
a statement before it, makes the prompt restricted.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

from assistant.domain.answers import EarlierTurn, Question, Route
from assistant.domain.filings import Sensitivity
from assistant.domain.queries import DataQuestion, LinkedValue, Linking
from assistant.domain.routing import Intent
from assistant.domain.semantics import ColumnMeaning, SemanticLayer, TableMeaning
from assistant.domain.sql import ReadableSchema
from assistant.ports import Router

_LITERAL = re.compile(r"'(?:[^']|'')+'")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Sending:
    """Decides where questions go.

    Args:
        router: Reads them, and decides.
        schema: Says which tables hold rows of users, and which values are no secret.
        layer: The same.
    """

    router: Router
    schema: ReadableSchema
    layer: SemanticLayer

    async def decided(self, question: DataQuestion, linking: Linking) -> tuple[Route, Sensitivity]:
        """Return where a question goes, and how far its prompt may travel."""
        asked = Question(
            question.text,
            question.asked_by,
            datetime.now(UTC).date(),
            conversation_id=question.conversation_id,
            history=tuple(EarlierTurn(one.question) for one in question.earlier),
            model=question.model,
            confirmed=question.confirmed,
        )
        reading = await self.router.read(asked)
        reading = replace(reading, intent=Intent.SQL, confidence=1.0, runner_up=None)
        held = Sensitivity.RESTRICTED if self._holds(question, linking) else Sensitivity.PUBLIC
        route = self.router.decide(reading, asked, held)
        return route, Sensitivity.RESTRICTED if reading.sensitive else held

    def _holds(self, question: DataQuestion, linking: Linking) -> bool:
        """Whether the prompt would hold a stored value of a table whose rows belong to users."""
        if any(self._is_private(value) for value in linking.values):
            return True
        before = (one.sql for one in question.earlier if _LITERAL.search(one.sql))
        return any(self._owned & set(_WORD.findall(sql.lower())) for sql in before)

    def _is_private(self, value: LinkedValue) -> bool:
        """Whether a value is known from rows only; a choice that the database names is known to all."""
        table, _, column = value.column.partition(".")
        if table not in self._owned:
            return False
        meaning = self.layer.tables.get(table, TableMeaning()).columns.get(column, ColumnMeaning())
        named = self.schema.tables[table].choices.get(column, ())
        return value.value not in {*named, *meaning.values.values()}

    @cached_property
    def _owned(self) -> frozenset[str]:
        """The tables whose rows belong to users."""
        by_meaning = {name for name, meaning in self.layer.tables.items() if meaning.owner}
        tables = self.schema.tables.items()
        return frozenset(name for name, table in tables if table.owned or name in by_meaning)
