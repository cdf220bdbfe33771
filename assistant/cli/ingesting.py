"""`aei ingest`: files and folders into the store."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from assistant.bootstrap import open_app
from assistant.cli.outcomes import progress_bar, show_outcome
from assistant.cli.output import REFUSED, JsonFlag, read_settings, run
from assistant.cli.watching import states_of, watch_folders
from assistant.domain.errors import AssistantError, FilingRejected, InvalidRequest, Rejection
from assistant.domain.filings import Sensitivity
from assistant.domain.ingestion import IngestOutcome, IngestStatus, Stage, Upload
from assistant.domain.people import LOCAL_USER
from assistant.ingest.pipeline import too_large
from assistant.samples import sample_uploads
from assistant.sources.archive import members


@dataclass(frozen=True, slots=True)
class _Label:
    """What the user says of a file."""

    sensitivity: Sensitivity = Sensitivity.PUBLIC
    password: str = field(default="", repr=False)


def ingest(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files and folders.")] = None,
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Folders inside folders too.")
    ] = False,
    metadata: Annotated[
        Path | None,
        typer.Option(
            help='JSON: {"file name": {"sensitivity": "internal", "password": "..."}, ...}.'
        ),
    ] = None,
    label: Annotated[
        Sensitivity, typer.Option(help="How far the text may travel; --metadata goes first.")
    ] = Sensitivity.PUBLIC,
    collection: Annotated[
        str,
        typer.Option(help="Where to place them; default: the folder inside the folder named."),
    ] = "",
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on with what comes into the folders; Ctrl-C ends.")
    ] = False,
    password: Annotated[str, typer.Option(help="Opens files that are locked.")] = "",
    samples: Annotated[
        bool, typer.Option("--samples", help="The sample filings of fictional companies.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Ingest files, folders and zip archives, and wait until they can be searched.

    `aei ingest edgar` fetches filings from SEC EDGAR; a folder of that name is ./edgar.

    Example: aei ingest filings/ --recursive
    """
    settings = read_settings(as_json)
    max_bytes = settings.max_file_mb << 20

    async def work() -> int:
        labels = _labels(metadata, _Label(label, password))
        files = in_good_order(_files(paths or [], recursive), settings.readers)
        known = states_of(files)
        if not files and not samples and not watch:
            raise InvalidRequest("There is nothing to ingest", "Name files or folders.")
        placed = [(path, collection or _inside(path, paths or [])) for path in files]
        uploads = _uploads(placed, labels, max_bytes)

        def read(path: Path) -> Iterator[Upload | IngestOutcome]:
            place = collection or _inside(path, paths or [])
            return _uploads([(path, place)], labels, max_bytes)

        batch = [*sample_uploads()] if samples else []
        refused = 0
        async with open_app(settings, warm=True) as app:
            with progress_bar(len(files) + len(batch), as_json) as bar:
                task = bar.task_ids[0]

                def told(_position: int, stage: Stage) -> None:
                    bar.update(task, advance=1 if stage is Stage.DONE else 0)

                outcomes = app.ingest.ingest(_chain(batch, uploads), told, LOCAL_USER.id)
                async for outcome in outcomes:
                    refused += outcome.status is IngestStatus.REJECTED
                    show_outcome(outcome, as_json)
            if watch:
                folders = [path for path in paths or [] if path.is_dir()]
                listed = partial(_files, folders, recursive)
                await watch_folders(app, folders, known, listed, read, as_json)
        return refused

    if run(work(), as_json):
        raise typer.Exit(REFUSED)


def _chain(
    first: list[Upload], rest: Iterator[Upload | IngestOutcome]
) -> Iterator[Upload | IngestOutcome]:
    yield from first
    yield from rest


def _files(paths: list[Path], recursive: bool) -> list[Path]:
    """List the files in a fixed order; hidden ones inside folders are left out."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            found = path.rglob("*") if recursive else path.glob("*")
            files += sorted(p for p in found if p.is_file() and not p.name.startswith("."))
        else:
            files.append(path)
    return files


def in_good_order(files: list[Path], readers: int) -> list[Path]:
    """Return the files in the order that a batch is read in.

    The smallest first, one a reader, so that something can be searched at once; then the largest, so
    that no reader is left alone with one at the end. Files of one name may be versions of each other
    and stay in the order they were given.
    """
    if len({path.name for path in files}) < len(files):
        return files
    by_size = sorted(files, key=_size)
    return by_size[:readers] + by_size[readers:][::-1]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # it is refused when it is opened


def _inside(path: Path, given: list[Path]) -> str:
    """Return the folder of a file inside the folder that was named; empty right in it."""
    inside = (path.relative_to(root).parent for root in given if path.is_relative_to(root))
    return next((where.as_posix() for where in inside if where != Path()), "")


def _uploads(
    files: list[tuple[Path, str]], labels: dict[str, _Label], max_bytes: int
) -> Iterator[Upload | IngestOutcome]:
    """Open the files one by one, as the pipeline asks for them."""
    for path, collection in files:
        try:
            size = path.stat().st_size
            if size > max_bytes:
                raise too_large(path.name, size, max_bytes)
            data = path.read_bytes()
        except OSError as error:
            refusal = FilingRejected(
                Rejection.PERMISSION,
                f"{path} cannot be opened: {error.strerror}",
                "Check the path and that you may read the file.",
            )
            yield _rejected(path, refusal)
        except FilingRejected as refusal:
            yield _rejected(path, refusal)
        else:
            said = labels[path.name]
            one = Upload(
                path.name,
                data,
                str(path),
                sensitivity=said.sensitivity,
                password=said.password,
                collection=collection,
            )
            yield from members(one, max_bytes)


def _rejected(path: Path, error: AssistantError) -> IngestOutcome:
    return IngestOutcome(str(path), IngestStatus.REJECTED, 0.0, error=error)


def _labels(metadata: Path | None, default: _Label) -> dict[str, _Label]:
    """Return what is said of each file by its name; `default` for any other name."""
    labels: dict[str, _Label] = defaultdict(lambda: default)
    if metadata is None:
        return labels
    try:
        for name, row in json.loads(metadata.read_text("utf-8")).items():
            sensitivity = Sensitivity(row.get("sensitivity", default.sensitivity))
            labels[name] = _Label(sensitivity, str(row.get("password", default.password)))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        kinds = ", ".join(Sensitivity)
        raise InvalidRequest(
            f"{metadata} is not usable metadata: {error}",
            f'It holds {{"file name": {{"sensitivity": one of {kinds}, "password": "..."}}}}.',
        ) from error
    return labels
