"""`aei sql`: a question to the database in plain English; what the guard says of a statement, its rows."""

import asyncio
import dataclasses
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table as Grid
from rich.text import Text
from typer.core import TyperGroup

from assistant import wire
from assistant.bootstrap.models import require_model
from assistant.bootstrap.sql import open_desk, open_execution, open_guard
from assistant.cli.asking import BatchIn, BatchOut, Callers, given
from assistant.cli.batch import end_batch, field, run_batch, target_of, texts
from assistant.cli.linking import learn_layer, link_batch, link_one
from assistant.cli.output import REFUSED, JsonFlag, err, out, print_json, read_settings, run
from assistant.cli.saving import kind_of, save, save_answer
from assistant.domain.errors import InvalidRequest
from assistant.domain.people import LOCAL_USER, Principal, Role
from assistant.domain.queries import (
    AskedBack,
    DataQuestion,
    DataResult,
    Declined,
    EarlierQuery,
    Written,
)
from assistant.domain.readers import reader_of
from assistant.domain.sql import SqlRows, SqlVerdict
from assistant.nl2sql.asking import DataDesk, final_result
from assistant.nl2sql.formats import table
from assistant.nl2sql.guard import Guard
from assistant.nl2sql.present import data_json, present, result_json, verdict_json
from assistant.settings import ModelChoice, Settings

_SHOWN = 50  # rows on a terminal
_QUESTION = "question"
_STATEMENTS = ("--check", "--run")


class _OwnWords(TyperGroup):
    """Takes `aei sql ...` as a question, unless the first word is a command of its own.

    `--check` and `--run` in front of another option, as in `--check --batch FILE`, hold no statement.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 -- click's own
        """Return the words with the name of the command in front."""
        if args and args[0] in self.commands:
            return list(super().parse_args(ctx, args))
        options = {name for one in self.commands[_QUESTION].params for name in one.opts}
        words: list[str] = [_QUESTION]
        for word, after in pairwise([*args, ""]):
            words += [word, ""] if word in _STATEMENTS and after in options else [word]
        return list(super().parse_args(ctx, words))


sql = typer.Typer(
    cls=_OwnWords,
    add_completion=False,
    help="Ask the database a question; check or run a statement.",
)


@dataclass(frozen=True)
class Wanted:
    """What one call of the command asks for: exactly one of the texts."""

    question: str = ""
    check: str | None = None
    run: str | None = None

    def usable(self, batch: bool, save_to: Path | None) -> None:
        """Raise `InvalidRequest` where nothing is asked for, several things, or a file of no kind."""
        of_lines = batch and not (self.check or self.run)
        texts = (self.question or None, *(() if of_lines else (self.check, self.run)))
        if sum(one is not None for one in texts) + batch != 1:
            raise InvalidRequest(
                "A question, or one of --check, --run and --batch is needed",
                "`aei sql --help` shows an example.",
            )
        if save_to is not None:
            kind_of(save_to)


@sql.command(_QUESTION, hidden=True)
def query(
    question: Annotated[str, typer.Argument(help="A question in plain English.")] = "",
    link: Annotated[
        bool, typer.Option("--link", help="Only say which tables, columns and values it is about.")
    ] = False,
    check: Annotated[str | None, typer.Option(help="Say whether this statement may run.")] = None,
    statement: Annotated[str | None, typer.Option("--run", help="Run this statement.")] = None,
    asked_as: Annotated[
        str, typer.Option("--as", help="See what this user (by number) may see.")
    ] = "",
    model: Annotated[
        ModelChoice | None, typer.Option(help="What writes the statement; default: AEI_MODEL.")
    ] = None,
    previous: Annotated[
        list[str] | None,
        typer.Option(help="A question asked before this one; may be repeated, newest last."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Agree to what a dear answer of the cloud model costs.")
    ] = False,
    save_to: Annotated[
        Path | None,
        typer.Option("--save", help="Write all rows to this .csv, .xlsx or .parquet file too."),
    ] = None,
    batch: BatchIn = None,
    out_file: BatchOut = None,
    callers: Callers = 1,
    as_json: JsonFlag = False,
) -> None:
    """Ask the database in plain English, or check or run a statement; it can only be read.

    With --batch, lines of {"id", "question"} are answered (with --link, linked) and lines of
    {"id", "sql"} checked (with --run, run). `aei sql learn` drafts what another database means,
    `aei sql examples` reviews what people found right.

    Example: aei sql "Show me all AAPL trades this week with profit > $1000" --as 42
    """
    settings = read_settings(as_json, model=model)
    wanted = Wanted(question, check, statement)
    agreed = yes or model is ModelChoice.CLOUD

    async def work() -> int:
        wanted.usable(batch is not None, save_to)
        if statement is not None and batch is None:
            return await _run(settings, statement, _asker(asked_as), save_to, as_json)
        if check is not None and batch is None:
            return _show_verdict((await open_guard(settings)).check(check), as_json)
        before = tuple(map(EarlierQuery, previous or []))
        if link:
            return await _link(settings, question, batch, out_file, asked_as, before, as_json)
        if batch is None:
            asked = DataQuestion(
                given(question),
                _asker(asked_as),
                before,
                confirmed=agreed,
            )
            return await _ask(settings, asked, save_to, as_json)
        lines = _Lines(check is not None, statement is not None, asked_as, agreed)
        return await _batch(settings, batch, target_of(out_file), lines, callers)

    refused = run(work(), as_json)
    if batch:
        end_batch(refused)
    elif refused:
        raise typer.Exit(REFUSED)


@sql.command()
def learn(
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Write it to this new file; default: print it.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Draft what the database of AEI_ANALYTICS_URL means, as a file to review and name in AEI_SQL_LAYER.

    Example: aei sql learn --out shop.toml
    """
    settings = read_settings(as_json)
    run(learn_layer(settings, out_file, as_json), as_json)


