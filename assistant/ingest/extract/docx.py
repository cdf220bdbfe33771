"""Reads Word files by walking their XML, so that nothing in them is lost without a word.

    zip ── main part, notes, comments, headers ── XML events ── Flow ── sections ── pages

python-docx leaves out tracked insertions, moved text, notes and text boxes, and cannot open
Strict files; this walks the elements by their local names, in document order. Diagrams, charts and
documents inside the document follow the body. Deleted and hidden text is left out, and a warning says
so. Macros, links and fields are never followed.
"""

from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from assistant.domain.errors import FilingRejected
from assistant.domain.filings import Block, BlockKind, Document
from assistant.domain.findings import Finding
from assistant.ingest.extract.concealed import Concealed
from assistant.ingest.extract.docx_hidden import RunHiding, run_text
from assistant.ingest.extract.drawing import drawn_parts
from assistant.ingest.extract.flow import Flow
from assistant.ingest.extract.ooxml import attribute, child, local
from assistant.ingest.extract.package import Package
from assistant.ingest.extract.pages import Part, no_text, paginate
from assistant.ingest.extract.terms import Terms

_SKIPPED = frozenset(("del", "moveFrom", "instrText", "delText", "rPrChange"))
_NOTES = (("footnotes", "Footnotes"), ("endnotes", "Endnotes"), ("comments", "Comments"))
_MARGINS = ("header", "footer")
_INSERTED = ("aFChunk", "package", "oleObject")
_BOXES = {"\uf0a8": "☐", "\uf06f": "☐", "\uf0fe": "☒", "\uf078": "☒", "\uf0fc": "✓", "\uf0b7": "•"}
_FEW_CHARACTERS = 200  # a file with pictures and fewer probably says it in the pictures
_ON = frozenset(("1", "true", "on", ""))
_MAX_BOX_DEPTH = 8


class DocxExtractor:
    """Reads Word files (Transitional and Strict, with or without macros).

    Args:
        terms: A file with more pages of text than their bound is refused with `too_large`.
    """

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def extract(self, data: bytes) -> Document:
        """Return the sections as pages; notes, comments and margins follow the body.

        Raises:
            FilingRejected: `corrupt`, `too_large` or `no_text`.
        """
        package = Package(data)
        main, root = package.main("word/document.xml")
        related = package.related(main)
        styles = package.attempt(related.get("styles", ["word/styles.xml"])[0])
        reader = _Reader(_heading_levels(styles), RunHiding(styles))
        parts = reader.read(root)
        parts += drawn_parts(package, related)
        for kind, title in _NOTES:
            parts += _titled(title, _others(package, related.get(kind, ()), reader))
        margins = [path for kind in _MARGINS for path in related.get(kind, ())]
        parts += _titled("Headers and footers", _distinct(_others(package, margins, reader)))
        inserted, said, found = self._inserted(package, related)
        parts += inserted
        if not any(part.text.strip() for part in parts):
            raise no_text("it holds only images" if reader.pictures else "its paragraphs are empty")
        warnings = (*_warnings(reader, package, parts), *said)
        findings = (*reader.concealed.findings(), *found)
        return Document(paginate(parts, self._terms.max_pages), warnings, findings=findings)

    def _inserted(
        self, package: Package, related: dict[str, list[str]]
    ) -> tuple[list[Part], list[str], list[Finding]]:
        """Return the text of documents inside the document, which were not read, and what they hide."""
        parts: list[Part] = []
        findings: list[Finding] = []
        warnings: list[str] = []
        for path in (path for kind in _INSERTED for path in related.get(kind, ())):
            name = path.rpartition("/")[2]
            try:
                if self._terms.attached is None:
                    raise no_text("too deep")
                document = self._terms.attached(package.read(path) or b"", name)
            except FilingRejected:
                warnings.append(f"The embedded document {name} was not read.")
                continue
            parts.append(Part(BlockKind.HEADING, f"Embedded document {name}", 1))
            parts += (
                Part(block.kind, page.text[block.start : block.end])
                for page in document.pages
                for block in page.blocks or (Block(0, len(page.text)),)
            )
            warnings += (f"{name}: {warning}" for warning in document.warnings)
            findings += (replace(one, page=0, where=f"in {name}") for one in document.findings)
        return parts, warnings, findings


