"""Takes dropped files to disk, in place of Chainlit's own route.

Chainlit's reads the whole body into memory, believes the browser's media type, hands the file out
again under that type (a page of ours, for HTML), and answers an empty file with a server error.
Here a file is copied as a stream, kept under a name of ours and typed as bytes; what it is, and
whether it is refused, is decided from the bytes when it is read.
"""

import asyncio
import shutil
import uuid
from pathlib import Path
from typing import Annotated, BinaryIO

import chainlit as cl
from chainlit.session import WebsocketSession
from fastapi import APIRouter, File, HTTPException, UploadFile

router = APIRouter()

_BYTES = "application/octet-stream"


@router.post("/project/file")
async def receive(session_id: str, file: Annotated[UploadFile, File()]) -> dict[str, str]:
    """Keep a dropped file for this session and return its id."""
    session = WebsocketSession.get_by_id(session_id)
    if session is None or not is_session_id(session_id):
        raise HTTPException(404, "This chat is not connected any more. Reload the page.")
    key = str(uuid.uuid4())
    path = Path(session.files_dir) / key
    size = await asyncio.to_thread(_copy, file.file, path)
    session.files[key] = {
        "id": key,
        "path": path,
        "name": file.filename or "unnamed",
        "type": _BYTES,
        "size": size,
    }
    return {"id": key}


def forget(path: Path) -> None:
    """Remove a dropped file that was read in: from here on the store has it, or nobody."""
    session = cl.context.session
    for key, file in list(session.files.items()):
        if file["path"] == path:
            del session.files[key]
    path.unlink(missing_ok=True)


def is_session_id(text: str) -> bool:
    """Return whether a client's session id is a UUID, and so safe to name a folder by."""
    try:
        return str(uuid.UUID(text)) == text
    except (ValueError, AttributeError, TypeError):
        return False


def _copy(source: BinaryIO, path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as target:
        shutil.copyfileobj(source, target)
        return target.tell()