async def _link(
    settings: Settings,
    question: str,
    batch: Path | None,
    out_file: Path | None,
    asked_as: str,
    before: tuple[EarlierQuery, ...],
    as_json: bool,
) -> int:
    if batch is None:
        return await link_one(settings, given(question), _asker(asked_as), before, as_json)

    def asker(line: wire.Json) -> Principal:
        return _asker(str(line.get("as") or asked_as))

    return await link_batch(settings, batch, target_of(out_file), asker, _earlier)


async def _ask(settings: Settings, asked: DataQuestion, save_to: Path | None, as_json: bool) -> int:
    require_model(settings)
    async with open_desk(settings) as desk:
        result = await final_result(desk.ask(asked))
        if save_to is not None:
            await save_answer(desk.downloads, result, asked.asked_by, save_to)
        return _show_result(result, as_json)


@dataclass(frozen=True)
class _Lines:
    """What is done with the lines of a file: all checked, all run, or each as it says; for whom."""

    check: bool
    run: bool
    asked_as: str
    agreed: bool


async def _batch(
    settings: Settings, source: Path, target: Path, lines: _Lines, callers: int
) -> int:
    """Answer every line of a file; return how many failed."""
    async with AsyncExitStack() as stack:
        opened = _Opened(settings, stack)

        async def one(line: wire.Json) -> wire.Json:
            if lines.check or ("sql" in line and not (lines.run or line.get("run"))):
                return verdict_json((await opened.guard()).check(field(line, "sql")))
            asker = _asker(str(line.get("as") or lines.asked_as))
            desk = await opened.desk()
            if lines.run or "sql" in line:
                verdict, rows = await desk.execution.run(field(line, "sql"), asker)
                told = present(verdict, rows, desk.layer, reader_of(asker))
                return result_json(verdict, rows, told)
            asked = DataQuestion(
                field(line, "question", "text"), asker, _earlier(line), confirmed=lines.agreed
            )
            return data_json(await final_result(desk.ask(asked)))

        return await run_batch(source, target, one, callers)


