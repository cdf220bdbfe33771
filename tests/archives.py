"""Zip archives as people and attackers make them."""

import io
import zipfile

BOMB = bytes(64 << 20)


def packed(*entries: tuple[str, bytes]) -> bytes:
    """Return an archive of named files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in entries:
            made.writestr(name, data)
    return buffer.getvalue()


def locked(archive: bytes, name: str) -> bytes:
    """Return the archive with one file marked as encrypted, where it lies and in the list."""
    data = bytearray(archive)
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        data[opened.getinfo(name).header_offset + 6] |= 1
        start = opened.start_dir
        names = [info.filename for info in opened.infolist()]
    for listed in names:
        if listed == name:
            data[start + 8] |= 1
        start = archive.find(b"PK\x01\x02", start + 4)
    return bytes(data)
