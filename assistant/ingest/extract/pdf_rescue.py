"""Makes a file that pdfium opens out of the objects that a damaged or cut-off PDF still has.

    bytes ── whole objects ── object streams written out ── page tree, old or new ── trailer

Libraries give up on most cut-off files of today: what they need (the cross-reference stream, the
catalogue, often the page tree) stands at the end. The objects before the cut are whole, so they are
kept as they are, those inside object streams are written out plainly, and pages without a tree get
one. An encrypted file cannot be rescued: its key is in the lost trailer.
"""

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

_OBJECT = re.compile(rb"(?<!\d)(\d{1,8})[ \r\n\t]+(\d{1,5})[ \r\n\t]+obj\b")
_STREAM = re.compile(rb"stream\r?\n")
_OBJECT_STREAM = re.compile(rb"/Type\s*/ObjStm\b")
_NUMBER = re.compile(rb"/(N|First|Count)\s+(\d{1,9})")
_PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")
_PAGES = re.compile(rb"/Type\s*/Pages\b")
_CATALOGUE = re.compile(rb"/Type\s*/Catalog\b")
_ROOT_OF_PAGES = re.compile(rb"/Pages\s+(\d{1,8})\s+\d{1,5}\s+R")
_LINEARIZED = re.compile(rb"/Linearized\b[^>]*?/N\s+(\d{1,7})")
_DICTIONARY_BYTES = 1 << 14  # a page's or catalogue's dictionary is shorter
_MOST_INFLATED = 128 << 20  # bytes of all object streams together
_MOST_OBJECTS = 2_000_000
_FIRST_NEW = 8_388_000  # the numbers of the objects made here; readers allow 8,388,607


class Rescued(NamedTuple):
    """A file that can be opened, the pages it holds, and those announced (0: not known)."""

    data: bytes
    pages: int
    announced: int


@dataclass(frozen=True, slots=True)
class _Head:
    """An object's number and the beginning of its body, which holds its dictionary."""

    number: int
    generation: int
    text: bytes


def rescue(data: bytes) -> Rescued | None:
    """Return a file made of the whole objects of a damaged one; None when no page is among them."""
    end = data.rfind(b"endobj")
    if end < 0 or b"/Encrypt" in data:
        return None
    body = data[: end + 6]
    plain = {head.number: head for head in _plain_objects(body)}
    packed = {h.number: h for h in _packed_objects(body, plain) if h.number not in plain}
    heads = {**packed, **plain}
    pages = [head for head in heads.values() if _PAGE.search(head.text)]
    if not pages:
        return None
    written = b"".join(b"\n%d 0 obj\n%s\nendobj" % (h.number, h.text) for h in packed.values())
    announced = max(_counts(body, heads.values()), default=0)
    root = _catalogue(heads)
    if root is None:
        made, root = _page_tree(pages)
        written += made
    trailer = b"\ntrailer\n<< /Root %s R /Size 8388607 >>\nstartxref\n0\n%%%%EOF\n" % root
    return Rescued(body + written + trailer, len(pages), announced)


def _plain_objects(body: bytes) -> Iterator[_Head]:
    for count, found in enumerate(_OBJECT.finditer(body)):
        if count > _MOST_OBJECTS:
            return
        text = body[found.end() : found.end() + _DICTIONARY_BYTES]
        yield _Head(int(found[1]), int(found[2]), _dictionary(text))


def _dictionary(text: bytes) -> bytes:
    """Return an object's body without its stream and without what follows it."""
    ends = [at for word in (b"endobj", b"stream") if (at := text.find(word)) >= 0]
    return text[: min(ends)] if ends else text


def _packed_objects(body: bytes, plain: dict[int, _Head]) -> Iterator[_Head]:
    """Yield the objects inside object streams, as they stand in the file (ISO 32000-1, 7.5.7)."""
    room = _MOST_INFLATED
    if not _OBJECT_STREAM.search(body):
        return
    for found in _OBJECT.finditer(body):
        head = _dictionary(body[found.end() : found.end() + _DICTIONARY_BYTES])
        if not _OBJECT_STREAM.search(head):
            continue
        inflated = _inflated(body, found.end() + len(head), room)
        room -= len(inflated)
        yield from _unpacked(head, inflated)


def _inflated(body: bytes, at: int, room: int) -> bytes:
    start = _STREAM.match(body, at)
    if start is None or room <= 0:
        return b""
    stop = body.find(b"endstream", start.end())
    packed = body[start.end() : stop if stop >= 0 else len(body)]
    try:
        return zlib.decompressobj().decompress(packed, room)
    except zlib.error:
        return b""


def _unpacked(head: bytes, inflated: bytes) -> Iterator[_Head]:
    numbers = {name: int(value) for name, value in _NUMBER.findall(head)}
    first = numbers.get(b"First", 0)
    index = [int(word) for word in inflated[:first].split() if word.isdigit()]
    places = list(zip(index[::2], index[1::2], strict=False))[: numbers.get(b"N", 0)]
    for (number, start), (_, end) in zip(
        places, [*places[1:], (0, len(inflated) - first)], strict=False
    ):
        text = inflated[first + start : first + end]
        if text.strip() and number < _FIRST_NEW:
            yield _Head(number, 0, text)


def _counts(body: bytes, heads: Iterable[_Head]) -> Iterator[int]:
    """Yield every number of pages that the file announces."""
    if linearized := _LINEARIZED.search(body[:1024]):
        yield int(linearized[1])
    for head in heads:
        if _PAGES.search(head.text):
            yield from (int(n) for name, n in _NUMBER.findall(head.text) if name == b"Count")


def _catalogue(heads: dict[int, _Head]) -> bytes | None:
    """Return the reference of a catalogue whose page tree is there, or None."""
    for head in reversed(heads.values()):
        tree = _ROOT_OF_PAGES.search(head.text) if _CATALOGUE.search(head.text) else None
        if tree and int(tree[1]) in heads:
            return b"%d %d" % (head.number, head.generation)
    return None


def _page_tree(pages: list[_Head]) -> tuple[bytes, bytes]:
    """Return a catalogue with one flat page tree, and the catalogue's reference."""
    catalogue, tree = _FIRST_NEW, _FIRST_NEW + 1
    kids = b" ".join(b"%d %d R" % (page.number, page.generation) for page in pages)
    made = (
        b"\n%d 0 obj\n<< /Type /Catalog /Pages %d 0 R >>\nendobj\n"
        b"%d 0 obj\n<< /Type /Pages /Count %d /Kids [%s] /MediaBox [0 0 612 792] >>\nendobj"
    ) % (catalogue, tree, tree, len(pages), kids)
    return made, b"%d 0" % catalogue
