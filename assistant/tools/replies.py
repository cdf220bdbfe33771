"""What is said where no tool of this version can help: a plain sentence, before anything is searched.

A question that filings may answer is never turned away: it must name neither a filing, nor a figure or
matter that filings tell, and its intent must be beyond doubt.
"""

from dataclasses import dataclass

from assistant.domain.answers import Query
from assistant.domain.routing import Intent, Reading

_SURE = {Intent.HELP: 0.8}  # "Where are ..." may be of a filing
_SURE_ELSE = 0.6
_INSTEAD = (
    "What is there: questions about the filings in the store, and comparisons of their figures "
    "across companies and years, each with its page; questions to the market and trading database."
)
_MISSING = {
    Intent.PREDICT: "There are no price predictions yet.",
    Intent.SIGNAL: "There are no trading signals yet.",
    Intent.PORTFOLIO: "There is no portfolio analysis yet.",
    Intent.DISCOVERY: "Stocks cannot be screened or suggested yet.",
    Intent.DEBATE: "Bull and bear cases are not argued yet.",
}
_TALK = {
    Intent.CHIT_CHAT: "Ask me about the filings in the store, for example a company's revenue in a year.",
    Intent.HELP: (
        "I answer questions about the filings in the store and cite the page of every figure; "
        "questions about trades, orders, positions and prices are answered from the database. Drop "
        "files into the chat or use `aei ingest` to add filings; `aei --help` lists every command, "
        "README.md and docs/ explain the rest."
    ),
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said. `missing` tells that a tool it needs is not there yet."""

    text: str
    missing: bool


def reply(reading: Reading, query: Query) -> Reply | None:
    """Return what to say instead of searching; None where the filings are to be searched."""
    if reading.confidence < _SURE.get(reading.intent, _SURE_ELSE) or is_of_filings(query):
        return None
    if reading.intent in _SURE and query.understanding and query.understanding.companies:
        return None
    if reading.intent in _TALK:
        return Reply(_TALK[reading.intent], missing=False)
    missing = _MISSING.get(reading.intent)
    return Reply(f"{missing} {_INSTEAD}", missing=True) if missing else None


def is_of_filings(query: Query) -> bool:
    """Return whether the query asks for something that filings tell, or was given filings to answer from."""
    if query.scope.documents or query.comparison or query.clarification:
        return True
    read = query.understanding
    if read is None:
        return False
    told = read.metrics or read.topics or read.statements
    return bool(read.forms or told)