def _others(
    package: Package, paths: Iterator[str] | list[str] | tuple[str, ...], reader: "_Reader"
) -> list[Part]:
    parts: list[Part] = []
    for path in paths:
        root = package.attempt(path)
        if root is not None:
            parts += reader.read(root)
    return parts


def _titled(title: str, parts: list[Part]) -> list[Part]:
    return [Part(BlockKind.HEADING, title, 1), *parts] if parts else []


def _distinct(parts: list[Part]) -> list[Part]:
    return list(dict.fromkeys(parts))


def _warnings(reader: "_Reader", package: Package, parts: list[Part]) -> Iterator[str]:
    if reader.deleted:
        yield "Text deleted under change tracking was left out; insertions were read."
    if reader.hidden:
        yield "Hidden text was left out."
    if reader.pictures and sum(len(part.text) for part in parts) < _FEW_CHARACTERS:
        yield f"Text in the file's {reader.pictures} picture(s) was not read, and it has little else."
    if package.unread:
        yield f"Damaged parts of the file were not read: {', '.join(package.unread[:10])}."


def _heading_levels(styles: etree._Element | None) -> dict[str, int]:
    """Return the outline level (1-9) of every style that is a heading."""
    levels: dict[str, int] = {}
    for style in styles if styles is not None else ():
        identity, name = attribute(style, "styleId"), child(style, "name")
        if local(style) != "style" or identity is None:
            continue
        called = (attribute(name, "val") or "").lower() if name is not None else ""
        outline = child(style, "pPr", "outlineLvl")
        if outline is not None and (attribute(outline, "val") or "9") in "012345678":
            levels[identity] = int(attribute(outline, "val") or 0) + 1
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
            name = local(element)
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
        if name in ("Choice", "Fallback"):
            return _stands_after_choice(element)
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
                self._bold = _is_on(child(element, "rPr", "b"))
            case "t":
                self.concealed.seen(element.text or "")
                self._flow.write(element.text or "", self._bold)
            case _:
                self._start_sign(name, element)

    def _start_sign(self, name: str, element: etree._Element) -> None:
        match name:
            case "tab" | "ptab" | "noBreakHyphen" | "sym" | "textpath":
                self._flow.write(_sign(name, element))
            case "br" | "cr":
                self._flow.line_break()
            case "footnoteReference" | "endnoteReference" | "commentReference":
                self._flow.write(f"[{attribute(element, 'id')}]")
            case "footnote" | "endnote" | "comment":
                self._begin_note(element)
            case "blip" | "imagedata":
                self.pictures += 1
            case _:
                pass

    def _begin_note(self, element: etree._Element) -> None:
        if attribute(element, "type") in (None, "normal"):
            self._flow.write(f"[{attribute(element, 'id')}] ")

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
        outline = child(paragraph, "pPr", "outlineLvl")
        style = child(paragraph, "pPr", "pStyle")
        level = self._levels.get(attribute(style, "val") or "") if style is not None else None
        if outline is not None and (attribute(outline, "val") or "9") in "012345678":
            level = int(attribute(outline, "val") or 0) + 1
        if level is None:
            return None
        return level if level <= 3 else 0


def _is_on(switch: etree._Element | None) -> bool:
    return switch is not None and (attribute(switch, "val") or "") in _ON


def _stands_after_choice(element: etree._Element) -> bool:
    """Say whether another form of the same content was read before this one."""
    before = element.getprevious()
    return before is not None and local(before) == "Choice"


def _sign(name: str, element: etree._Element) -> str:
    """Return the text that an element without text stands for."""
    match name:
        case "sym":
            return _symbol(attribute(element, "char") or "")
        case "textpath":
            return attribute(element, "string") or ""
        case _:
            return "-" if name == "noBreakHyphen" else "\t"


def _symbol(code: str) -> str:
    """Return the character of a symbol font: boxes and ticks by name, others as they are coded."""
    try:
        character = chr(int(code, 16))
    except (ValueError, OverflowError):
        return ""
    return _BOXES.get(character, "" if "\ue000" <= character <= "\uf8ff" else character)
