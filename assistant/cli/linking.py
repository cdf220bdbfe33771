"""`aei sql --link`: what of the database a question is about."""

from collections.abc import Callable, Sequence
from pathlib import Path

from assistant import wire
from assistant.bootstrap.sql import open_linker
from assistant.cli.batch import field, run_batch
from assistant.cli.output import out, print_json
from assistant.domain.people import Principal
from assistant.domain.queries import EarlierQuery, Linking
from assistant.nl2sql.execute import reader_of
from assistant.settings import Settings


async def link_one(
    settings: Settings,
    question: str,
    asker: Principal,
    earlier: Sequence[EarlierQuery],
    as_json: bool,
) -> int:
    """Link one question and show what was found."""
    async with open_linker(settings) as linker:
        found = await linker.link(question, reader_of(asker), earlier)
    if as_json:
        print_json(linking_json(question, found))
        return 0
    out.print(f"tables   {', '.join(found.tables)}", markup=False)
    out.print(f"columns  {', '.join(found.columns)}", markup=False)
    for value in found.values:
        out.print(f"value    {value.text}: {value.column} = {value.value!r}", markup=False)
    return 0


async def link_batch(
    settings: Settings,
    source: Path,
    target: Path,
    asker_of: Callable[[wire.Json], Principal],
    earlier_of: Callable[[wire.Json], tuple[EarlierQuery, ...]],
) -> int:
    """Link every line of a file; return how many failed."""
    async with open_linker(settings) as linker:

        async def one(line: wire.Json) -> wire.Json:
            question = field(line, "question", "text")
            found = await linker.link(question, reader_of(asker_of(line)), earlier_of(line))
            return linking_json(question, found)

        return await run_batch(source, target, one, callers=1)


def linking_json(question: str, found: Linking) -> wire.Json:
    """Return the contract's shape of `sql --link`; how long a period is counts as a value in it."""
    values = [
        {"text": one.text, "column": one.column, "value": one.value}
        for one in (*found.values, *found.periods)
    ]
    tables, columns = list(found.tables), list(found.columns)
    return {"question": question, "tables": tables, "columns": columns, "values": values}
