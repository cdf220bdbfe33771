"""A turn that the database answers: the desk's events as the turn's, its result as the answer.

    DataQuestion -> desk -> Linked | Waiting | Drafted | Failed ... DataResult -> Answer(data)

The text of the answer is made from the result: what the statement does, and its first rows. No
language model writes about rows.
"""

import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Protocol

from assistant.domain.answers import Answer, Choice, Clarification, Question, Source
from assistant.domain.completions import Routed, TextDelta
from assistant.domain.costs import cost_question
from assistant.domain.errors import CostUnconfirmed, ServiceFailed
from assistant.domain.events import (
    Answered,
    Clarify,
    ToolFailed,
    ToolFinished,
    ToolStarted,
    TurnEvent,
)
from assistant.domain.queries import AskedBack, DataEvent, DataQuestion, DataResult, Declined
from assistant.domain.routes import Destination, Route
from assistant.domain.routing import Reading
from assistant.nl2sql import formats
from assistant.tools.choosing import earlier_queries, is_sure
from assistant.tools.endings import asked_back

NAME = "query_database"
"""What the plan and the log know it by."""
_HELD = 1_000  # rows that an answer holds; a chart draws them, files have all
_IN_TEXT = 10  # rows that the text of an answer shows; `data` holds those there are
_WIDEST = 60  # characters of a cell in the text


class Desk(Protocol):
    """What answers questions from the database."""

    def ask(self, question: DataQuestion) -> AsyncGenerator[DataEvent, None]:
        """Yield what happens on the way, then exactly one `DataResult`."""


@dataclass(frozen=True)
class QueryDatabase:
    """Answers turns from the database."""

    desk: Desk

    async def turn(self, question: Question, reading: Reading) -> AsyncGenerator[TurnEvent, None]:
        """Yield a turn's events, the answer last.

        A message that is only perhaps for the database ends without an answer where it gives none.

        Args:
            question: What was asked.
            reading: What the router read it as.

        Raises:
            AssistantError: The database, or what writes the statement, failed.
        """
        started = time.perf_counter()
        yield ToolStarted(NAME)
        try:
            async with aclosing(self.desk.ask(data_question(question))) as events:
                async for event in events:
                    if not isinstance(event, DataResult):
                        yield event
                        continue
                    seconds = round(time.perf_counter() - started, 6)
                    yield ToolFinished(NAME, (), seconds, result=outcome(event))
                    for told in _ended(event, question, reading):
                        yield told
        except CostUnconfirmed as dear:
            asked = _of_database(cost_question(dear.message, question, question.text))
            yield Clarify(asked)
            yield Answered(asked_back(asked, dear.message))
        except ServiceFailed as error:
            yield ToolFailed(NAME, error)
            if is_sure(question, reading):
                raise


def _ended(result: DataResult, question: Question, reading: Reading) -> tuple[TurnEvent, ...]:
    """Return how a turn ends with a result; nothing where it may end otherwise."""
    if isinstance(result.draft, Declined) and not is_sure(question, reading):
        return ()
    answer = answer_of(result, question, reading)
    if answer.clarification:
        return Clarify(answer.clarification), Answered(answer)
    return Routed(answer.route), TextDelta(answer.text), Answered(answer)


def data_question(question: Question) -> DataQuestion:
    """Return a turn's question as the desk takes it."""
    return DataQuestion(
        question.text,
        question.asked_by,
        earlier_queries(question.history),
        question.model,
        question.conversation_id,
        question.confirmed,
        held=_HELD,
    )


def outcome(result: DataResult) -> str:
    """Return how a question ended, in few words."""
    match result.draft:
        case AskedBack():
            return "asked back"
        case Declined():
            return "declined"
        case _:
            return counted(result)


def counted(result: DataResult, most: int | None = None) -> str:
    """Return how many rows there are, in words: "6 rows", "first 200 of 10,000 rows".

    Args:
        result: What the database gave.
        most: How many of its rows are shown at most; None: all that it holds.
    """
    held = len(result.rows.rows) if result.rows else 0
    shown = held if most is None else min(held, most)
    more = bool(result.rows and result.rows.truncated and result.row_count <= held)
    total = f"{'more than ' if more else ''}{result.row_count:,}"
    if shown < result.row_count:
        return f"first {shown:,} of {total} rows"
    return f"{total} row" if result.row_count == 1 and not more else f"{total} rows"


def answer_of(result: DataResult, question: Question, reading: Reading) -> Answer:
    """Return the answer that a result is.

    Args:
        result: How the question to the database ended.
        question: Who asked what.
        reading: What the router read it as, where the result names no route.
    """
    by_rows = Route(Destination.BUILTIN, ("rows of the database answer it",), reading)
    route = result.route or by_rows
    made = Answer(
        text="",
        citations=(),
        figures=(),
        route=route,
        model=result.model or route.destination.value,
        cost_usd=result.cost_usd,
        timings={NAME: round(result.seconds, 6)},
        notes=result.notes,
        data=result,
    )
    match result.draft:
        case AskedBack(asked, choices):
            back = Clarification(asked, tuple(_choice(one, question) for one in choices))
            return replace(made, text=back.text, refused=True, clarification=back)
        case Declined(reason, hint):
            text = " ".join(f"{one.rstrip('.')}." for one in (reason, hint) if one)
            return replace(made, text=text, refused=True)
        case _:
            return replace(made, text=text_of(result))


def text_of(result: DataResult) -> str:
    """Return a result in words: what the statement does, and its first rows as a Markdown table."""
    said = [result.explanation or "Rows of the database:"]
    if result.rows is None or not result.rows.rows:
        return "\n\n".join([*said, "There are no such rows."])
    first = replace(result.rows, rows=result.rows.rows[:_IN_TEXT])
    heads, cells = formats.table(first, result.units)
    lines = [_line(heads), _line(["---"] * len(heads)), *map(_line, cells)]
    said.append("\n".join(lines))
    if result.row_count > _IN_TEXT:
        said.append(f"The first {_IN_TEXT} of {result.row_count:,} rows.")
    return "\n\n".join([*said, *(one.sentence for one in result.reconciled)])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/')[:_WIDEST] for cell in cells)} |"


def _choice(text: str, question: Question) -> Choice:
    return Choice(text, text, model=question.model, source=Source.DATABASE)


def _of_database(asked: Clarification) -> Clarification:
    choices = (replace(one, source=Source.DATABASE) for one in asked.choices)
    return replace(asked, choices=tuple(choices))
