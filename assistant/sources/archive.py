"""The files of a zip archive, checked before one of them is opened; none is ever written to disk.

    archive ── directory checked (count, sizes, ratio) ── member checked (name, kind) ── Upload

An archive that would swell is refused as a whole, a member that is no plain file by itself. Office
files are zip archives too; only what is called .zip is opened here.
"""

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from assistant.domain.errors import FilingRejected, Rejection
from assistant.domain.ingestion import IngestOutcome, IngestStatus, Upload

_MOST_MEMBERS = 2000
_MOST_BYTES = 2 << 30  # of all members together, inflated
_MOST_RATIO = 200
_RATIO_FROM = 10 << 20  # bytes, inflated: small members may be as repetitive as they like
_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
_LEFTOVERS = ("__MACOSX", "Thumbs.db", "desktop.ini")


def is_archive(upload: Upload) -> bool:
    """Whether an upload is a zip archive, by its name and its first bytes."""
    return upload.file_name.lower().endswith(".zip") and upload.data.startswith(_SIGNATURES)


def members(archive: Upload, max_bytes: int) -> Iterator[Upload | IngestOutcome]:
    """Yield the files of an archive one by one, each under its own name.

    Args:
        archive: The archive; what it says of sensitivity and collection holds for its files.
        max_bytes: A larger file is refused.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive.data)) as opened:
            infos = [info for info in opened.infolist() if _is_file(info)]
            _check(archive, infos)
            for info in infos:
                yield _member(archive, opened, info, max_bytes)
    except FilingRejected as rejection:
        yield _refused(archive.path or archive.file_name, rejection)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        damaged = FilingRejected(
            Rejection.CORRUPT,
            f"{archive.file_name} is a damaged archive",
            "Pack it again, or add its files one by one.",
        )
        yield _refused(archive.path or archive.file_name, damaged)


def _is_file(info: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(info.filename).parts
    hidden = any(part.startswith(".") and part != ".." for part in parts)
    return not info.is_dir() and not hidden and not any(part in _LEFTOVERS for part in parts)


def _check(archive: Upload, infos: list[zipfile.ZipInfo]) -> None:
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


def _member(
    archive: Upload, opened: zipfile.ZipFile, info: zipfile.ZipInfo, max_bytes: int
) -> Upload | IngestOutcome:
    path = f"{archive.path or archive.file_name}/{info.filename}"
    try:
        _check_member(info, max_bytes)
        data = _read(opened, info)
    except FilingRejected as rejection:
        return _refused(path, rejection)
    return replace(archive, file_name=PurePosixPath(info.filename).name, data=data, path=path)


def _check_member(info: zipfile.ZipInfo, max_bytes: int) -> None:
    name, parts = info.filename, PurePosixPath(info.filename).parts
    if ".." in parts or name.startswith("/") or "\\" in name or ":" in parts[0]:
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
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise FilingRejected(
            Rejection.CORRUPT, f"{info.filename} is damaged in its archive", "Pack it again."
        ) from error


def _refused(path: str, rejection: FilingRejected) -> IngestOutcome:
    return IngestOutcome(path, IngestStatus.REJECTED, 0.0, error=rejection)
