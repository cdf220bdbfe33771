"""`aei sql examples`: review the statements that people found right, and add some."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from assistant.bootstrap.sql import open_reviewing
from assistant.cli.output import JsonFlag, out, print_json, read_settings, run
from assistant.domain.people import LOCAL_USER
from assistant.domain.reviews import ProposedExample
from assistant.nl2sql.present import example_json
from assistant.nl2sql.reviewing import Reviewing

examples = typer.Typer(
    help="Review proposed examples; verified ones answer questions.", no_args_is_help=True
)

Number = Annotated[int, typer.Argument(help="The number that `list` shows.")]


@examples.command("list")
def listed(
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that were verified or rejected.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """List the proposals that wait for review.

    Example: aei sql examples list
    """
    settings = read_settings(as_json)

    async def work() -> list[ProposedExample]:
        async with open_reviewing(settings) as reviewing:
            return await reviewing.listed(LOCAL_USER, everything)

    found = run(work(), as_json)
    if as_json:
        print_json({"examples": [example_json(one) for one in found]})
        return
    wide = (Column("Question", overflow="fold"), Column("Statement", overflow="fold"))
    table = Table("No.", *wide, "State", "By")
    for one in found:
        cells = (one.question, one.sql, one.state.value, one.judged_by or one.proposed_by)
        table.add_row(str(one.id), *map(escape, cells))
    out.print(table if found else "Nothing waits for review.")


@examples.command()
def approve(number: Number, as_json: JsonFlag = False) -> None:
    """Let a proposal answer questions; it is judged again and run once.

    Example: aei sql examples approve 7
    """
    _decide(lambda reviewing: reviewing.approve(number, LOCAL_USER), as_json)


@examples.command()
def reject(
    number: Number,
    reason: Annotated[str, typer.Option(help="Why it must not answer questions.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Keep a proposal, or a verified example, from answering questions.

    Example: aei sql examples reject 7 --reason "counts paper portfolios"
    """
    _decide(lambda reviewing: reviewing.reject(number, LOCAL_USER, reason), as_json)


@examples.command()
def add(
    question: Annotated[str, typer.Argument(help="The question, as people ask it.")],
    statement: Annotated[str, typer.Argument(help="The statement that answers it.")],
    as_json: JsonFlag = False,
) -> None:
    """Add a verified example of your own.

    Example: aei sql examples add "Trades per venue" "SELECT venue, count(*) FROM trades GROUP BY 1"
    """

    async def both(reviewing: Reviewing) -> ProposedExample:
        proposed = await reviewing.propose(question, statement, LOCAL_USER)
        return await reviewing.approve(proposed.id, LOCAL_USER)

    _decide(both, as_json)


def _decide(decide: Callable[[Reviewing], Awaitable[ProposedExample]], as_json: bool) -> None:
    settings = read_settings(as_json)

    async def work() -> ProposedExample:
        async with open_reviewing(settings) as reviewing:
            return await decide(reviewing)

    decided = run(work(), as_json)
    if as_json:
        print_json(example_json(decided))
    else:
        out.print(f"{decided.id} is {decided.state.value}: {decided.question}", markup=False)
