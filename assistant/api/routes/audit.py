"""GET /audit: the newest entries of the audit log; GET /audit/verify: whether it is whole."""

from typing import Annotated

from fastapi import APIRouter, Query

from assistant.api.schemas import CurrentApp
from assistant.audit import verify
from assistant.domain.auditing import AuditKind
from assistant.wire import Json, audit_json, verdict_json

router = APIRouter(prefix="/audit", tags=["audit"])


@router.get("", summary="List who did what, newest first")
async def list_entries(
    app: CurrentApp,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int | None, Query(ge=1, description="Only entries before this one.")] = None,
    kind: AuditKind | None = None,
) -> Json:
    """Return the newest entries; ask on with `before` set to the last `seq`."""
    records = await app.audit.latest(limit, before, kind)
    return {"entries": [audit_json(record) for record in records]}


@router.get("/verify", summary="Check every entry's hash and link")
async def verify_log(app: CurrentApp) -> Json:
    """Return whether the log is whole, and the first entry that is not as it was written."""
    return verdict_json(await verify(app.audit.records(), await app.audit.noted()))
