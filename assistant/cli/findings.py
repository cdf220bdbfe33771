"""`aei documents findings` and `release-text`: what filings hide, and what is let through."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from assistant import wire
from assistant.bootstrap import open_app
from assistant.cli.documents import Name
from assistant.cli.keeping import documents
from assistant.cli.output import JsonFlag, out, print_json, read_settings, run
from assistant.domain.findings import Finding
from assistant.domain.people import LOCAL_USER

__all__ = ["documents"]


@documents.command("findings")
def findings_of_document(name: Name, as_json: JsonFlag = False) -> None:
    """List what a filing hides, what in it addresses a model, and what it would run.

    Example: aei documents findings "ACME 10-K 2024"
    """
    settings = read_settings(as_json)

    async def work() -> None:
        async with open_app(settings) as app:
            filing = await app.catalogue.get(name)
            found = await app.findings.of(filing.id)
        if as_json:
            rows = [wire.finding_json(one) for one in found]
            print_json({"document": filing.name, "document_id": filing.id, "findings": rows})
            return
        table = Table("Severity", "Kind", "Rule", "Place", Column("Text", overflow="fold"), "State")
        for one in found:
            table.add_row(*map(escape, _cells(one)))
        out.print(table if found else "Nothing was found in it.")

    run(work(), as_json)


def _cells(one: Finding) -> tuple[str, ...]:
    place = ", ".join(filter(None, (f"page {one.page}" if one.page else "", one.where)))
    state = "kept out of answers" if one.withheld else "recorded"
    if one.released_by:
        state = f"released by {one.released_by}: {one.reason}"
    return one.severity.value, one.kind.value, one.rule, place, one.excerpt, state


@documents.command("release-text")
def release_text(
    name: Name,
    reason: Annotated[str, typer.Option("--reason", help="Why answers may use the text.")],
    as_json: JsonFlag = False,
) -> None:
    """Let text that was kept out of answers, because it addresses a model, into them after all.

    Example: aei documents release-text "ACME 10-K 2024" --reason "a quotation in a risk factor"
    """
    settings = read_settings(as_json)

    async def work() -> None:
        async with open_app(settings) as app:
            filing, count = await app.life.release_text(name, LOCAL_USER, reason)
        if as_json:
            print_json({"document_id": filing.id, "released": count, "reason": reason.strip()})
        else:
            out.print(f"Released {count} findings of {filing.name}.", markup=False)

    run(work(), as_json)
