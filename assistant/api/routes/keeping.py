"""How far filings may travel and what keeps them: labels, legal holds, retention; collections."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from assistant.api.schemas import CurrentApp, Text
from assistant.domain.filings import Sensitivity
from assistant.domain.people import LOCAL_USER
from assistant.wire import Json, collection_json, filing_json

router = APIRouter()

_FREE = "How far the text may travel; only `public` text goes to a cloud model by default."


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LabelRequest(_Request):
    """A label for a filing or a collection."""

    label: Sensitivity = Field(description=_FREE, examples=["confidential"])


class HoldRequest(_Request):
    """A legal hold."""

    reason: Text = Field(description="The matter; a filing may be held for several.")


class RetentionRequest(_Request):
    """How long a filing must be kept."""

    until: date = Field(description="The last day; the day after, it expires and is deleted.")
    shorten: bool = Field(default=False, description="Bring an earlier date forward on purpose.")


@router.put("/documents/{document_id}/label", tags=["documents"], summary="Label a filing")
async def label_document(document_id: str, wanted: LabelRequest, app: CurrentApp) -> Json:
    """Return the filing; `sensitivity` is the strictest of its label and its collections'."""
    return filing_json(await app.life.label(document_id, LOCAL_USER, wanted.label))


@router.post("/documents/{document_id}/holds", tags=["documents"], summary="Put on legal hold")
async def hold_document(document_id: str, wanted: HoldRequest, app: CurrentApp) -> Json:
    """Return the filing; nobody can delete it, and it does not expire."""
    return filing_json(await app.life.hold(document_id, LOCAL_USER, wanted.reason))


@router.delete("/documents/{document_id}/holds", tags=["documents"], summary="Release a hold")
async def release_document(
    document_id: str,
    app: CurrentApp,
    reason: Annotated[
        str, Query(max_length=4000, description="Which hold; may be left out for the only one.")
    ] = "",
) -> Json:
    """Return the filing; 400 where there is no such hold, or several and none is named."""
    return filing_json(await app.life.release(document_id, LOCAL_USER, reason))


@router.put("/documents/{document_id}/retention", tags=["documents"], summary="Keep to a day")
async def retain_document(document_id: str, wanted: RetentionRequest, app: CurrentApp) -> Json:
    """Return the filing; 409 where it must be kept longer and `shorten` is false."""
    kept = app.life.retain(document_id, LOCAL_USER, wanted.until, shorten=wanted.shorten)
    return filing_json(await kept)


@router.get("/collections", tags=["collections"], summary="List the collections")
async def list_collections(app: CurrentApp) -> Json:
    """Return each with its label, what is in force with those around it, and how many filings."""
    return {"collections": [collection_json(one) for one in await app.collections.all()]}


@router.get("/collections/{name:path}/label", tags=["collections"], summary="Show a label")
async def show_label(name: str, app: CurrentApp) -> Json:
    """Return the collection."""
    return collection_json(await app.collections.get(name))


@router.put("/collections/{name:path}/label", tags=["collections"], summary="Label a collection")
async def label_collection(name: str, wanted: LabelRequest, app: CurrentApp) -> Json:
    """Return the collection; nothing in it or inside it, now or later, is freer than its label."""
    return collection_json(await app.collections.label(name, LOCAL_USER, wanted.label))
