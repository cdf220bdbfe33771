"""`aei documents`: the filing catalogue."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from assistant import wire
from assistant.bootstrap import open_app
from assistant.cli.output import JsonFlag, err, out, print_json, read_settings, run
from assistant.domain.errors import InvalidRequest
from assistant.domain.filings import Filing, Page, Sensitivity, TextSource, entries
from assistant.domain.people import LOCAL_USER
from assistant.ingest.extract.pages import name_pages

documents = typer.Typer(help="The filing catalogue.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="A filing's name or id.")]


@documents.command("list")
def list_documents(as_json: JsonFlag = False) -> None:
    """List the filings, newest first.

    Example: aei documents list
    """
    settings = read_settings(as_json)

    async def work() -> None:
        async with open_app(settings) as app:
            filings = await app.catalogue.filings()
        if as_json:
            print_json({"documents": [wire.filing_json(filing) for filing in entries(filings)]})
            return
        table = Table("Name", "What it is", "Pages", "Label", Column("Id", no_wrap=True))
        for filing in entries(filings):
            name = f"{filing.name} (sample)" if filing.sample else filing.name
            label = filing.sensitivity.value
            cells = (name, _told(filing), str(filing.pages), label, filing.entry.id)
            table.add_row(*map(escape, cells))
        out.print(table if filings else "The catalogue is empty.")

    run(work(), as_json)


def _told(filing: Filing) -> str:
    """Return what the list says of an entry: the cover, then what else matters."""
    cover = filing.cover
    return " · ".join(
        filter(None, (cover.company, cover.form_name, cover.period, *filing.standing))
    )


@documents.command("show")
def show_document(name: Name, as_json: JsonFlag = False) -> None:
    """Show one filing.

    Example: aei documents show "ACME 10-K 2024"
    """
    settings = read_settings(as_json)

    async def work() -> None:
        async with open_app(settings) as app:
            filing = await app.catalogue.get(name)
            findings = await app.findings.of(filing.id)
            pages = await app.catalogue.pages(filing.id)
        row = wire.filing_json(filing)
        if as_json:
            found = [wire.finding_json(one) for one in findings]
            texts = [wire.yield_json(page) for page in pages]
            print_json({**row, "findings": found, "pages_yield": texts})
            return
        for key, value in (row | {"findings": len(findings)}).items():
            out.print(f"{key:<12} {_plain(value)}", markup=False)
        out.print(f"{'text read':<12} {_yield(pages)}", markup=False)

    run(work(), as_json)


def _plain(value: object) -> str:
    """Return a value of a row as a line, an entry by its name and id."""
    if isinstance(value, list):
        return "; ".join(map(_plain, value))
    if isinstance(value, dict):
        return f"{value['file_name']} (version {value['version']}, {value['document_id']})"
    return str(value)


def _yield(pages: list[Page]) -> str:
    """Return what the pages yielded, one kind of reading after the other."""
    kinds = {source: [p.number for p in pages if p.source is source] for source in TextSource}
    told = [
        f"{kind.value}: page {name_pages(numbers)}" for kind, numbers in kinds.items() if numbers
    ]
    return f"{sum(len(page.text) for page in pages):,} characters; {'; '.join(told)}"


@documents.command("text")
def text_of_document(name: Name, as_json: JsonFlag = False) -> None:
    """Print everything that was read from a filing, page by page.

    Example: aei documents text "ACME 10-K 2024"
    """
    settings = read_settings(as_json)

    async def work() -> None:
        async with open_app(settings) as app:
            filing = await app.catalogue.get(name)
            pages = await app.catalogue.pages(filing.id)
        if as_json:
            texts = [wire.page_json(page) for page in pages]
            print_json({"document": filing.name, "document_id": filing.id, "pages": texts})
        for page in [] if as_json else pages:
            section = f" ({page.section})" if page.section else ""
            out.print(f"--- page {page.number}{section} ---\n{page.text}\n", markup=False)

    run(work(), as_json)


@documents.command("facts")
def facts_of_document(name: Name, as_json: JsonFlag = False) -> None:
    """List the numbers that a filing tags by machine (inline XBRL).

    Example: aei documents facts "ACME 10-K 2024"
    """
    settings = read_settings(as_json)

    async def work() -> None:
        async with open_app(settings) as app:
            filing = await app.catalogue.get(name)
            facts = (await app.facts.of([filing.id]))[filing.id]
        if as_json:
            rows = [wire.fact_json(fact) for fact in facts]
            print_json({"document": filing.name, "document_id": filing.id, "facts": rows})
            return
        table = Table(
            Column("Concept", overflow="fold"),
            Column("Value", justify="right", no_wrap=True, overflow="fold"),
            "Unit",
            Column("Period", overflow="fold"),
            Column("Dimensions", overflow="fold"),
        )
        for fact in facts:
            members = ", ".join(member for _, member in fact.dimensions)
            table.add_row(fact.concept, f"{fact.value:,f}", fact.unit, fact.period.words, members)
        out.print(table if facts else "The filing tags no facts.")

    run(work(), as_json)


@documents.command("label")
def label_document(
    name: Name,
    label: Annotated[Sensitivity, typer.Argument(help="How far its text may travel.")],
    as_json: JsonFlag = False,
) -> None:
    """Label a filing; only public text goes to a cloud model, unless the policy lets more out.

    Example: aei documents label "ACME 10-K 2024" confidential
    """
    settings = read_settings(as_json)

    async def work() -> None:
        async with open_app(settings) as app:
            filing = await app.life.label(name, LOCAL_USER, label)
        if as_json:
            print_json(wire.filing_json(filing))
        else:
            out.print(_labelled(filing), markup=False)

    run(work(), as_json)


def _labelled(filing: Filing) -> str:
    if filing.sensitivity is filing.label:
        return f"{filing.name} is {filing.label.value}."
    kept = filing.sensitivity.value
    return f"{filing.name} is {filing.label.value}; a collection it is in keeps it {kept}."


@documents.command("export")
def export_document(
    name: Name,
    target: Annotated[Path, typer.Argument(help="The file to write.")],
    as_json: JsonFlag = False,
) -> None:
    """Write a filing's original, byte for byte.

    Example: aei documents export "ACME 10-K 2024" acme.pdf
    """
    settings = read_settings(as_json)

    async def work() -> None:
        async with open_app(settings) as app:
            filing = await app.catalogue.get(name)
            await app.life.original(filing, LOCAL_USER)
            data = await app.blobs.get(filing.original.sha256)
        try:
            target.write_bytes(data)
        except OSError as error:
            raise InvalidRequest(f"{target} cannot be written: {error.strerror}") from error
        if as_json:
            print_json({"document_id": filing.id, "path": str(target), "bytes": len(data)})
        else:
            err.print(f"Wrote {len(data):,} bytes to {target}.", markup=False)

    run(work(), as_json)
