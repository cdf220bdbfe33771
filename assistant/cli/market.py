"""`aei market`: what the product's own market holds, and how own data gets into it."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Column, Table

from assistant.bootstrap import migrated_server
from assistant.bootstrap.trading import load_sample, own_market
from assistant.cli.output import JsonFlag, out, print_json, read_settings, run
from assistant.domain.errors import InvalidRequest
from assistant.domain.trading import Origin
from assistant.storage.market import Market

market = typer.Typer(
    help="The market that SQL asks where AEI_ANALYTICS_URL is empty.", no_args_is_help=True
)
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask first.")]


@market.command()
def status(as_json: JsonFlag = False) -> None:
    """Show how many rows each table holds, and whether they are the sample.

    Example: aei market status
    """

    async def work(one: Market) -> None:
        _show(await one.origin(), await one.counts(), as_json)

    _with_market(work, as_json)


@market.command()
def load(
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="CSV files named after the tables, such as trades.csv, with the columns' names in the "
            "first line. Without it the sample is loaded."
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Add own rows from CSV files, all or none; or load the sample into an empty market.

    Example: aei market load ./my-trades
    """

    async def work(one: Market) -> None:
        if folder is not None:
            origin = await one.origin()
            if origin and origin.sample:
                raise InvalidRequest(
                    "The market holds the sample; own rows do not belong beside it",
                    "`aei market clear` takes it away.",
                )
            await one.read(folder)
        elif any((await one.counts()).values()):
            raise InvalidRequest("The market is not empty", "`aei market clear` empties it.")
        else:
            await one.forget()
            await load_sample(one)
        _show(await one.origin(), await one.counts(), as_json)

    _with_market(work, as_json)


@market.command()
def clear(yes: Yes = False, as_json: JsonFlag = False) -> None:
    """Empty the market, for own data; the sample does not come back by itself.

    Example: aei market clear --yes
    """
    if not yes and not as_json:
        typer.confirm("Take every row out of the market?", abort=True)

    async def work(one: Market) -> None:
        if not yes and as_json:
            raise InvalidRequest("It would take every row out of the market", "Add --yes.")
        await one.clear()
        _show(await one.origin(), await one.counts(), as_json)

    _with_market(work, as_json)


def _with_market(work: Callable[[Market], Awaitable[None]], as_json: bool) -> None:
    settings = read_settings(as_json)

    async def opened() -> None:
        async with AsyncExitStack() as stack:
            await work(own_market(settings, await migrated_server(settings, stack)))

    run(opened(), as_json)


def _show(origin: Origin | None, counts: Mapping[str, int], as_json: bool) -> None:
    if as_json:
        print_json(_json(origin, counts))
        return
    grid = Table("Table", Column("Rows", justify="right"))
    for table, count in counts.items():
        grid.add_row(table, f"{count:,}")
    out.print(grid)
    if origin is None:
        out.print("It is empty; the first question fills it with the sample.")
    elif origin.sample:
        out.print(f"It is the sample; today is {origin.today} in it.")
    else:
        out.print("It is your own data.")


def _json(origin: Origin | None, counts: Mapping[str, int]) -> dict[str, Any]:
    today = origin.today.isoformat() if origin and origin.today else None
    return {"sample": origin.sample if origin else None, "today": today, "rows": dict(counts)}
