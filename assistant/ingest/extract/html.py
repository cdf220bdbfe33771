"""Reads HTML filings, inline XBRL too.

    bytes ── charset ── events of the standard library's parser ── Flow ── pages

Events, not a tree: libxml2 stops without a word at 256 nested elements, and a filing may nest
deeper. Nothing is fetched, no entity is expanded beyond HTML's own. What a browser does not show
(scripts, styles, `display:none`, inline XBRL's hidden header) is not read.
"""

import re
from collections import Counter
from html.parser import HTMLParser
from typing import NamedTuple

from assistant.domain.filings import Document
from assistant.domain.findings import Finding
from assistant.ingest.extract.charset import charset_warning, decode
from assistant.ingest.extract.concealed import Concealed
from assistant.ingest.extract.flow import Flow
from assistant.ingest.extract.html_hidden import Attributes, Hiding, Look, is_unseen
from assistant.ingest.extract.html_source import settled
from assistant.ingest.extract.pages import Part, no_text, paginate
from assistant.ingest.extract.terms import Terms

_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
        "basefont",
        "frame",
    ]
)
_UNREAD = frozenset(
    [
        "script",
        "style",
        "template",
        "noscript",
        "title",
        "head",
        "object",
        "iframe",
        "desc",
        "metadata",
        "defs",
        "annotation",
        "annotation-xml",
        "ix:header",
        "ix:hidden",
        "xbrl:header",
        "xml",
    ]
)
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "ul",
        "caption",
        "option",
        "page",
        "text",
        "document",
        "type",
        "sequence",
        "description",
        "filename",
    ]
)
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 0, "h5": 0, "h6": 0}
_CELLS = frozenset(("td", "th"))
_BOLD_TAGS = frozenset(("b", "strong", "th"))
_BOLD_STYLE = re.compile(r"font-weight\s*:\s*(bold|[6-9]00)|font\s*:[^;]*\bbold\b", re.I)
_LIGHT_STYLE = re.compile(r"font-weight\s*:\s*(normal|[1-5]00)", re.I)
_CENTRE_STYLE = re.compile(r"text-align\s*:\s*center", re.I)
_MAX_UNCLOSED = 200  # how far back an end tag looks for its start tag


class HtmlExtractor:
    """Reads HTML files.

    Args:
        terms: A file with more pages of text than their bound is refused with `too_large`.
    """

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def extract(self, data: bytes) -> Document:
        """Return the sections as pages.

        Raises:
            FilingRejected: `no_text` or `too_large`.
        """
        decoded = decode(data)
        read = read_html(decoded.text)
        if not read.parts:
            raise no_text("it has tags but no words")
        pages = paginate(read.parts, self._terms.max_pages)
        return Document(pages, (*charset_warning(decoded), *read.warnings), findings=read.findings)


class ReadHtml(NamedTuple):
    """The parts that a browser would show, warnings, and what it would not show."""

    parts: list[Part]
    warnings: list[str]
    findings: tuple[Finding, ...]


def read_html(text: str) -> ReadHtml:
    """Return what a page says."""
    reader = _Reader()
    source, cut = settled(text)
    reader.feed(source)
    reader.close()
    read = reader.finish()
    return read._replace(warnings=cut + read.warnings)


class _Open:
    """An open element, and what it changed."""

    __slots__ = ("bold", "centred", "look", "tag", "unread")

    def __init__(self, tag: str, bold: bool, centred: bool, unread: bool, look: Look) -> None:
        self.tag, self.bold, self.centred = tag, bold, centred
        self.unread, self.look = unread, look

    @property
    def hidden(self) -> bool:
        """Whether nothing in it is shown."""
        return self.unread or bool(self.look.hidden)


