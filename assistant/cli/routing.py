"""`aei route`: where a message would go, and why. Opens no store, calls no model, probes no service."""

import time
from datetime import UTC, datetime
from typing import Annotated

import typer

from assistant import wire
from assistant.bootstrap import open_router
from assistant.cli.asking import BatchIn, BatchOut, given
from assistant.cli.batch import end_batch, field, run_batch, target_of, texts
from assistant.cli.output import JsonFlag, out, print_json, read_settings, run
from assistant.domain.answers import EarlierTurn, Question
from assistant.domain.people import LOCAL_USER
from assistant.ports import Router
from assistant.settings import ModelChoice


def route(
    text: Annotated[str, typer.Argument(help="A message as it would be asked.")] = "",
    previous: Annotated[
        list[str] | None,
        typer.Option(help="A message before this one; may be repeated, newest last."),
    ] = None,
    model: Annotated[
        ModelChoice | None, typer.Option(help="Which model answers; default: AEI_MODEL.")
    ] = None,
    batch: BatchIn = None,
    out_file: BatchOut = None,
    as_json: JsonFlag = False,
) -> None:
    """Say what a message is, what is sensitive in it, where it would go, and why.

    Example: aei route "Compare the pension assumptions of Ford and GM, step by step"
    """
    settings = read_settings(as_json, model=model)

    async def work() -> int:
        router = open_router(settings)
        if batch:
            return await run_batch(
                batch,
                target_of(out_file),
                lambda r: _routed(router, field(r, "text", "question"), _previous(r)),
                callers=1,
            )
        decided = await _routed(router, given(text), previous or [])
        if as_json:
            print_json(decided)
        else:
            _show(decided)
        return 0

    end_batch(run(work(), as_json))


def _previous(request: wire.Json) -> list[str]:
    """Return the messages before a line's; one may stand there without a list."""
    one = request.get("previous")
    return [one] if isinstance(one, str) else texts(request, "previous")


async def _routed(router: Router, text: str, previous: list[str]) -> wire.Json:
    start = time.perf_counter()
    history = tuple(map(EarlierTurn, previous))
    question = Question(text, LOCAL_USER, datetime.now(UTC).date(), history=history)
    reading = await router.read(question)
    decided = router.decide(reading, question)
    return wire.routed_json(text, decided, time.perf_counter() - start)


def _show(decided: wire.Json) -> None:
    text = decided["text"]
    out.print(f"{decided['destination']}", style="bold")
    for reason in decided["reasons"]:
        out.print(f"  {reason}", markup=False)
    out.print(f"intent      {decided['intent']} ({decided['confidence']:.2f})")
    out.print(f"complexity  {decided['complexity']}")
    out.print(f"sensitive   {'yes' if decided['sensitive'] else 'no'}")
    for span in decided["sensitivity"]:
        found = text[span["start"] : span["end"]]
        out.print(f"  {span['kind']:<14} {found}", markup=False)
