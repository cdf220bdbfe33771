"""`aei search` and `aei ask`."""

import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table as Grid
from rich.text import Text

from assistant import wire
from assistant.bootstrap import App, open_app
from assistant.bootstrap.models import require_model
from assistant.cli.batch import day, documents, end_batch, field, run_batch, target_of, texts
from assistant.cli.output import JsonFlag, err, out, print_json, read_settings, run
from assistant.domain.answers import Answer, Clarification, EarlierTurn, Question
from assistant.domain.comparisons import Table, TableCell
from assistant.domain.errors import InvalidRequest
from assistant.domain.filings import FoundPassage
from assistant.domain.people import LOCAL_USER, Principal, Role
from assistant.exporting.answers import KINDS, exported
from assistant.rag.tabulated import without_table
from assistant.settings import ModelChoice
from assistant.tools.answers import answer_json
from assistant.turn import final_answer

Documents = Annotated[
    list[str] | None,
    typer.Option("--document", "-d", help="Only this filing (name or id); may be repeated."),
]
BatchIn = Annotated[
    Path | None,
    typer.Option("--batch", help="JSON lines to answer: id, question or text, document, as_of."),
]
BatchOut = Annotated[Path | None, typer.Option("--out", help="Where the answers go.")]
AsOf = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Only filings that were public on this day."),
]
Callers = Annotated[int, typer.Option(min=1, max=64, help="Batch lines answered at once.")]


_GO_ON = "Name it in the question, or choose filings with --document."
_GO_ON_COST = "Ask again with --yes to go on, or with --model local."


def search(
    query: Annotated[str, typer.Argument(help="What to look for.")] = "",
    document: Documents = None,
    limit: Annotated[int, typer.Option("-k", min=1, max=200, help="How many passages.")] = 10,
    as_of: AsOf = None,
    batch: BatchIn = None,
    out_file: BatchOut = None,
    callers: Callers = 1,
    as_json: JsonFlag = False,
) -> None:
    """Find passages by words and meaning.

    Example: aei search "net revenue by segment" --document "ACME 10-K 2024" -k 5
    """
    settings = read_settings(as_json)
    known_on = as_of.date() if as_of else None

    async def one(app: App, request: wire.Json) -> wire.Json:
        start = time.perf_counter()
        text = field(request, "question", "text", "query")
        scope = await app.scope(documents(request), day(request, known_on))
        found = await app.search(text, scope, limit)
        return wire.search_json(text, found, time.perf_counter() - start)

    async def work() -> int:
        async with open_app(settings) as app:
            if batch:
                return await run_batch(batch, target_of(out_file), lambda r: one(app, r), callers)
            start = time.perf_counter()
            scope = await app.scope(document or [], known_on)
            found = await app.search(given(query), scope, limit)
            seconds = time.perf_counter() - start
        if as_json:
            print_json(wire.search_json(query, found, seconds))
        else:
            _show_passages(found)
        return 0

    end_batch(run(work(), as_json))


