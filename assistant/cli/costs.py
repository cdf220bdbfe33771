"""`aei costs`: what language models cost, and what was answered without them."""

from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.table import Column, Table
from rich.text import Text

from assistant.accounts import costs_json
from assistant.bootstrap import open_app
from assistant.cli.output import JsonFlag, out, print_json, read_settings, run
from assistant.domain.statements import By, Line, Statement

LONGEST = 366
_COLUMNS = ("answers", "built-in/\nlocal/cloud", "without\ncloud", "USD", "all-cloud", "saved")


def costs(
    by: Annotated[By, typer.Option(help="A line for each day, user or model.")] = By.DAY,
    days: Annotated[int, typer.Option(min=1, max=LONGEST, help="How many days, with today.")] = 30,
    as_json: JsonFlag = False,
) -> None:
    """Print spend, the share answered without the cloud, and the saving against all-cloud.

    Example: aei costs --by user --days 7
    """
    settings = read_settings(as_json)

    async def work() -> Statement:
        async with open_app(settings) as app:
            return await app.meter.statement(days)

    statement = run(work(), as_json)
    if as_json:
        print_json(costs_json(statement, by))
    else:
        _show(statement, by)


def _show(statement: Statement, by: By) -> None:
    numbers = (Column(name, justify="right") for name in _COLUMNS)
    table = Table(Column(by.value, overflow="fold"), *numbers, box=SIMPLE)
    for line in statement.lines(by):
        table.add_row(*_cells(line))
    table.add_section()
    table.add_row(*_cells(statement.total))
    out.print(table)
    price = "its price" if statement.known else "the highest known price; its own is not known"
    out.print(f"All-cloud: every answer by {statement.model}, at {price}.", markup=False)
    for used in statement.budgets:
        spent = f"{used.usd:.4f} of {used.budget.usd:.2f} USD"
        out.print(f"Today, the budget of {used.budget.whose}: {spent}.", markup=False)


def _cells(line: Line) -> tuple[Text, ...]:
    share = line.share_without_cloud
    money = (line.cost_usd, line.all_cloud_usd, line.saving_usd)
    cells = (
        line.name,
        str(line.answers),
        f"{line.builtin}/{line.local}/{line.cloud}",
        "" if share is None else f"{share:.0%}",
        *(f"{usd:.4f}" for usd in money),
    )
    return tuple(map(Text, cells))
