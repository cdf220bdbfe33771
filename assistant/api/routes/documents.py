"""The filing catalogue: list, show, add, delete, and the original bytes.

An original is handed out as a download that no browser renders in this origin: only PDF and
plain text keep their type; a filing in HTML would otherwise be a page of ours with its scripts.
"""

import re
from contextlib import aclosing
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Header, Query, UploadFile
from fastapi.responses import JSONResponse, Response

from assistant.api.errors import RangeOutside
from assistant.api.schemas import CurrentApp, page_with_boxes
from assistant.domain.errors import InvalidRequest
from assistant.domain.filings import READ_TYPES, Filing, MediaType, entries
from assistant.domain.ingestion import Upload
from assistant.domain.people import LOCAL_USER
from assistant.wire import Json, filing_json, finding_json, ingest_json, removal_json, yield_json

router = APIRouter(prefix="/documents", tags=["documents"])

_SERVED_AS = {MediaType.PDF.value: "application/pdf", MediaType.TEXT.value: "text/plain"}
_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")
_SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"


@router.get("", summary="List the filings, newest first")
async def list_documents(app: CurrentApp) -> Json:
    """Return the catalogue, a row an entry: a content under two names has two."""
    return {"documents": [filing_json(one) for one in entries(await app.catalogue.filings())]}


@router.post("", summary="Add filings; one outcome a file")
async def add_documents(
    app: CurrentApp,
    files: Annotated[list[UploadFile], File(description=READ_TYPES)],
    password: Annotated[str, Form(description="Opens files that are locked; never stored")] = "",
) -> JSONResponse:
    """Read, index and publish each file. A refused file never stops the others.

    Answers 200 when every file is in the catalogue, 422 when at least one was refused; the
    outcomes stand in the order of the files either way.
    """
    results: list[Json] = []
    for file in files:  # one at a time: no more than one upload is held in memory
        name = file.filename or ""
        data = await file.read(app.ingest.max_bytes + 1)
        upload = Upload(name, data, path=name, password=password)
        batch = app.ingest.ingest([upload], added_by=LOCAL_USER.id)
        async with aclosing(batch) as outcomes:
            results.extend([ingest_json(outcome) async for outcome in outcomes])
    refused = any(result["error"] for result in results)
    return JSONResponse({"results": results}, status_code=422 if refused else 200)


@router.get("/{document_id}", summary="Show one filing")
async def show_document(document_id: str, app: CurrentApp) -> Json:
    """Return a filing by id, or by name when exactly one has it."""
    filing = await app.catalogue.get(document_id)
    pages = await app.catalogue.pages(filing.id)
    return {**filing_json(filing), "pages_yield": [yield_json(page) for page in pages]}


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
