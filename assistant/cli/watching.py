"""`aei ingest FOLDER --watch`: goes on with what comes into folders.

A file is read when it has not changed for a moment, so that one that is still being copied is not
read in half. What is removed from a folder stays in the catalogue, and that is said.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from watchfiles import Change, awatch

from assistant.bootstrap import App
from assistant.cli.outcomes import show_outcome
from assistant.cli.output import err
from assistant.domain.errors import InvalidRequest
from assistant.domain.ingestion import IngestOutcome, Upload
from assistant.domain.people import LOCAL_USER

_SETTLE_S = 1.0
_LONGEST_S = 600.0  # a file that still changes after that is read as it is

Read = Callable[[Path], Iterable[Upload | IngestOutcome]]


async def watch_folders(
    app: App, folders: Sequence[Path], recursive: bool, read: Read, as_json: bool
) -> None:
    """Ingest what comes into these folders until the program is stopped.

    Args:
        app: The application.
        folders: Which folders.
        recursive: Whether folders inside them too.
        read: Opens a file.
        as_json: Whether lines are JSON.

    Raises:
        InvalidRequest: There is no folder to watch.
    """
    if not folders:
        raise InvalidRequest("There is no folder to watch", "Name a folder with --watch.")
    err.print(f"Watching {', '.join(map(str, folders))}; Ctrl-C ends.", markup=False)
    async for changes in awatch(*folders, recursive=recursive):
        latest = {Path(path): change for change, path in sorted(changes)}
        for path, change in sorted(latest.items()):
            if path.name.startswith("."):
                continue
            if change is Change.deleted and not path.exists():
                err.print(f"{path} was removed; its filing stays in the catalogue.", markup=False)
            elif path.is_file():
                await _settled(path)
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
