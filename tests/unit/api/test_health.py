"""`/readyz` says 503, and why, while the database does not answer."""

import httpx
import pytest
from fastapi import FastAPI

from assistant.api import errors
from assistant.api.routes import health
from assistant.api.schemas import current_app
from assistant.domain.errors import ServiceUnavailable

pytestmark = pytest.mark.anyio


class Down:
    async def ready(self):
        raise ServiceUnavailable("The database does not answer", "Run `aei doctor`.")


async def test_not_ready_is_a_503_in_the_one_shape():
    app = FastAPI()
    errors.install(app)
    app.include_router(health.router)
    app.dependency_overrides[current_app] = Down
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.get("/readyz")
        alive = await client.get("/healthz")
    assert response.status_code == 503
    assert response.json() == {
        "error": {
            "code": "service_unavailable",
            "message": "The database does not answer",
            "hint": "Run `aei doctor`.",
        }
    }
    assert alive.status_code == 200
