"""The files of a zip archive, checked before one of them is opened; none is ever written to disk.

    archive ── directory checked (count, sizes, ratio) ── member checked (name, kind) ── Upload

An archive that would swell is refused as a whole, a member that is no plain file by itself. Office
files are zip archives too; only what is called .zip is opened here. Members are inflated one at a
time, and only by methods whose output can be bounded: a lie about a size costs nothing.
"""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TypeVar

from assistant.domain.errors import FilingRejected, Rejection
from assistant.domain.ingestion import IngestOutcome, IngestStatus, Upload
from assistant.domain.jobs import Arrival

_MOST_MEMBERS = 2000
_MOST_DIRECTORY = 4 << 20  # bytes: a directory of millions of names would fill the memory
_MOST_BYTES = 2 << 30  # of all members together, inflated
_MOST_RATIO = 200
_RATIO_FROM = 10 << 20  # bytes, inflated: small members may be as repetitive as they like
_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # zipfile bounds the output of these only
_LEFTOVERS = ("__MACOSX", "Thumbs.db", "desktop.ini")
_File = TypeVar("_File", Upload, Arrival)


def is_archive(upload: Upload | Arrival) -> bool:
    """Whether an upload is a zip archive, by its name and its first bytes."""
    return upload.file_name.lower().endswith(".zip") and upload.data[:4] in _SIGNATURES


def unpack(arrival: Arrival, max_bytes: int) -> tuple[int, Iterator[Arrival | IngestOutcome]]:
    """Take an upload apart where it is an archive; see `assistant.domain.jobs.Unpack`."""
    count = 1  # itself, or the line that says why it is refused
    if is_archive(arrival):
        with suppress(FilingRejected), _opened(arrival) as opened:
            count = len(_files(arrival, opened))
    return count, members(arrival, max_bytes)


def members(archive: _File, max_bytes: int) -> Iterator[_File | IngestOutcome]:
    """Yield the files of an archive one by one, each under its own name; any other upload itself.

    Args:
        archive: The archive; what it says of sensitivity and collection holds for its files.
        max_bytes: A larger file is refused.
    """
    if not is_archive(archive):
        yield archive
        return
    try:
        with _opened(archive) as opened:
            for info in _files(archive, opened):
                yield _member(archive, opened, info, max_bytes)
    except FilingRejected as rejection:
        yield _refused(archive.path or archive.file_name, rejection)


class _Bytes(io.RawIOBase):
    """Bytes in memory or mapped from disk as a file; no copy is made of them.

    `most` is the longest read in bytes; 0 allows any.
    """

    def __init__(self, archive: Upload | Arrival, most: int) -> None:
        self._name, self._data, self._at = archive.file_name, archive.data, 0
        self.most = most

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._data)}[whence]
        if start + offset < 0:
            raise OSError("There is nothing before the first byte")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        left = max(len(self._data) - self._at, 0)
        size = left if size is None or size < 0 else min(size, left)
        if self.most and size > self.most:
            raise FilingRejected(
                Rejection.TOO_LARGE,
                f"{self._name} has a list of files of {size >> 20} MiB",
                f"Pack at most {_MOST_MEMBERS} files into one archive.",
            )
        found = self._data[self._at : self._at + size]
        self._at += size
        return found


@contextmanager
def _opened(archive: Upload | Arrival) -> Iterator[zipfile.ZipFile]:
    data = _Bytes(archive, _MOST_DIRECTORY)
    try:
        with zipfile.ZipFile(data) as opened:
            data.most = 0
            yield opened
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, struct.error) as error:
        raise FilingRejected(
            Rejection.CORRUPT,
            f"{archive.file_name} is a damaged archive",
            "Pack it again, or add its files one by one.",
        ) from error


def _files(archive: Upload | Arrival, opened: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the files of an archive. Raises `FilingRejected` for the archive as a whole."""
    infos = [info for info in opened.infolist() if _is_file(info)]
    if not infos:
        raise FilingRejected(
            Rejection.EMPTY_FILE, f"{archive.file_name} holds no files", "Check what was packed."
        )
    total = sum(info.file_size for info in infos)
    swells = total > _RATIO_FROM and total > _MOST_RATIO * max(len(archive.data), 1)
    if len(infos) > _MOST_MEMBERS or total > _MOST_BYTES or swells:
        raise FilingRejected(
            Rejection.TOO_LARGE,
            f"{archive.file_name} holds {len(infos)} files of {total >> 20} MiB",
            f"Pack at most {_MOST_MEMBERS} files and {_MOST_BYTES >> 30} GiB into one archive.",
        )
    return infos


def _is_file(info: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(info.filename).parts
    hidden = any(part.startswith(".") and part != ".." for part in parts)
    folder = info.filename.endswith("/")
    return not folder and not hidden and not any(part in _LEFTOVERS for part in parts)


def _member(
    archive: _File, opened: zipfile.ZipFile, info: zipfile.ZipInfo, max_bytes: int
) -> _File | IngestOutcome:
    path = f"{archive.path or archive.file_name}/{info.filename}"
    try:
        _check_member(info, max_bytes)
        data = _read(opened, info)
    except FilingRejected as rejection:
        return _refused(path, rejection)
    inside = PurePosixPath(info.filename)
    folder = inside.parent.as_posix() if len(inside.parts) > 1 else ""
    collection = archive.collection or folder
    return replace(archive, file_name=inside.name, data=data, path=path, collection=collection)


def _check_member(info: zipfile.ZipInfo, max_bytes: int) -> None:
    name, parts = info.filename, PurePosixPath(info.filename).parts
    if not parts or ".." in parts or name.startswith("/") or "\\" in name or ":" in parts[0]:
        raise FilingRejected(
            Rejection.BAD_NAME, f"{name} leads out of its archive", "Pack it without folders above."
        )
    mode = info.external_attr >> 16
    if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
        raise FilingRejected(
            Rejection.UNSUPPORTED_TYPE, f"{name} is a link or a device", "Pack the file itself."
        )
    if name.lower().endswith(".zip"):
        raise FilingRejected(
            Rejection.UNSUPPORTED_TYPE,
            f"{name} is an archive inside an archive",
            "Unpack it, and add its files.",
        )
    if info.flag_bits & 1:
        raise FilingRejected(
            Rejection.PASSWORD_REQUIRED, f"{name} is locked in its archive", "Pack it unlocked."
        )
    if info.compress_type not in _METHODS:
        raise FilingRejected(
            Rejection.UNSUPPORTED_TYPE,
            f"{name} is packed by a method that is not read",
            "Pack it by the usual method (deflate).",
        )
    if info.file_size > max_bytes:
        raise FilingRejected(
            Rejection.TOO_LARGE,
            f"{name} has {info.file_size >> 20} MiB; {max_bytes >> 20} MiB are allowed",
            "Split the file, or raise AEI_MAX_FILE_MB.",
        )


def _read(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        with opened.open(info) as member:
            return member.read(info.file_size)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise FilingRejected(
            Rejection.CORRUPT, f"{info.filename} is damaged in its archive", "Pack it again."
        ) from error


def _refused(path: str, rejection: FilingRejected) -> IngestOutcome:
    return IngestOutcome(path, IngestStatus.REJECTED, 0.0, error=rejection)
