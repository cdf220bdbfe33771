"""What is declined or asked back before anything is written: a tuple of small rules over the words.

A rule declines what a statement must never do or show. Behind it stand the guard, the reading role and
row-level security, which hold whatever is asked: a rule is there to say why, and to send nothing that
cannot be answered to a model. Whatever no rule speaks of is written for.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from assistant.domain.queries import AskedBack, DataQuestion, Declined
from assistant.domain.semantics import SemanticLayer
from assistant.domain.sql import ReadableSchema, RowReader
from assistant.nl2sql.changes import asks_for_change
from assistant.nl2sql.phrasing import section
from assistant.nl2sql.vague import asked_back

_OVERRULING, _SECRET = section("overruling").pattern("says"), section("secrets").pattern("says")
_INTERNAL = section("internals").pattern("says")
_FILE = re.compile(section("internals").any("files"))
_ADVICE = section("advice").pattern("says")
_OTHERS, _NUMBERED = section("others").pattern("says"), section("others").pattern("numbered")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the rules look at: the question in its own letters and in small ones, and who reads."""

    said: str
    text: str
    follows: bool
    reader: RowReader
    schema: ReadableSchema
    layer: SemanticLayer


Rule = Callable[[Asked], AskedBack | Declined | None]


def taken(
    question: DataQuestion, reader: RowReader, schema: ReadableSchema, layer: SemanticLayer
) -> AskedBack | Declined | None:
    """Return how a question ends at once; None where a statement is to be written for it."""
    said = " ".join(unicodedata.normalize("NFKC", question.text).split()).replace("\u2019", "'")
    asked = Asked(said, said.casefold(), bool(question.earlier), reader, schema, layer)
    return next((end for rule in RULES if (end := rule(asked))), None)


def _overruling(asked: Asked) -> Declined | None:
    if _OVERRULING.search(asked.text) or ";--" in asked.text.replace(" ", ""):
        return Declined(
            "It holds orders to the database or to the assistant, which a question cannot give",
            "Ask for data in plain English; `aei sql --run` takes a statement.",
        )
    return None


def _secret(asked: Asked) -> Declined | None:
    if found := _SECRET.search(asked.text) or _hidden(asked):
        return Declined(
            f"'{found[0]}' is among what is never shown",
            "Credentials and personal identifiers are kept from every question.",
        )
    return None


def _hidden(asked: Asked) -> re.Match[str] | None:
    """Return where the question names a column that exists and may not be read."""
    shown = {name for table in asked.schema.tables.values() for name in table.columns}
    hidden = {name for table in asked.schema.tables.values() for name in table.hidden} - shown
    for name in sorted(hidden, key=len, reverse=True):
        spoken = re.escape(name.casefold()).replace("_", r"[\s_-]?")
        if found := re.search(rf"\b{spoken}(?:s|es)?\b", asked.text):
            return found
    return None


def _internal(asked: Asked) -> Declined | None:
    if _INTERNAL.search(asked.text) or _FILE.search(asked.text):
        return Declined(
            "It asks about the system itself, which is not part of the data",
            f"What can be asked about: {', '.join(sorted(asked.schema.tables))}.",
        )
    return None


def _change(asked: Asked) -> Declined | None:
    if asks_for_change(asked.said, asked.follows):
        return Declined(
            "The data can only be read; nothing here changes it, and no order is placed",
            "Ask what is there instead: which orders are open, what a position is worth.",
        )
    return None


def _others(asked: Asked) -> Declined | None:
    """Decline what a reader of his own rows would get a wrong answer to: it would count him alone."""
    owned = any(table.owned for table in asked.schema.tables.values()) or any(
        meaning.owner for meaning in asked.layer.tables.values()
    )
    if asked.reader.everything or not owned:
        return None
    named = (found.groupdict().values() for found in _NUMBERED.finditer(asked.text))
    numbers = {int(number) for found in named for number in found if number}
    if numbers - {asked.reader.user_id} or _OTHERS.search(asked.text):
        return Declined(
            "You see your own rows only, so this has no answer for you",
            'Ask about your own: "my open positions", "my trades this month".',
        )
    return None


def _advice(asked: Asked) -> Declined | None:
    if _ADVICE.search(asked.text):
        return Declined(
            "It asks for advice or a forecast, which rows do not hold",
            "Ask what is stored: recommendations, predictions and how they turned out.",
        )
    return None


def _vague(asked: Asked) -> AskedBack | None:
    return asked_back(asked.text, asked.follows, asked.layer)


RULES: tuple[Rule, ...] = (_overruling, _secret, _internal, _change, _others, _advice, _vague)
