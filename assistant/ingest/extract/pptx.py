"""Reads PowerPoint presentations: a page a slide, named by its title.

    zip ── slides in their order ── shapes, tables, diagrams, charts ── Flow ── pages

Like the Word reader it walks the XML, so that text in groups, diagrams and notes is not lost.
Hidden slides are read, and a warning says so; pictures are not, and nothing is fetched.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from assistant.domain.filings import BlockKind, Document
from assistant.ingest.extract.drawing import drawn_parts
from assistant.ingest.extract.flow import Flow
from assistant.ingest.extract.ooxml import attribute, local
from assistant.ingest.extract.package import Package, corrupt
from assistant.ingest.extract.pages import Part, fold, name_pages, no_text, paginate
from assistant.ingest.extract.terms import Terms

_TITLES = frozenset(("title", "ctrTitle"))
_FURNITURE = frozenset(("sldNum", "dt", "ftr", "hdr", "sldImg"))
_SKIPPED = frozenset(("Fallback", "fld"))


class PptxExtractor:
    """Reads PowerPoint presentations (.pptx, .pptm, .ppsx).

    Args:
        terms: A presentation with more slides than their bound is refused with `too_large`.
    """

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def extract(self, data: bytes) -> Document:
        """Return the slides as pages, each with its notes.

        Raises:
            FilingRejected: `corrupt`, `too_large` or `no_text`.
        """
        package = Package(data)
        main, root = package.main("ppt/presentation.xml")
        targets = package.targets(main)
        found = _Found()
        parts: list[Part] = []
        for number, identity in enumerate(_slide_ids(root), start=1):
            path = targets.get(identity, "")
            slide = package.parse(path) if path else None
            if slide is None:
                raise corrupt(f"its slide {number} is missing")
            read = list(_slide(package, path, slide, number))
            found.note(number, slide, read)
            parts += read
        if not found.says_something:
            raise no_text("its slides hold only images" if found.pictures else "it says nothing")
        return Document(paginate(parts, self._terms.max_pages), tuple(found.warnings()))


@dataclass(slots=True)
class _Found:
    """The slides that need a word, by number."""

    hidden: list[int] = field(default_factory=list)
    pictures: list[int] = field(default_factory=list)
    says_something: bool = False

    def note(self, number: int, slide: etree._Element, read: list[Part]) -> None:
        """Note what a slide is."""
        says = len(read) > 1 or ":" in read[0].text
        self.says_something = self.says_something or says
        if attribute(slide, "show") in ("0", "false"):
            self.hidden.append(number)
        if len(read) == 1 and next(slide.iter("{*}pic"), None) is not None:
            self.pictures.append(number)

    def warnings(self) -> Iterator[str]:
        """Yield what a reader of the text must know."""
        if self.hidden:
            yield f"Slide {name_pages(self.hidden)}: hidden, but read."
        if self.pictures:
            yield f"Slide {name_pages(self.pictures)}: only pictures; text in them was not read."


def _slide_ids(root: etree._Element) -> Iterator[str]:
    """Yield the relationship of each slide; a slide's own id has the same name, unqualified."""
    for listed in root.iter("{*}sldIdLst"):
        for one in listed:
            yield next((str(v) for k, v in one.attrib.items() if str(k).endswith("}id")), "")


def _slide(package: Package, path: str, slide: etree._Element, number: int) -> Iterator[Part]:
    title = _title(slide)
    name = f"Slide {number}: {title}" if title else f"Slide {number}"
    yield Part(BlockKind.HEADING, name, 1, starts_page=True)
    yield from _flow(slide, skip_title=bool(title))
    related = package.related(path)
    yield from drawn_parts(package, related)
    for kind, heading in (("notesSlide", "Notes"), ("comments", "Comments")):
        for part in related.get(kind, ()):
            root = package.attempt(part)
            said = list(_flow(root)) if root is not None else []
            if said:
                yield Part(BlockKind.HEADING, heading, 0)
                yield from said


def _title(slide: etree._Element) -> str:
    for shape in slide.iter("{*}sp"):
        if _placeholder(shape) in _TITLES:
            return fold(" ".join(t.text or "" for t in shape.iter("{*}t")))[:100]
    return ""


def _placeholder(shape: etree._Element) -> str:
    mark = next(shape.iter("{*}ph"), None)
    return (attribute(mark, "type") or "") if mark is not None else ""


def _flow(root: etree._Element, skip_title: bool = False) -> list[Part]:
    flow = Flow()
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        name = local(element)
        if event == "end":
            _end(flow, name)
        elif name in _SKIPPED or (name == "sp" and _is_left_out(element, skip_title)):
            walker.skip_subtree()
        else:
            _start(flow, name, element)
    return flow.finish()


def _is_left_out(shape: etree._Element, skip_title: bool) -> bool:
    kind = _placeholder(shape)
    return kind in _FURNITURE or (skip_title and kind in _TITLES)


def _start(flow: Flow, name: str, element: etree._Element) -> None:
    match name:
        case "tbl":
            flow.begin_table()
        case "tr":
            flow.begin_row()
        case "tc":
            flow.begin_cell()
        case "t" | "text":
            flow.write(element.text or "")
        case "br":
            flow.line_break()
        case _:
            pass


def _end(flow: Flow, name: str) -> None:
    if name == "tbl":
        flow.end_table()
    elif name in ("p", "text"):
        flow.end_block()
