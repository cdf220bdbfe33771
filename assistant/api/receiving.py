"""Takes uploads to disk while they arrive, and stops at the first byte too many.

Starlette's form parser writes files to disk, but bounds only fields, not files: a file of any
length would be taken in whole before its size is looked at.
"""

import errno
import tempfile
from collections.abc import Sequence
from typing import IO

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from assistant.domain.errors import (
    DiskFull,
    FilingRejected,
    InvalidRequest,
    Rejection,
    ServiceFailed,
)
from assistant.domain.jobs import Arrival
from assistant.sources.mapped import mapped

_MOST_FILES = 1000


class _Bounded(MultiPartParser):
    """Starlette's parser with a limit on the bytes of each file."""

    max_file_bytes = 0
    _taken = 0

    def on_part_begin(self) -> None:
        """Count the next part from nothing."""
        self._taken = 0
        super().on_part_begin()

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        """Count, and stop where the file is longer than it may be."""
        self._taken += end - start
        file = self._current_part.file
        if file is not None and self._taken > self.max_file_bytes:
            raise FilingRejected(
                Rejection.TOO_LARGE,
                f"{file.filename} is larger than {self.max_file_bytes >> 20} MiB",
                "Split the file, or raise AEI_MAX_FILE_MB.",
            )
        super().on_part_data(data, start, end)


async def receive(request: Request, max_file_bytes: int) -> FormData:
    """Read a multipart body; its files lie on disk, rewound.

    Raises:
        FilingRejected: A file is too large; the rest was not read.
        InvalidRequest: It is no multipart body, or holds no file.
        DiskFull: The disk took no more.
        ServiceFailed: The disk could not be written.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise InvalidRequest("The body is not multipart/form-data", "Send files as `files`.")
    parser = _Bounded(request.headers, request.stream(), max_files=_MOST_FILES)
    parser.max_file_bytes = max_file_bytes
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise InvalidRequest(f"The upload cannot be read: {error.message}") from error
    except OSError as error:
        failure = DiskFull if error.errno == errno.ENOSPC else ServiceFailed
        raise failure(
            f"The upload could not be kept in {tempfile.gettempdir()}: {error.strerror}",
            "Free some disk space, or set TMPDIR to a folder that has some.",
        ) from error
    if not files_of(form):
        await form.close()
        raise InvalidRequest("The body holds no file", "Send one or more files as `files`.")
    return form


def files_of(form: FormData) -> Sequence[UploadFile]:
    """Return the files of a form, in order."""
    return [value for _, value in form.multi_items() if isinstance(value, UploadFile)]


def arrival(name: str, file: IO[bytes]) -> Arrival:
    """Return a file on disk as an arrival whose bytes are mapped, not loaded."""
    return Arrival(name, mapped(file), name)
