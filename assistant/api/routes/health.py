"""`/healthz`: the process lives. `/readyz`: the database answers, its schema is in place."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from assistant.api.errors import answer_error
from assistant.api.schemas import CurrentApp
from assistant.domain.errors import AssistantError

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Answer as long as the process lives."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(app: CurrentApp) -> JSONResponse:
    """Answer 200 when questions can be answered, 503 with the reason otherwise."""
    try:
        await app.ready()
    except AssistantError as error:
        return answer_error(error)
    return JSONResponse({"status": "ready"})
