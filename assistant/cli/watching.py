"""`aei ingest FOLDER --watch`: goes on with what comes into folders.

A file is read when it has not changed for a moment, so that one that is still being copied is not
read in half. What is removed from a folder stays in the catalogue, and that is said.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from watchfiles import awatch

from assistant.bootstrap import App
from assistant.cli.outcomes import show_outcome
from assistant.cli.output import err
from assistant.domain.errors import InvalidRequest
from assistant.domain.ingestion import IngestOutcome, Upload
from assistant.domain.people import LOCAL_USER

_SETTLE_S = 1.0
_WAKE_MS = 5000
_LONGEST_S = 600.0  # a file that still changes after that is read as it is

Read = Callable[[Path], Iterable[Upload | IngestOutcome]]
Listed = Callable[[], Iterable[Path]]
States = dict[Path, tuple[int, int]]


def states_of(files: Iterable[Path]) -> States:
    """Return the size (bytes) and the time of change (ns) of the files that are there."""
    found = ((path, _state(path)) for path in files)
    return {path: state for path, state in found if state}


async def watch_folders(
    app: App, folders: Sequence[Path], known: States, listed: Listed, read: Read, as_json: bool
) -> None:
    """Ingest what comes into these folders until the program is stopped.

    The system's word that something changed only wakes this up, and so do some seconds without one:
    what is there is compared with what was there, so nothing that came in between is missed.

    Args:
        app: The application.
        folders: Which folders.
        known: The files that were read already, as they were then.
        listed: Lists the files of the folders.
        read: Opens a file.
        as_json: Whether lines are JSON.

    Raises:
        InvalidRequest: There is no folder to watch.
    """
    if not folders:
        raise InvalidRequest("There is no folder to watch", "Name a folder with --watch.")
    err.print(f"Watching {', '.join(map(str, folders))}; Ctrl-C ends.", markup=False)
    async for _ in awatch(*folders, yield_on_timeout=True, rust_timeout=_WAKE_MS):
        now = states_of(listed())
        for path in sorted(known.keys() - now.keys()):
            err.print(f"{path} was removed; its filing stays in the catalogue.", markup=False)
            del known[path]
        for path in [path for path, state in now.items() if known.get(path) != state]:
            await _settled(path)
            known |= states_of([path])
            async for outcome in app.ingest.ingest(read(path), added_by=LOCAL_USER.id):
                show_outcome(outcome, as_json)


async def _settled(path: Path) -> None:
    """Return when a file has not changed for a moment, or is gone."""
    before = None
    for _ in range(int(_LONGEST_S / _SETTLE_S)):
        now = _state(path)
        if now == before:
            return
        before = now
        await asyncio.sleep(_SETTLE_S)


def _state(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