def ask(
    question: Annotated[str, typer.Argument(help="A question in plain English.")] = "",
    document: Documents = None,
    model: Annotated[
        ModelChoice | None, typer.Option(help="Which model answers; default: AEI_MODEL.")
    ] = None,
    asked_as: Annotated[str, typer.Option("--as", help="Ask as this user.")] = "",
    as_of: AsOf = None,
    previous: Annotated[
        list[str] | None,
        typer.Option(help="A question asked before this one; may be repeated, newest last."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Agree to what a dear answer of the cloud model costs.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Make the answer anew, whatever was answered before.")
    ] = False,
    export: Annotated[
        Path | None,
        typer.Option(help="Write the table of a comparison here, with sources: .csv or .xlsx."),
    ] = None,
    batch: BatchIn = None,
    out_file: BatchOut = None,
    callers: Callers = 1,
    as_json: JsonFlag = False,
) -> None:
    """Ask a question; get a cited answer, or a plain refusal.

    Example: aei ask "What were total net sales in 2024?" --document "ACME 10-K 2024"
    """
    settings = read_settings(as_json, model=model)
    asker = Principal(asked_as, Role.ANALYST) if asked_as else LOCAL_USER
    agreed = yes or model is ModelChoice.CLOUD
    today = (as_of or datetime.now(UTC)).date()

    async def work() -> int:
        kind = _kind(export)
        require_model(settings)
        async with open_app(settings) as app:
            if batch:
                return await run_batch(
                    batch,
                    target_of(out_file),
                    lambda r: _answer_json(
                        app, replace(_asked(r, asker, today, agreed), fresh=fresh), documents(r)
                    ),
                    callers,
                )
            start = time.perf_counter()
            asked = _question(given(question), asker, today, previous or [], agreed)
            answer = await _answer(app, replace(asked, fresh=fresh), document or [])
            seconds = time.perf_counter() - start
        if as_json:
            print_json(answer_json(question, answer, seconds))
        else:
            _show_answer(answer)
        if export:
            _write(export, exported(answer, kind))
        return 0

    end_batch(run(work(), as_json))


def _question(
    text: str, asker: Principal, asked_on: date, previous: list[str], agreed: bool
) -> Question:
    history = tuple(map(EarlierTurn, previous))
    return Question(text, asker, asked_on, history=history, confirmed=agreed)


def _asked(request: wire.Json, asker: Principal, otherwise: date, agreed: bool) -> Question:
    asked_on = day(request, otherwise) or otherwise
    text = field(request, "question", "text")
    return _question(text, asker, asked_on, texts(request, "previous"), agreed)


async def _answer(app: App, asked: Question, named: list[str]) -> Answer:
    scoped = replace(asked, scope=await app.scope(named))
    return await final_answer(app.assistant.ask(scoped))


async def _answer_json(app: App, asked: Question, named: list[str]) -> wire.Json:
    start = time.perf_counter()
    answer = await _answer(app, asked, named)
    return answer_json(asked.text, answer, time.perf_counter() - start)


def given(text: str) -> str:
    """Return the text that a command was given.

    Raises:
        InvalidRequest: It is empty.
    """
    if not text.strip():
        raise InvalidRequest("There is nothing to look for", "Give a text, or use --batch.")
    return text


def _kind(path: Path | None) -> str:
    """Return the kind of file to export to, before anything is asked."""
    kind = path.suffix.lower().removeprefix(".") if path else ""
    if path and kind not in KINDS:
        raise InvalidRequest(
            f"Cannot export to {path.name}", "Use a name that ends in .csv or .xlsx."
        )
    return kind


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise InvalidRequest(
            f"Cannot write {path}: {error.strerror}", "Name a file in a folder you may write to."
        ) from None
    err.print(f"Wrote {path}", markup=False)


def _show_passages(found: list[FoundPassage]) -> None:
    if not found:
        err.print("Nothing was found.")
    for rank, hit in enumerate(found, start=1):
        place = _place(hit.locator.document, hit.locator.page, hit.locator.section)
        out.print(f"{rank:>2}. {place}  ({hit.score:.4f})", style="bold", markup=False)
        out.print(f"{hit.text}\n", markup=False)


def _show_answer(answer: Answer) -> None:
    if answer.clarification:
        _ask_back(answer.clarification)
        return
    if answer.table:
        out.print(_grid(answer.table))
    out.print(without_table(answer.text) if answer.table else answer.text, markup=False)
    if answer.citations:
        out.print("\nSources" if not answer.refused else "\nClosest pages", style="bold")
    for citation in answer.citations:
        where = citation.locator
        place = _place(where.document, where.page, where.section)
        out.print(f"  [{citation.n}] {place}", markup=False)
    if answer.cached:
        out.print("\nFrom an earlier answer, same filings.", style="dim", markup=False)
    for note in filter(None, (answer.interrupted, *answer.notes)):
        out.print(f"\n{note}", markup=False)


def _ask_back(clarification: Clarification) -> None:
    """Print the question back, and on stderr the commands that answer it."""
    out.print(clarification.question, markup=False)
    for number, choice in enumerate(clarification.choices, start=1):
        err.print(f"{number:>3}. {choice.label}", markup=False)
    dear = any(choice.confirmed for choice in clarification.choices)
    err.print(_GO_ON_COST if dear else _GO_ON)


def _grid(table: Table) -> Grid:
    grid = Grid()
    grid.add_column(Text(table.corner))
    for column in table.columns:
        grid.add_column(Text(column), justify="right")
    for row in table.rows:
        grid.add_row(Text(row.name), *map(_cell, row.cells))
    return grid


def _cell(cell: TableCell) -> Text:
    return Text(f"{cell.text} {''.join(f'[{n}]' for n in cell.citations)}".strip())


def _place(document: str, page: int, section: str) -> str:
    return f"{document}, page {page}" + (f", {section}" if section else "")
