"""`aei collections`: the folders that filings are placed in, and their labels."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from assistant import wire
from assistant.bootstrap import open_app
from assistant.cli.output import JsonFlag, out, print_json, read_settings, run
from assistant.domain.filings import Sensitivity
from assistant.domain.people import LOCAL_USER

collections = typer.Typer(help="The collections that filings are placed in.", no_args_is_help=True)


@collections.command("list")
def list_collections(as_json: JsonFlag = False) -> None:
    """List the collections, how many filings are in each, and how far their text may travel.

    Example: aei collections list
    """
    settings = read_settings(as_json)

    async def work() -> None:
        async with open_app(settings) as app:
            found = await app.collections.all()
        if as_json:
            print_json({"collections": [wire.collection_json(one) for one in found]})
            return
        table = Table("Name", Column("Filings", justify="right"), "Label", "In force")
        for one in found:
            cells = (one.name, str(one.filings), one.label.value, one.effective.value)
            table.add_row(*map(escape, cells))
        out.print(table if found else "There are no collections.")

    run(work(), as_json)


@collections.command("label")
def label_collection(
    name: Annotated[str, typer.Argument(help="A collection; deals is around deals/2026.")],
    label: Annotated[Sensitivity, typer.Argument(help="How far its text may travel.")],
    as_json: JsonFlag = False,
) -> None:
    """Label a collection: nothing in it, now or later, is freer than that.

    Example: aei collections label deals confidential
    """
    settings = read_settings(as_json)

    async def work() -> None:
        async with open_app(settings) as app:
            found = await app.collections.label(name, LOCAL_USER, label)
        if as_json:
            print_json(wire.collection_json(found))
            return
        kept = (
            "" if found.effective is label else f"; one around it keeps it {found.effective.value}"
        )
        count = f"{found.filings} filing{'s' * (found.filings != 1)}"
        out.print(f"{found.name} is {label.value}{kept} ({count} right in it).", markup=False)

    run(work(), as_json)
