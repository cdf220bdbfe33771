"""`aei edgar`, which is `aei ingest edgar`: filings of SEC EDGAR into the store."""

import re
from collections.abc import AsyncIterator
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from assistant.bootstrap import App, open_app, open_edgar
from assistant.cli.outcomes import progress_bar, show_outcome
from assistant.cli.output import REFUSED, JsonFlag, err, read_settings, run
from assistant.domain.errors import FilingRejected, InvalidRequest
from assistant.domain.filings import entries
from assistant.domain.ingestion import IngestOutcome, IngestStatus
from assistant.domain.people import LOCAL_USER
from assistant.domain.sources import Listed, Wanted
from assistant.ports import FilingSource

_YEARS = re.compile(r"((?:19|20)\d\d)(?:\s*-\s*((?:19|20)\d\d))?")


class Commands(TyperGroup):
    """Takes `aei ingest edgar ...` as `aei edgar ...`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 -- click's own
        """Return the command that the words name, and the words that are left."""
        plain = [word for word in args if not word.startswith("-")]
        if plain[:2] == ["ingest", "edgar"] and args[0] == "ingest":
            rest = args[1:]
            rest.remove("edgar")
            args = ["edgar", *rest]
        return super().resolve_command(ctx, args)


def edgar(
    companies: Annotated[list[str], typer.Argument(help="Tickers, or Central Index Keys.")],
    form: Annotated[
        list[str] | None,
        typer.Option(help="A form; may be repeated. Default: 10-K, 10-Q and 8-K."),
    ] = None,
    years: Annotated[
        str, typer.Option(help="Years of the period's end: 2024, or 2022-2024. Default: all.")
    ] = "",
    amendments: Annotated[bool, typer.Option(help="Amendments (10-K/A) too.")] = True,
    as_json: JsonFlag = False,
) -> None:
    """Fetch filings from SEC EDGAR and ingest them; what is there already is not fetched again.

    Example: aei ingest edgar AAPL --form 10-K --years 2022-2024
    """
    settings = read_settings(as_json)

    async def work() -> int:
        first, last = _span(years)
        forms = tuple(part for given in form or [] for part in given.split(",") if part)
        refused = 0
        async with open_edgar(settings) as source, open_app(settings) as app:
            wanted = [Wanted(one, forms, first, last, amendments) for one in companies]
            listed = [one for each in wanted for one in await source.find(each)]
            err.print(f"EDGAR lists {len(listed)} filings.")
            with progress_bar(len(listed), as_json) as bar:
                async for outcome in _ingested(app, source, listed):
                    refused += outcome.status is IngestStatus.REJECTED
                    show_outcome(outcome, as_json)
                    bar.update(bar.task_ids[0], advance=1)
        return refused

    if run(work(), as_json):
        raise typer.Exit(REFUSED)


async def _ingested(
    app: App, source: FilingSource, listed: list[Listed]
) -> AsyncIterator[IngestOutcome]:
    """Fetch and ingest one filing after the other; those that are there are passed over."""
    known = {one.file_name: one for one in entries(await app.catalogue.filings())}
    for one in listed:
        if held := known.get(one.file_name):
            yield IngestOutcome(one.path, IngestStatus.DUPLICATE, 0.0, held)
            continue
        try:
            upload = await source.fetch(one)
        except FilingRejected as rejection:
            yield IngestOutcome(one.path, IngestStatus.REJECTED, 0.0, error=rejection)
            continue
        async for outcome in app.ingest.ingest([upload], added_by=LOCAL_USER.id):
            yield outcome


def _span(years: str) -> tuple[int, int]:
    """Return the first and the last year that is wanted."""
    if not years.strip():
        return 0, 9999
    match = _YEARS.fullmatch(years.strip())
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if first > last:
        raise InvalidRequest(f"{years!r} are no years", "Write 2024, or 2022-2024.")
    return first, last
