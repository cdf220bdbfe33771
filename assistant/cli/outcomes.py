"""How files end, on the command line: a bar while they are read, a line for each."""

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from assistant import wire
from assistant.cli.output import err, out, print_json
from assistant.domain.ingestion import IngestOutcome


def progress_bar(total: int, as_json: bool) -> Progress:
    """Return a bar of one task on stderr; silent in JSON and where there is no terminal."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        disable=as_json or not err.is_terminal,
        transient=True,
    )
    bar.add_task("Ingesting", total=total)
    return bar


def show_outcome(outcome: IngestOutcome, as_json: bool) -> None:
    """Print how one file ended."""
    if as_json:
        print_json(wire.ingest_json(outcome))
        return
    filing = outcome.filing
    if filing:
        status = f"{outcome.status.value:<9}"
        size = f"{filing.pages} pages, {filing.passages} passages"
        line = f"{status} {filing.file_name}  ({size}, {outcome.seconds:.1f} s)"
        out.print("\n".join([line, *(f"          {w}" for w in filing.warnings)]), markup=False)
    elif outcome.error:
        error = outcome.error
        out.print(f"rejected  {outcome.path}", markup=False)
        out.print(f"          {error.code}: {error.message}. {error.hint}", markup=False)
