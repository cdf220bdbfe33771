"""The filing catalogue: list, show, add, delete, and the original bytes.

An original is handed out as a download that no browser renders in this origin: only PDF and
plain text keep their type; a filing in HTML would otherwise be a page of ours with its scripts.
"""

import asyncio
import re
from collections.abc import Sequence
from contextlib import aclosing, suppress
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import UploadFile

from assistant.api.errors import RangeOutside
from assistant.api.receiving import arrival, files_of, receive
from assistant.api.routes.jobs import told
from assistant.api.schemas import CurrentApp, page_with_boxes
from assistant.bootstrap import App
from assistant.domain.errors import InvalidRequest
from assistant.domain.filings import READ_TYPES, Filing, MediaType, entries
from assistant.domain.ingestion import Upload
from assistant.domain.jobs import Job
from assistant.domain.people import LOCAL_USER
from assistant.sources.archive import members
from assistant.wire import (
    Json,
    filing_json,
    finding_json,
    ingest_json,
    removal_json,
    yield_json,
)

router = APIRouter(prefix="/documents", tags=["documents"])

_SERVED_AS = {MediaType.PDF.value: "application/pdf", MediaType.TEXT.value: "text/plain"}
_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")
_LOOK_S = 0.2
_FILES = {
    "type": "array",
    "items": {"type": "string", "format": "binary"},
    "description": f"{READ_TYPES}; or zip archives of them (.zip)",
}
_PASSWORD = {"type": "string", "description": "Opens files that are locked; never stored."}
_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {"files": _FILES, "password": _PASSWORD},
                }
            }
        },
    }
}
_SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"


@router.get("", summary="List the filings, newest first")
async def list_documents(app: CurrentApp) -> Json:
    """Return the catalogue, a row an entry: a content under two names has two."""
    return {"documents": [filing_json(one) for one in entries(await app.catalogue.filings())]}


@router.post("", summary="Add filings; a job a file", openapi_extra=_UPLOAD)
async def add_documents(
    request: Request,
    app: CurrentApp,
    wait: Annotated[float, Query(ge=0, le=600, description="Seconds to wait for the end.")] = 0,
) -> JSONResponse:
    """Take files in; each is safe when this answers, and read in the background.

    A zip archive becomes a job a file in it. Answers 202 with `jobs`, in the order of the files,
    and for one file its job's fields beside them; with `wait`, 200 when every job ended well and
    422 when a file was refused, and `results`, an ingest line a file. Files with a `password` are
    read before this answers, because a job that waits would have to keep it.
    """
    app.ingest.room(0)  # before anything is read
    form = await receive(request, app.ingest.max_bytes)
    try:
        if password := form.get("password"):
            return await _read_now(app, files_of(form), str(password))
        jobs = await _handed_in(app, files_of(form))
    finally:
        await form.close()
    jobs = await _ended(app, jobs, wait)
    rows = await told(app, jobs)
    answer: Json = {"jobs": rows} | (rows[0] if len(rows) == 1 else {})
    if not all(job.state.over for job in jobs):
        return JSONResponse(answer, status_code=202)
    return _results([row["result"] for row in rows], answer)


def _results(results: list[Json], beside: Json) -> JSONResponse:
    refused = any(result["error"] for result in results)
    return JSONResponse(beside | {"results": results}, status_code=422 if refused else 200)


async def _handed_in(app: App, files: Sequence[UploadFile]) -> list[Job]:
    wanted = 0
    for file in files:
        wanted += await app.jobs.count(arrival(file.filename or "", file.file))
    await app.jobs.check_room(wanted)
    app.ingest.room(sum(file.size or 0 for file in files))
    jobs: list[Job] = []
    for file in files:
        arrived = arrival(file.filename or "", file.file)
        async with aclosing(app.jobs.hand_in(arrived, LOCAL_USER.id)) as taken:
            jobs.extend([job async for job in taken])
    return jobs