class _Reader(HTMLParser):
    """Turns the parser's events into a flow."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._flow = Flow()
        self._open: list[_Open] = [_Open("", False, False, False, Look())]
        self._hiding = Hiding()
        self._concealed = Concealed()
        self._named: Counter[str] = Counter()  # how often each tag was opened, closed or not

    def finish(self) -> ReadHtml:
        """Return what was read, and a warning when a hidden element was never closed."""
        warnings = []
        if any(entry.hidden and entry.tag != "head" for entry in self._open):
            warnings.append("A hidden part is not closed; the text after it was not read.")
        return ReadHtml(self._flow.finish(), warnings, self._concealed.findings())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._close_implied(tag)
        here = self._open[-1]
        if tag in _VOID:
            if not here.hidden:
                self._void(tag)
            return
        entry = _entry(tag, attrs, here, self._hiding.look(tag, attrs, here.look))
        if not here.hidden:
            self._begin(tag)
            if tag == "span" and any("padding-left" in (value or "") for _, value in attrs):
                self._flow.write(" ")
        self._open.append(entry)
        self._named[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        if not self._named[tag]:
            return
        for back in range(1, min(len(self._open), _MAX_UNCLOSED)):
            if self._open[-back].tag == tag:
                entry = self._open[-back]
                if not self._open[-back - 1].hidden:
                    self._end(tag, entry)
                del self._open[-back:]
                return
            if self._open[-back].tag == "table" and tag != "table":
                return  # an end tag inside a table closes nothing outside it

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID and not self._open[-1].hidden:
            self._void(tag)
        elif tag in _BLOCKS and not self._open[-1].hidden:
            self._flow.end_block()

    def handle_data(self, data: str) -> None:
        here = self._open[-1]
        if here.unread:
            if here.tag == "style":
                self._hiding.take(data)
        elif here.look.hidden:
            self._concealed.add(data, here.look.hidden)
        elif is_unseen(here.look) and not data.isspace():
            self._concealed.add(data, "background_colour")
        else:
            self._concealed.seen(data)
            self._flow.write(data, here.bold)

    def _void(self, tag: str) -> None:
        if tag == "br":
            self._flow.line_break()
        elif tag == "hr":
            self._flow.end_block()

    def _begin(self, tag: str) -> None:
        if tag == "table":
            self._flow.begin_table()
        elif tag == "tr":
            self._flow.begin_row()
        elif tag in _CELLS:
            self._flow.begin_cell()
        elif tag in _BLOCKS:
            self._flow.end_block(centred=self._open[-1].centred)
            self._flow.keeps_space = self._flow.keeps_space or tag == "pre"

    def _end(self, tag: str, entry: _Open) -> None:
        if tag == "table":
            self._flow.end_table()
        elif entry.hidden:
            return
        elif tag in _HEADINGS:
            self._flow.end_block(level=_HEADINGS[tag])
        elif tag in _BLOCKS:
            self._flow.end_block(centred=entry.centred)
            self._flow.keeps_space = self._flow.keeps_space and tag != "pre"

    def _close_implied(self, tag: str) -> None:
        """Close what HTML lets a page leave open: a paragraph, an item, a cell, a row."""
        if tag in _CELLS or tag == "tr":
            self._close_to(_CELLS if tag in _CELLS else frozenset(("tr",)))
        elif tag == "li":
            self._close_to(frozenset(("li",)))
        elif tag in _BLOCKS or tag == "table":
            if self._open[-1].tag == "p":
                self.handle_endtag("p")
            elif self._open[-1].tag == "head":
                self._open.pop()

    def _close_to(self, tags: frozenset[str]) -> None:
        for back in range(1, min(len(self._open), _MAX_UNCLOSED)):
            tag = self._open[-back].tag
            if tag in tags:
                del self._open[-back:]
                return
            if tag in ("table", "ul", "ol"):
                return


def _entry(tag: str, attrs: Attributes, here: _Open, look: Look) -> _Open:
    bold = here.bold or tag in _BOLD_TAGS
    centred = here.centred or tag == "center"
    for name, value in attrs:
        if name == "style" and value:
            bold = (bold or bool(_BOLD_STYLE.search(value))) and not _LIGHT_STYLE.search(value)
            centred = centred or bool(_CENTRE_STYLE.search(value))
        elif name == "align" and value:
            centred = value.lower() == "center"
    return _Open(tag, bold, centred, here.unread or tag in _UNREAD, look)
