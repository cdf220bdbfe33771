"""Reads Word files by walking their XML, so that nothing in them is lost without a word.

    zip ── main part, notes, comments, headers ── XML events ── Flow ── sections ── pages

python-docx leaves out tracked insertions, moved text, notes and text boxes, and cannot open
Strict files; this walks the elements by their local names, in document order. Deleted and hidden
text is left out, and a warning says so. Macros, links and fields are never followed.
"""

from collections.abc import Iterator

from lxml import etree

from assistant.domain.filings import BlockKind, Document
from assistant.ingest.extract.concealed import Concealed
from assistant.ingest.extract.docx_hidden import RunHiding, run_text
from assistant.ingest.extract.flow import Flow
from assistant.ingest.extract.package import Package, corrupt
from assistant.ingest.extract.pages import Part, no_text, paginate

_SKIPPED = frozenset(("del", "moveFrom", "Fallback", "instrText", "delText", "rPrChange"))
_NOTES = (("footnotes", "Footnotes"), ("endnotes", "Endnotes"), ("comments", "Comments"))
_MARGINS = ("header", "footer")
_FEW_CHARACTERS = 200  # a file with pictures and fewer probably says it in the pictures
_ON = frozenset(("1", "true", "on", ""))
_MAX_BOX_DEPTH = 8


class DocxExtractor:
    """Reads Word files (Transitional and Strict, with or without macros).

    Args:
        max_pages: A file with more pages of text is refused with `too_large`.
    """

    def __init__(self, max_pages: int) -> None:
        self._max_pages = max_pages

    def extract(self, data: bytes) -> Document:
        """Return the sections as pages; notes, comments and margins follow the body.

        Raises:
            FilingRejected: `corrupt`, `too_large` or `no_text`.
        """
        package = Package(data)
        main = package.main_part()
        root = package.parse(main)
        if root is None:
            raise corrupt(f"its main part {main} is missing")
        related = package.related(main)
        styles = package.parse(related.get("styles", ["word/styles.xml"])[0])
        reader = _Reader(_heading_levels(styles), RunHiding(styles))
        parts = reader.read(root)
        for kind, title in _NOTES:
            parts += _titled(title, _others(package, related.get(kind, ()), reader))
        margins = [path for kind in _MARGINS for path in related.get(kind, ())]
        parts += _titled("Headers and footers", _distinct(_others(package, margins, reader)))
        if not any(part.text.strip() for part in parts):
            raise no_text("it holds only images" if reader.pictures else "its paragraphs are empty")
        warnings = tuple(_warnings(reader, related, parts))
        findings = reader.concealed.findings()
        return Document(paginate(parts, self._max_pages), warnings, findings=findings)


def _others(
    package: Package, paths: Iterator[str] | list[str] | tuple[str, ...], reader: "_Reader"
) -> list[Part]:
    parts: list[Part] = []
    for path in paths:
        root = package.parse(path)
        if root is not None:
            parts += reader.read(root)
    return parts


def _titled(title: str, parts: list[Part]) -> list[Part]:
    return [Part(BlockKind.HEADING, title, 1), *parts] if parts else []


def _distinct(parts: list[Part]) -> list[Part]:
    return list(dict.fromkeys(parts))


def _warnings(reader: "_Reader", related: dict[str, list[str]], parts: list[Part]) -> Iterator[str]:
    if reader.deleted:
        yield "Text deleted under change tracking was left out; insertions were read."
    if reader.hidden:
        yield "Hidden text was left out."
    if reader.pictures and sum(len(part.text) for part in parts) < _FEW_CHARACTERS:
        yield f"Text in the file's {reader.pictures} picture(s) was not read, and it has little else."
    if embedded := len(related.get("aFChunk", ())):
        yield f"{embedded} embedded document(s) were not read."


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]  # a comment's tag is no string