@dataclass
class _Opened:
    """What the lines of a batch need, opened when the first of them needs it."""

    settings: Settings
    stack: AsyncExitStack
    _guard: Guard | None = None
    _desk: DataDesk | None = None
    _lock: asyncio.Lock = dataclasses.field(default_factory=asyncio.Lock)

    async def guard(self) -> Guard:
        async with self._lock:
            self._guard = self._guard or await open_guard(self.settings)
            return self._guard

    async def desk(self) -> DataDesk:
        async with self._lock:
            if self._desk is None:
                require_model(self.settings)
                self._desk = await self.stack.enter_async_context(open_desk(self.settings))
                self._guard = self._desk.execution.guard
            return self._desk


def _earlier(line: wire.Json) -> tuple[EarlierQuery, ...]:
    """Return the questions before that of a line: `previous` (one or several) or `previous_question`."""
    named = next((name for name in ("previous", "previous_question") if line.get(name)), "")
    if isinstance(line.get(named), str):
        return (EarlierQuery(line[named]),)
    return tuple(map(EarlierQuery, texts(line, named)))


def _asker(asked_as: str) -> Principal:
    return Principal(asked_as, Role.ANALYST) if asked_as else LOCAL_USER


async def _run(
    settings: Settings, statement: str, asker: Principal, save_to: Path | None, as_json: bool
) -> int:
    async with open_execution(settings) as (execution, downloads):
        verdict, rows = await execution.run(statement, asker)
        if save_to is not None:
            await save(downloads, statement, asker, save_to)
    told = present(verdict, rows, downloads.layer, reader_of(asker))
    if as_json:
        print_json(result_json(verdict, rows, told))
    else:
        err.print(told.explanation, markup=False)
        _show_rows(rows, told.units)
    return 0


def _show_verdict(verdict: SqlVerdict, as_json: bool) -> int:
    if as_json:
        print_json(verdict_json(verdict))
    elif verdict.allowed:
        out.print(verdict.rewritten, markup=False)
    else:
        err.print(f"Refused ({verdict.refusal}): {verdict.reason}", markup=False)
    return 0 if verdict.allowed else 1


def _show_result(result: DataResult, as_json: bool) -> int:
    """Print how a question ended; return 1 where it was declined."""
    if as_json:
        print_json(data_json(result))
    else:
        _tell(result)
    return int(isinstance(result.draft, Declined))


def _tell(result: DataResult) -> None:
    match result.draft:
        case AskedBack(question, choices):
            out.print(question, markup=False)
            for number, choice in enumerate(choices, start=1):
                out.print(f"{number:>3}. {choice}", markup=False)
        case Declined(reason, hint):
            err.print(f"Not answered: {reason}\n{hint}".rstrip(), markup=False)
        case Written():
            _show_answer(result)
    for note in (*result.notes, *(one.sentence for one in result.reconciled)):
        err.print(note, markup=False)
    if result.route and result.route.reasons:
        err.print(f"{result.model}: {'; '.join(result.route.reasons)}", style="dim", markup=False)


def _show_answer(result: DataResult) -> None:
    for line in filter(None, (*result.understood, result.explanation)):
        err.print(line, markup=False)
    out.print(result.sql, style="dim", markup=False)
    if result.rows:
        _show_rows(result.rows, result.units)


def _show_rows(rows: SqlRows, units: Mapping[str, str]) -> None:
    heads, cells = table(replace(rows, rows=rows.rows[:_SHOWN]), units)
    grid = Grid()
    for place, name in enumerate(heads):
        counts = any(isinstance(row[place], int | float | Decimal) for row in rows.rows[:_SHOWN])
        grid.add_column(Text(name), justify="right" if counts else "left")
    for line in cells:
        grid.add_row(*map(Text, line))
    out.print(grid)
    shown = f"the first {_SHOWN} of " if len(rows.rows) > _SHOWN else ""
    more = " (there are more)" if rows.truncated else ""
    name = "row" if rows.read == 1 else "rows"
    err.print(f"{shown}{rows.read:,} {name}{more}, {rows.seconds:.2f} s", markup=False)
