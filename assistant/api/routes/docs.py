"""`/api/docs`: the OpenAPI description as a page of ours; the usual viewer loads from a CDN."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from assistant.api.pages import html

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """Return every operation with its fields, its errors, and a command to try it."""
    spec = request.app.openapi()
    operations = [
        {"path": path, "method": method.upper(), **operation, "fields": _fields(spec, operation)}
        for path, methods in spec["paths"].items()
        for method, operation in methods.items()
    ]
    return html("docs.html", info=spec["info"], operations=operations)


def _fields(spec: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    """Return parameters and body fields as rows: name, place, type, required, description."""
    rows = [
        _row(p["name"], p["in"], p["schema"], p.get("required", False), p)
        for p in operation.get("parameters", [])
    ]
    for kind, body in operation.get("requestBody", {}).get("content", {}).items():
        name = body["schema"].get("$ref", "").rsplit("/", 1)[-1]
        schema = spec["components"]["schemas"].get(name, {})
        required = schema.get("required", [])
        rows += [
            _row(field, kind, detail, field in required, detail)
            for field, detail in schema.get("properties", {}).items()
        ]
    return rows


def _row(
    name: str, place: str, schema: dict[str, Any], required: bool, told: dict[str, Any]
) -> dict[str, Any]:
    kinds = [schema.get("type", "")] + [s.get("type", "") for s in schema.get("anyOf", [])]
    return {
        "name": name,
        "place": place,
        "type": " or ".join(kind for kind in kinds if kind),
        "required": required,
        "description": told.get("description", ""),
    }
