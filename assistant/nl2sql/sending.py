"""Where a question to the database is sent: the router's decision, with what its prompt would hold.

What belongs to users is in no prompt that leaves: a stored value of theirs, found in the question or in
a statement before it, makes the prompt restricted.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from assistant.domain.answers import EarlierTurn, Question, Route
from assistant.domain.filings import Sensitivity
from assistant.domain.queries import DataQuestion, Linking
from assistant.domain.routing import Intent
from assistant.domain.semantics import SemanticLayer
from assistant.ports import Router

_LITERAL = re.compile(r"'(?:[^']|'')+'")


@dataclass(frozen=True)
class Sending:
    """Decides where questions go.

    Args:
        router: Reads them, and decides.
        layer: Says which tables hold rows of users.
    """

    router: Router
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
        owned = {name for name, meaning in self.layer.tables.items() if meaning.owner}
        if any(value.column.partition(".")[0] in owned for value in linking.values):
            return True
        before = (one.sql for one in question.earlier if _LITERAL.search(one.sql))
        return any(owned & set(re.findall(r"\w+", sql.lower())) for sql in before)
