"""Pages made on the server: templates of ours, no script, nothing from another host.

Their policy allows none of it, so text of a filing or a user is only ever text.
"""

from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).parent / "public"
_TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined
)
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'self'; "
    "base-uri 'none'; form-action 'none'"
)


def html(template: str, status: int = 200, **values: object) -> HTMLResponse:
    """Return a template filled in.

    Args:
        template: Its file in the folder.
        status: The HTTP status.
        values: What it is filled with; every name in it must be there.
    """
    text = _TEMPLATES.get_template(template).render(**values)
    return HTMLResponse(text, status_code=status, headers={"content-security-policy": _POLICY})