async def _read_now(app: App, files: Sequence[UploadFile], password: str) -> JSONResponse:
    results: list[Json] = []
    for file in files:  # one at a time: no more than one upload is held in memory
        name = file.filename or ""
        upload = Upload(name, await file.read(), path=name, password=password)
        found = members(upload, app.ingest.max_bytes)
        batch = app.ingest.ingest(found, added_by=LOCAL_USER.id)
        async with aclosing(batch) as outcomes:
            results.extend([ingest_json(outcome) async for outcome in outcomes])
    return _results(results, {})


async def _ended(app: App, jobs: list[Job], wait: float) -> list[Job]:
    """Return the jobs as they are when all are over, or after `wait` seconds."""
    ids = [job.id for job in jobs]
    with suppress(TimeoutError):
        async with asyncio.timeout(wait):
            while not all(job.state.over for job in jobs):
                await asyncio.sleep(_LOOK_S)
                jobs = await app.jobs.queue.several(ids)
    return jobs


@router.get("/{document_id}", summary="Show one filing")
async def show_document(document_id: str, app: CurrentApp) -> Json:
    """Return a filing by id, or by name when exactly one has it."""
    filing = await app.catalogue.get(document_id)
    pages = await app.catalogue.pages(filing.id)
    found = await app.findings.of(filing.id)
    return {
        **filing_json(filing),
        "findings": [finding_json(one) for one in found],
        "pages_yield": [yield_json(page) for page in pages],
    }


@router.get("/{document_id}/findings", summary="What a filing hides or would do")
async def findings(document_id: str, app: CurrentApp) -> Json:
    """Return hidden text, text that addresses a model, and active content, in order."""
    filing = await app.catalogue.get(document_id)
    found = await app.findings.of(filing.id)
    rows = [finding_json(one) for one in found]
    return {"document": filing.name, "document_id": filing.id, "findings": rows}


@router.delete("/{document_id}", summary="Remove a filing, its pages and its original")
async def delete_document(
    document_id: str, app: CurrentApp, reason: Annotated[str, Query(max_length=1000)] = ""
) -> Json:
    """Remove an entry for good, with the last one its content; 409 where a hold keeps it."""
    return removal_json(await app.life.delete(document_id, LOCAL_USER, reason))


@router.get("/{document_id}/pages/{number}", summary="Show the text of one page")
async def show_page(document_id: str, number: int, app: CurrentApp) -> Json:
    """Return what was read from a page, with the place of each word for PDF."""
    filing = await app.catalogue.get(document_id)
    return page_with_boxes(await app.catalogue.page(filing.id, number))


@router.get("/{document_id}/original", summary="Download the original bytes")
async def original(
    document_id: str, app: CurrentApp, range: Annotated[str | None, Header()] = None
) -> Response:
    """Return the file as it came in. One `Range: bytes=a-b` is honoured."""
    filing = await app.catalogue.get(document_id)
    start, end = _wanted(range, filing.original.size)
    await app.life.original(filing, LOCAL_USER, range or "")
    data = await app.blobs.get(filing.original.sha256, start, end)
    headers = _headers(filing)
    if range is None:
        return Response(data, headers=headers)
    headers["content-range"] = f"bytes {start}-{end - 1}/{filing.original.size}"
    return Response(data, status_code=206, headers=headers)


def _wanted(header: str | None, size: int) -> tuple[int, int]:
    """Return the half-open range of bytes that a `Range` header asks for."""
    if header is None:
        return 0, size
    match = _RANGE.match(header.strip())
    if match is None or not any(match.groups()):
        raise InvalidRequest(f"Range {header!r} is not one range of bytes", "Send bytes=0-99.")
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size
    start, end = int(first), min(size, int(last) + 1) if last else size
    if start >= end:
        raise RangeOutside(f"Range {header!r} lies outside of {size} bytes", "Ask for less.")
    return start, end


def _headers(filing: Filing) -> dict[str, str]:
    media_type = _SERVED_AS.get(filing.original.media_type, "application/octet-stream")
    inline = media_type == "application/pdf"
    name = re.sub(r"[^\w .()-]", "_", filing.file_name.rsplit("/", 1)[-1])[:150] or "filing"
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    kind = "inline" if inline else "attachment"
    return {
        "content-type": media_type,
        "content-disposition": f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",
        "content-security-policy": _SANDBOX,
        "accept-ranges": "bytes",
        "cache-control": "private, no-cache",
    }
