"""GET /sql/results/{id}.csv, .xlsx, .parquet: the rows of an answer as a file.

The file has no name any more when it is sent, so nothing of it stays, however the sending ends.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import BinaryIO

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from assistant.api.schemas import CurrentApp
from assistant.domain.people import LOCAL_USER

router = APIRouter(prefix="/sql/results", tags=["sql"])

_CHUNK = 1 << 18  # bytes


@router.get("/{id}.{kind}", summary="Download all rows of an answer as CSV, XLSX or Parquet")
async def download(id: str, kind: str, app: CurrentApp) -> StreamingResponse:
    """Run the answer's statement again, with the rights of who asked it, and return the rows as a file.

    `id` is that of an answer, `kind` is csv, xlsx or parquet. The header `X-Rows-SHA256` has the hash that
    the audit log holds; `X-Rows-Truncated` says that there were more rows than a file may have.
    """
    made = await app.sql.download(id, kind, LOCAL_USER)
    file = made.path.open("rb")
    made.path.unlink()
    size = made_size(file)
    now = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    headers = {
        "content-disposition": f'attachment; filename="result-{now}.{made.kind}"',
        "content-length": str(size),
        "cache-control": "no-store",
        "x-rows": str(made.rows),
        "x-rows-sha256": made.rows_sha256,
        "x-rows-truncated": str(made.truncated).lower(),
    }
    return StreamingResponse(_sent(file), media_type=made.media_type, headers=headers)


def made_size(file: BinaryIO) -> int:
    """Return the size of an open file in bytes, leaving it at its start."""
    size = file.seek(0, 2)
    file.seek(0)
    return size


async def _sent(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while data := await asyncio.to_thread(file.read, _CHUNK):
            yield data