def _attribute(element: etree._Element, name: str) -> str | None:
    """Return an attribute by its local name: Strict files have another namespace."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return None


def _child(element: etree._Element, *path: str) -> etree._Element | None:
    """Return the first descendant along a path of local names."""
    found: etree._Element | None = element
    for name in path:
        found = next((c for c in found if _local(c) == name), None) if found is not None else None
    return found


def _heading_levels(styles: etree._Element | None) -> dict[str, int]:
    """Return the outline level (1-9) of every style that is a heading."""
    levels: dict[str, int] = {}
    for style in styles if styles is not None else ():
        identity, name = _attribute(style, "styleId"), _child(style, "name")
        if _local(style) != "style" or identity is None:
            continue
        called = (_attribute(name, "val") or "").lower() if name is not None else ""
        outline = _child(style, "pPr", "outlineLvl")
        if outline is not None and (_attribute(outline, "val") or "9") in "012345678":
            levels[identity] = int(_attribute(outline, "val") or 0) + 1
        elif called == "title":
            levels[identity] = 1
        elif called.startswith("heading ") and called[8:].isdigit():
            levels[identity] = int(called[8:])
    return levels


class _Reader:
    """Turns a part's elements into a flow."""

    def __init__(self, levels: dict[str, int], hiding: RunHiding) -> None:
        self._levels = levels
        self._hiding = hiding
        self.concealed = Concealed()
        self._flow = Flow()
        self._boxes: list[etree._Element] = []
        self._bold = False
        self._depth = 0
        self.deleted = self.hidden = False
        self.pictures = 0

    def read(self, root: etree._Element) -> list[Part]:
        """Return the parts of one XML part."""
        self._flow = Flow()
        self._walk(root)
        return self._flow.finish()

    def _walk(self, root: etree._Element) -> None:
        walker = etree.iterwalk(root, events=("start", "end"))
        for event, element in walker:
            name = _local(element)
            if event == "end":
                self._end(name, element)
            elif self._is_skipped(name, element):
                walker.skip_subtree()
            elif name == "txbxContent" and element is not root:
                self._boxes.append(element)
                walker.skip_subtree()
            else:
                self._start(name, element)

    def _is_skipped(self, name: str, element: etree._Element) -> bool:
        if name == "r" and (why := self._hiding.why(element)):
            self.hidden = True
            self.concealed.add(run_text(element), why)
            return True
        if name in ("del", "moveFrom") and len(element):
            self.deleted = True
        return name in _SKIPPED

    def _start(self, name: str, element: etree._Element) -> None:
        match name:
            case "tbl":
                self._flow.begin_table()
            case "tr":
                self._flow.begin_row()
            case "tc":
                self._flow.begin_cell()
            case "r":
                self._bold = _is_on(_child(element, "rPr", "b"))
            case "t":
                self.concealed.seen(element.text or "")
                self._flow.write(element.text or "", self._bold)
            case _:
                self._start_sign(name, element)

    def _start_sign(self, name: str, element: etree._Element) -> None:
        match name:
            case "tab" | "ptab":
                self._flow.write("\t")
            case "br" | "cr":
                self._flow.line_break()
            case "noBreakHyphen":
                self._flow.write("-")
            case "footnoteReference" | "endnoteReference" | "commentReference":
                self._flow.write(f"[{_attribute(element, 'id')}]")
            case "footnote" | "endnote" | "comment":
                self._begin_note(element)
            case "blip" | "imagedata":
                self.pictures += 1
            case _:
                pass

    def _begin_note(self, element: etree._Element) -> None:
        if _attribute(element, "type") in (None, "normal"):
            self._flow.write(f"[{_attribute(element, 'id')}] ")

    def _end(self, name: str, element: etree._Element) -> None:
        if name == "tbl":
            self._flow.end_table()
        elif name == "p":
            level = self._level(element)
            self._flow.end_block(level)
            self._read_boxes()

    def _read_boxes(self) -> None:
        """Read the text boxes anchored in the paragraph that just ended."""
        boxes, self._boxes = self._boxes, []
        if self._depth >= _MAX_BOX_DEPTH:
            return
        self._depth += 1
        for box in boxes:
            self._walk(box)
        self._depth -= 1

    def _level(self, paragraph: etree._Element) -> int | None:
        outline = _child(paragraph, "pPr", "outlineLvl")
        style = _child(paragraph, "pPr", "pStyle")
        level = self._levels.get(_attribute(style, "val") or "") if style is not None else None
        if outline is not None and (_attribute(outline, "val") or "9") in "012345678":
            level = int(_attribute(outline, "val") or 0) + 1
        if level is None:
            return None
        return level if level <= 3 else 0


def _is_on(switch: etree._Element | None) -> bool:
    return switch is not None and (_attribute(switch, "val") or "") in _ON
