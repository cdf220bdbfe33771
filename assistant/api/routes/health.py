"""`/healthz`: the process lives. `/readyz`: the database answers. `/metrics`: what was done, counted."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from assistant.api.errors import answer_error
from assistant.api.metrics import Metrics
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


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Return the counts of this process, as Prometheus reads them."""
    counted: Metrics = request.scope["state"]["metrics"]
    return Response(counted.text(), media_type=counted.media_type)
