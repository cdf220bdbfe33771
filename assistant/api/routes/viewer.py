"""`/viewer/{id}?page=N`: one page of a filing with the cited words marked, beside the chat.

A PDF page is a picture with the marks drawn over it from the word boxes; any other page is its
text. The viewer has no script, and its policy allows none: text of a filing is only ever text.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import FileResponse, HTMLResponse, Response

from assistant.api.pages import FOLDER, html
from assistant.api.picture import page_picture
from assistant.api.schemas import CurrentApp
from assistant.domain.errors import AssistantError, InvalidRequest
from assistant.domain.filings import MediaType, Page, unpack_boxes

router = APIRouter(prefix="/viewer", include_in_schema=False)
_WIDTHS = range(200, 2401)


@dataclass(frozen=True, slots=True)
class Box:
    """A marked line on a page, in points from the upper left corner."""

    x: float
    y: float
    width: float
    height: float


@router.get("/style.css")
async def style() -> FileResponse:
    """Return the viewer's style sheet."""
    return FileResponse(FOLDER / "viewer.css")


@router.get("/{document_id}")
async def view(
    document_id: str,
    app: CurrentApp,
    page: Annotated[int, Query(ge=1)] = 1,
    start: Annotated[int, Query(ge=0)] = 0,
    end: Annotated[int, Query(ge=0)] = 0,
    theme: str = "",
) -> HTMLResponse:
    """Return the page; errors too are a page, because a person reads them."""
    try:
        filing = await app.catalogue.get(document_id)
        shown = await app.catalogue.page(filing.id, page)
    except AssistantError as error:
        return html("viewer_error.html", 404, theme=theme, error=error)
    is_pdf = filing.original.media_type == MediaType.PDF.value
    return html(
        "viewer.html",
        filing=filing,
        page=shown,
        is_pdf=is_pdf,
        theme=theme,
        boxes=list(marks(shown, start, end)),
        parts=parts(shown.text, start, end),
    )


@router.get("/{document_id}/pages/{number}.png")
async def picture(
    document_id: str,
    number: int,
    app: CurrentApp,
    width: int = 1400,
    if_none_match: Annotated[str, Header()] = "",
) -> Response:
    """Return a PDF page as a picture `width` pixels wide (200 to 2400).

    The browser keeps it, and asks each time whether it may still show it.
    """
    if width not in _WIDTHS:
        raise InvalidRequest(f"A width of {width} pixels is not possible", "Ask for 200 to 2400.")
    filing = await app.catalogue.get(document_id)
    if filing.original.media_type != MediaType.PDF.value:
        raise InvalidRequest(f"{filing.name} has no page pictures", "Only a PDF has.")
    tag = f'"{filing.original.sha256}-{number}-{width}"'
    headers = {"cache-control": "private, no-cache", "etag": tag}
    if tag in if_none_match:
        return Response(status_code=304, headers=headers)
    png = await page_picture(await app.blobs.get(filing.original.sha256), number, width)
    return Response(png, media_type="image/png", headers=headers)


def parts(text: str, start: int, end: int) -> tuple[str, str, str]:
    """Return the text before, inside and after the quote."""
    start = min(start, len(text))
    end = min(max(start, end), len(text))
    return text[:start], text[start:end], text[end:]


def marks(page: Page, start: int, end: int) -> Iterator[Box]:
    """Yield a box for each line that the quote from `start` to `end` touches."""
    line: list[float] = []
    for box in unpack_boxes(page.boxes):
        if box.end <= start or box.start >= end:
            continue
        sides = [box.left, box.bottom, box.right, box.top]
        if line and _same_line(line, sides):
            line = [min(line[0], sides[0]), min(line[1], sides[1]),
                    max(line[2], sides[2]), max(line[3], sides[3])]  # fmt: skip
            continue
        if line:
            yield _box(page, line)
        line = sides
    if line:
        yield _box(page, line)


def _same_line(line: list[float], word: list[float]) -> bool:
    middle = (word[1] + word[3]) / 2
    return line[1] <= middle <= line[3] and word[0] >= line[0]


def _box(page: Page, sides: list[float]) -> Box:
    left, bottom, right, top = sides
    pad = 1.5
    return Box(left - pad, page.height - top - pad, right - left + 2 * pad, top - bottom + 2 * pad)
