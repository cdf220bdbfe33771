"""Text of diagrams and charts, which Office files keep in parts of their own.

A diagram's words stand in its data part, a chart's numbers are stored beside the picture that shows
them; both are lost by readers that walk only the document, the slide or the sheet.
"""

from collections.abc import Iterator

from lxml import etree

from assistant.domain.filings import BlockKind
from assistant.ingest.extract.ooxml import local
from assistant.ingest.extract.package import Package
from assistant.ingest.extract.pages import Part, fold


def drawn_parts(package: Package, related: dict[str, list[str]]) -> Iterator[Part]:
    """Yield the text of the diagrams and charts that a part is related to.

    Args:
        package: The file.
        related: The part's relationships, as `Package.related` returns them.
    """
    for path in related.get("diagramData", ()):
        root = package.attempt(path)
        yield from _diagram_parts(root) if root is not None else ()
    for path in related.get("chart", ()):
        root = package.attempt(path)
        yield from _chart_parts(root) if root is not None else ()


def _diagram_parts(root: etree._Element) -> Iterator[Part]:
    for paragraph in root.iter("{*}p"):
        if text := fold("".join(t.text or "" for t in paragraph.iter("{*}t"))):
            yield Part(BlockKind.PARAGRAPH, text)


def _chart_parts(root: etree._Element) -> Iterator[Part]:
    """Yield a chart's stored numbers as a table: a row a category, a column a series."""
    series = list(root.iter("{*}ser"))
    columns = [_points(one, "val") or _points(one, "yVal") for one in series]
    labels = next((found for one in series if (found := _points(one, "cat"))), {})
    names = [" ".join(_points(one, "tx").values()) for one in series]
    places = sorted({place for column in columns for place in column})
    rows = [
        "  ".join([labels.get(place, str(place + 1)), *(c.get(place, "—") for c in columns)])
        for place in places
    ]
    title = fold(" ".join(t.text or "" for t in root.iter("{*}t")))
    if title:
        yield Part(BlockKind.PARAGRAPH, title)
    if rows:
        head = "  ".join(["Chart", *names])
        yield Part(BlockKind.TABLE, "\n".join([head, *rows]))


def _points(series: etree._Element, name: str) -> dict[int, str]:
    """Return the stored points of a series' part by their places."""
    points: dict[int, str] = {}
    for part in series:
        if local(part) != name:
            continue
        for point in part.iter("{*}pt"):
            value = next((v.text for v in point if local(v) == "v"), None)
            if value and (point.get("idx") or "").isdigit():
                points[int(point.get("idx") or 0)] = fold(value)
        if not points and (written := next((v.text for v in part if local(v) == "v"), None)):
            points[0] = fold(written)
    return points
