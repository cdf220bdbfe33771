"""`aei audit`: the audit log."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from assistant import wire
from assistant.audit import canonical, verify
from assistant.bootstrap import open_app
from assistant.cli.output import REFUSED, JsonFlag, err, out, print_json, read_settings, run
from assistant.domain.auditing import AuditKind, Verdict
from assistant.domain.errors import InvalidRequest

audit = typer.Typer(help="The audit log: who did what.", no_args_is_help=True)


@audit.command("list")
def list_entries(
    kind: Annotated[AuditKind | None, typer.Option(help="Only entries of this kind.")] = None,
    limit: Annotated[int, typer.Option("-n", "--limit", min=1, max=10_000)] = 50,
    as_json: JsonFlag = False,
) -> None:
    """List the newest entries, newest first.

    Example: aei audit list --kind delete
    """
    settings = read_settings(as_json)

    async def work() -> None:
        async with open_app(settings) as app:
            records = await app.audit.latest(limit, kind=kind)
        rows = [wire.audit_json(record) for record in records]
        if as_json:
            print_json({"entries": rows})
            return
        table = Table(Column("No", justify="right"), "When", "Who", "What", Column("About"))
        for row in rows:
            entry = row["entry"]
            when, about = entry["at"][:19].replace("T", " "), _about(entry)
            cells = (str(row["seq"]), when, entry["actor"], entry["kind"], about)
            table.add_row(*map(escape, cells))
        out.print(table if rows else "The log is empty.")

    run(work(), as_json)


def _about(entry: wire.Json) -> str:
    """Return what an entry is about in a few words."""
    about = entry.get("question") or entry.get("file_name") or entry.get("path") or ""
    detail = entry.get("outcome") or entry.get("reason") or entry.get("status") or ""
    return f"{about[:80]} ({detail})" if detail else str(about[:80])


@audit.command("verify")
def verify_log(
    against: Annotated[
        Path | None, typer.Option(help="An earlier export that the log must still begin with.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Check every entry's hash and link, and what was noted of them outside of the log.

    Example: aei audit verify --against audit-2026-06.jsonl
    """
    settings = read_settings(as_json)

    async def work() -> Verdict:
        exported = _exported(against)
        async with open_app(settings) as app:
            return await verify(app.audit.records(), await app.audit.noted(), exported)

    verdict = run(work(), as_json)
    if as_json:
        print_json(wire.verdict_json(verdict))
    elif verdict.broken is None:
        out.print(f"The log is whole: {verdict.entries} entries, head {verdict.head}.")
    else:
        out.print(f"BROKEN at entry {verdict.broken}: {verdict.reason}.", markup=False)
    if verdict.broken is not None:
        raise typer.Exit(REFUSED)


@audit.command("export")
def export_log(
    target: Annotated[Path, typer.Argument(help="The file to write, JSON Lines.")],
    as_json: JsonFlag = False,
) -> None:
    """Write the whole log, a line an entry, to keep it elsewhere.

    Example: aei audit export audit-2026-06.jsonl
    """
    settings = read_settings(as_json)

    async def work() -> int:
        async with open_app(settings) as app:
            lines = (canonical(wire.audit_json(record)) async for record in app.audit.records())
            return await _write(target, lines)

    count = run(work(), as_json)
    if as_json:
        print_json({"path": str(target), "entries": count})
    else:
        err.print(f"Wrote {count} entries to {target}.", markup=False)


async def _write(target: Path, lines: AsyncIterator[str]) -> int:
    count = 0
    try:
        with target.open("w", encoding="utf-8") as file:
            async for line in lines:
                file.write(line + "\n")
                count += 1
    except OSError as error:
        raise InvalidRequest(f"{target} cannot be written: {error.strerror}") from error
    return count


def _exported(path: Path | None) -> dict[int, str]:
    """Return the hashes of an export, by number."""
    if path is None:
        return {}
    try:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        return {int(row["seq"]): str(row["hash"]) for row in rows}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidRequest(
            f"{path} is no export of the audit log: {error}", "Name a file of `aei audit export`."
        ) from error
