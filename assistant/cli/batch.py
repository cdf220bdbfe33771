"""Batch mode: JSON lines in, JSON lines out, in the same order, in one process.

A line that fails gets an `error` and the run goes on.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path

import typer

from assistant import wire
from assistant.cli.output import REFUSED, err
from assistant.domain.errors import AssistantError, InvalidRequest

Answer = Callable[[wire.Json], Awaitable[wire.Json]]


async def run_batch(source: Path, target: Path, answer: Answer, callers: int) -> int:
    """Answer every line of `source` into `target`; return how many failed.

    Args:
        source: A file of JSON objects, one a line.
        target: The file to write; replaced when the run is done.
        answer: Turns one object into its answer.
        callers: How many lines are answered at once.

    Raises:
        InvalidRequest: The source cannot be read, or the target cannot be written.
    """
    try:
        lines = await asyncio.to_thread(source.read_text, "utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRequest(
            f"{source} cannot be read: {error}", "Name a JSON lines file."
        ) from error
    slots = asyncio.Semaphore(callers)

    async def one(line: str) -> wire.Json:
        async with slots:
            return await _line(line, answer)

    results = await asyncio.gather(*(one(line) for line in lines.splitlines() if line.strip()))
    text = "".join(json.dumps(result, ensure_ascii=False) + "\n" for result in results)
    try:
        await asyncio.to_thread(target.write_text, text, "utf-8")
    except OSError as error:
        raise InvalidRequest(f"{target} cannot be written: {error}") from error
    return sum("error" in result for result in results)


def target_of(path: Path | None) -> Path:
    """Return the file that a batch writes to.

    Raises:
        InvalidRequest: None was named.
    """
    if path is None:
        raise InvalidRequest("--batch needs --out", "Name the file that the answers go to.")
    return path


def end_batch(failed: int) -> None:
    """End the command: with exit code 1 when lines failed."""
    if failed:
        err.print(f"{failed} lines failed; each has an error in the output.")
        raise typer.Exit(REFUSED)


async def _line(line: str, answer: Answer) -> wire.Json:
    identity: wire.Json = {}
    try:
        request = json.loads(line)
        if not isinstance(request, dict):
            raise InvalidRequest("The line is not a JSON object")
        identity = {"id": request.get("id")}
        return identity | await answer(request)
    except json.JSONDecodeError as error:
        problem: AssistantError = InvalidRequest(f"The line is not JSON: {error.msg}")
    except AssistantError as error:
        problem = error
    return identity | {"error": wire.error_json(problem)}


def field(request: wire.Json, *names: str) -> str:
    """Return the first of these fields that is there, as text.

    Raises:
        InvalidRequest: None of them is, or it is not text.
    """
    for name in names:
        if name in request:
            if isinstance(request[name], str):
                return str(request[name])
            raise InvalidRequest(f"{name!r} is not text")
    raise InvalidRequest(f"The line has no {' or '.join(map(repr, names))}")


def documents(request: wire.Json) -> list[str]:
    """Return the documents that a line is about; none means all."""
    named = request.get("document")
    return [str(named)] if named else []


def day(request: wire.Json, otherwise: date | None) -> date | None:
    """Return the day that a line asks as of; `otherwise` when it names none.

    Raises:
        InvalidRequest: It is no date written YYYY-MM-DD.
    """
    named = request.get("as_of")
    if named is None:
        return otherwise
    try:
        return date.fromisoformat(named)
    except (TypeError, ValueError):
        raise InvalidRequest(f"'as_of' is no day: {named!r}", "Write it YYYY-MM-DD.") from None


def texts(request: wire.Json, name: str) -> list[str]:
    """Return a field that is a list of texts; an empty list when it is not there.

    Raises:
        InvalidRequest: It is something else.
    """
    given = request.get(name) or []
    if isinstance(given, list) and all(isinstance(one, str) for one in given):
        return given
    raise InvalidRequest(f"{name!r} is not a list of texts")
