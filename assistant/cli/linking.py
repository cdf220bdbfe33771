"""`aei sql --link`: what of the database a question is about. `aei sql learn`: what it means, drafted."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from assistant import wire
from assistant.bootstrap.sql import open_linker
from assistant.cli.batch import field, run_batch
from assistant.cli.output import err, out, print_json
from assistant.domain.errors import InvalidRequest
from assistant.domain.people import Principal
from assistant.domain.queries import EarlierQuery, Linking
from assistant.nl2sql.execute import reader_of
from assistant.nl2sql.learning import draft
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


async def learn_layer(settings: Settings, target: Path | None, as_json: bool) -> None:
    """Draft a semantic layer of the configured database, into a new file where one is named.

    Raises:
        InvalidRequest: The file exists, or cannot be written.
        ServiceFailed: The database does not answer.
    """
    undescribed = settings.model_copy(update={"sql_layer": None})
    async with open_linker(undescribed) as linker:
        text = draft(await linker.surveyor.survey())
    if target:
        await asyncio.to_thread(_write_new, target, text)
        err.print(f"Review {target}, then set AEI_SQL_LAYER to it.", markup=False)
    elif not as_json:
        out.print(text, markup=False, highlight=False, soft_wrap=True)
    if as_json:
        print_json({"out": str(target) if target else None, "layer": text})


def _write_new(target: Path, text: str) -> None:
    """Write a file that is not there yet: what somebody reviewed is not overwritten."""
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise InvalidRequest(f"{target} exists", "Name a new file, or remove it.") from error
    except OSError as error:
        raise InvalidRequest(f"{target} cannot be written: {error}") from error


def linking_json(question: str, found: Linking) -> wire.Json:
    """Return the contract's shape of `sql --link`; how long a period is counts as a value in it."""
    values = [
        {"text": one.text, "column": one.column, "value": one.value}
        for one in (*found.values, *found.periods)
    ]
    tables, columns = list(found.tables), list(found.columns)
    return {"question": question, "tables": tables, "columns": columns, "values": values}
