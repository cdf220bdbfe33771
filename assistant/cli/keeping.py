"""`aei documents`: what keeps a filing, and what deletes it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

import typer

from assistant import wire
from assistant.bootstrap import App, open_app
from assistant.cli.documents import Name, documents
from assistant.cli.output import JsonFlag, out, print_json, read_settings, run
from assistant.domain.filings import Filing
from assistant.domain.people import LOCAL_USER
from assistant.domain.records import Removal

__all__ = ["documents"]

Reason = Annotated[str, typer.Option(help="Why; the audit log keeps it.")]


@documents.command("delete")
def delete_document(name: Name, reason: Reason = "", as_json: JsonFlag = False) -> None:
    """Delete a filing: its original, its text, its passages and its facts.

    Under several names, the content goes with the last of them.

    Example: aei documents delete "ACME 10-K 2024" --reason "Wrong file"
    """
    settings = read_settings(as_json)

    async def work() -> None:
        async with open_app(settings) as app:
            removal = await app.life.delete(name, LOCAL_USER, reason)
        if as_json:
            # `deleted` is what this command printed before there were certificates
            print_json(wire.removal_json(removal) | {"deleted": removal.document_id})
        else:
            out.print(_removed(removal), markup=False)

    run(work(), as_json)


@documents.command("hold")
def hold_document(
    name: Name,
    reason: Annotated[str, typer.Option(help="The matter; a filing may be held for several.")],
    as_json: JsonFlag = False,
) -> None:
    """Put a filing on legal hold: nobody can delete it, and it does not expire.

    Example: aei documents hold "ACME 10-K 2024" --reason "Matter 4711"
    """
    _change(lambda app: app.life.hold(name, LOCAL_USER, reason), as_json)


@documents.command("release")
def release_document(name: Name, reason: Reason = "", as_json: JsonFlag = False) -> None:
    """Release a legal hold; name the reason where there are several.

    Example: aei documents release "ACME 10-K 2024" --reason "Matter 4711"
    """
    _change(lambda app: app.life.release(name, LOCAL_USER, reason), as_json)


@documents.command("retain")
def retain_document(
    name: Name,
    until: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The last day, YYYY-MM-DD.")
    ],
    shorten: Annotated[bool, typer.Option(help="Bring an earlier date forward.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Keep a filing to the end of a day; the day after, it expires and is deleted.

    Example: aei documents retain "ACME 10-K 2024" --until 2031-12-31
    """
    day = until.date()
    _change(lambda app: app.life.retain(name, LOCAL_USER, day, shorten=shorten), as_json)


@documents.command("expire")
def expire_documents(
    dry_run: Annotated[bool, typer.Option("--list", help="Only list what has expired.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Delete every filing whose retention date has passed and that no hold keeps.

    Example: aei documents expire --list
    """
    settings = read_settings(as_json)

    async def work() -> None:
        async with open_app(settings) as app:
            expired = await app.life.expired()
            removed = [] if dry_run else await app.life.expire(LOCAL_USER)
        if as_json:
            rows = [wire.filing_json(filing) for filing in expired]
            print_json({"expired": rows, "deleted": [wire.removal_json(one) for one in removed]})
            return
        lines = [f"{one.name}: retention ended on {one.retain_until}" for one in expired]
        lines += [_removed(one) for one in removed]
        out.print("\n".join(lines) or "Nothing has expired.", markup=False)

    run(work(), as_json)


def _change(change: Callable[[App], Awaitable[Filing]], as_json: bool) -> None:
    """Do something to a filing, then say what keeps it."""
    settings = read_settings(as_json)

    async def work() -> None:
        async with open_app(settings) as app:
            filing = await change(app)
        if as_json:
            print_json(wire.filing_json(filing))
            return
        held = "; ".join(filing.held_for) or "none"
        until = filing.retain_until or "no date"
        out.print(f"{filing.name}: legal holds: {held}; kept until: {until}", markup=False)

    run(work(), as_json)


def _removed(removal: Removal) -> str:
    if removal.content_removed:
        return f"Deleted {removal.name}: {removal.counts.get('pages', 0)} pages and the original."
    others = ", ".join(removal.remaining)
    return f"Deleted the entry {removal.name}; the content stays under: {others}."
