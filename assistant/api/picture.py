"""A page of a PDF as a picture, drawn in a process of its own.

pdfium is not safe for threads and aborts its whole process on a bad file, so it does not run in
the server: a child with limits on memory and time draws one page and ends. An idle server keeps
none of it. The browser keeps the picture.
"""

import asyncio
import contextlib
import resource
import struct
import sys
from io import BytesIO
from typing import BinaryIO

import pypdfium2

from assistant.domain.errors import NotFound, ServiceFailed

_TIMEOUT_S = 20.0
_MEMORY_BYTES = 1536 << 20
_AT_ONCE = asyncio.Semaphore(2)
_HEAD = struct.Struct("<II")
_NO_SUCH_PAGE = 3


async def page_picture(pdf: bytes, number: int, width: int) -> bytes:
    """Return page `number` (from 1) as PNG, `width` pixels wide.

    Raises:
        NotFound: The file has no such page.
        ServiceFailed: The page could not be drawn in time.
    """
    async with _AT_ONCE:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", __name__,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            work = process.communicate(_HEAD.pack(number, width) + pdf)
            png, _ = await asyncio.wait_for(work, _TIMEOUT_S)
        except TimeoutError:
            png = b""
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
    if process.returncode == _NO_SUCH_PAGE:
        raise NotFound(f"There is no page {number}", "Go back to a page of the filing.")
    if not png:
        raise ServiceFailed(f"Page {number} could not be drawn", "Download the original instead.")
    return png


def draw(source: BinaryIO, target: BinaryIO) -> int:
    """Draw the page that `source` names in its first eight bytes; return an exit status."""
    number, width = _HEAD.unpack(source.read(_HEAD.size))
    document = pypdfium2.PdfDocument(source.read())
    if not 1 <= number <= len(document):
        return _NO_SUCH_PAGE
    page = document[number - 1]
    picture = page.render(scale=width / max(1.0, page.get_width())).to_pil()
    png = BytesIO()
    picture.save(png, "PNG", compress_level=3)
    target.write(png.getvalue())
    return 0


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (int(_TIMEOUT_S), int(_TIMEOUT_S)))
    sys.exit(draw(sys.stdin.buffer, sys.stdout.buffer))
