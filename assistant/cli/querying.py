"""`aei sql`: what the guard says of a statement, and its rows."""

from collections.abc import Callable
from typing import Annotated

import typer
from rich.table import Table as Grid

from assistant import wire
from assistant.bootstrap.sql import open_execution, open_guard
from assistant.cli.asking import BatchIn, BatchOut
from assistant.cli.batch import end_batch, field, run_batch, target_of
from assistant.cli.output import REFUSED, JsonFlag, err, out, print_json, read_settings, run
from assistant.domain.errors import InvalidRequest
from assistant.domain.people import LOCAL_USER, Principal, Role
from assistant.domain.sql import SqlRows, SqlVerdict
from assistant.nl2sql.present import result_json, verdict_json
from assistant.settings import Settings

_SHOWN = 50  # rows on a terminal


def query(
    check: Annotated[str | None, typer.Option(help="Say whether this statement may run.")] = None,
    statement: Annotated[str | None, typer.Option("--run", help="Run this statement.")] = None,
    asked_as: Annotated[
        str, typer.Option("--as", help="See what this user (by number) may see.")
    ] = "",
    batch: BatchIn = None,
    out_file: BatchOut = None,
    as_json: JsonFlag = False,
) -> None:
    """Check or run a statement on the database of AEI_ANALYTICS_URL; it can only be read.

    With --batch, lines of {"id", "sql"} are checked.

    Example: aei sql --run "SELECT symbol, sum(quantity) FROM trades GROUP BY symbol" --as 42
    """
    settings = read_settings(as_json)
    given = [one for one in (check, statement, batch) if one is not None]

    async def work() -> int:
        if len(given) != 1:
            raise InvalidRequest(
                "One of --check, --run and --batch is needed", "`aei sql --help` shows an example."
            )
        if statement is not None:
            return await _run(settings, statement, asked_as, as_json)
        guard = await open_guard(settings)
        if batch:
            return await run_batch(
                batch, target_of(out_file), lambda line: _checked(guard.check, line), callers=1
            )
        return _show_verdict(guard.check(check or ""), as_json)

    refused = run(work(), as_json)
    if batch:
        end_batch(refused)
    elif refused:
        raise typer.Exit(REFUSED)


async def _checked(check: Callable[[str], SqlVerdict], line: wire.Json) -> wire.Json:
    return verdict_json(check(field(line, "sql")))


async def _run(settings: Settings, statement: str, asked_as: str, as_json: bool) -> int:
    asker = Principal(asked_as, Role.ANALYST) if asked_as else LOCAL_USER
    async with open_execution(settings) as execution:
        verdict, rows = await execution.run(statement, asker)
    if as_json:
        print_json(result_json(verdict, rows))
    else:
        _show_rows(rows)
    return 0


def _show_verdict(verdict: SqlVerdict, as_json: bool) -> int:
    if as_json:
        print_json(verdict_json(verdict))
    elif verdict.allowed:
        out.print(verdict.rewritten, markup=False)
    else:
        err.print(f"Refused ({verdict.refusal}): {verdict.reason}", markup=False)
    return 0 if verdict.allowed else 1


def _show_rows(rows: SqlRows) -> None:
    grid = Grid(*rows.columns)
    for row in rows.rows[:_SHOWN]:
        grid.add_row(*("" if value is None else str(value) for value in row))
    out.print(grid)
    more = " (there are more)" if rows.truncated else ""
    err.print(f"{len(rows.rows)} rows{more}, {rows.seconds:.2f} s")
