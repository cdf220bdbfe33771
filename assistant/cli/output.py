"""How a command ends: results on stdout, everything else on stderr, an exit code that means it.

0 done, 1 some input was refused, 2 wrong usage, 3 a needed service is missing.
"""

import asyncio
import json
import sys
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console

from assistant import wire
from assistant.domain.errors import AssistantError, InvalidRequest, ServiceFailed
from assistant.settings import Settings

REFUSED, USAGE, SERVICE = 1, 2, 3

JsonFlag = Annotated[bool, typer.Option("--json", help="Machine output on stdout, nothing else.")]

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

_T = TypeVar("_T")


def print_json(value: object) -> None:
    """Write one JSON object as one line to stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def fail(error: AssistantError, as_json: bool) -> typer.Exit:
    """Report an error in the wanted form; return the exit to raise."""
    if as_json:
        print_json({"error": wire.error_json(error)})
    else:
        err.print(f"[red]{error.code}[/red]: {_plain(error.message)}", soft_wrap=True)
        if error.hint:
            err.print(_plain(error.hint))
    return typer.Exit(_exit_code(error))


def run(work: Coroutine[Any, Any, _T], as_json: bool) -> _T:
    """Run a command's work; an error of ours becomes a message and an exit code."""
    try:
        return asyncio.run(work)
    except AssistantError as error:
        raise fail(error, as_json) from None
    except KeyboardInterrupt:
        err.print("Stopped.")
        raise typer.Exit(130) from None


def read_settings(as_json: bool = False, **changes: object) -> Settings:
    """Read the settings; a bad one is wrong usage, named with its rule."""
    given = {name: value for name, value in changes.items() if value is not None}
    try:
        return Settings.model_validate(Settings().model_dump() | given)
    except ValidationError as invalid:
        problems = "; ".join(
            f"AEI_{'_'.join(map(str, e['loc'])).upper()}={e['input']!r}: {e['msg']}"
            for e in invalid.errors()
        )
        error = InvalidRequest(problems, "`aei settings --help` names every setting.")
        raise fail(error, as_json) from None


def _exit_code(error: AssistantError) -> int:
    match error:
        case InvalidRequest():
            return USAGE
        case ServiceFailed():
            return SERVICE
        case _:
            return REFUSED


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
