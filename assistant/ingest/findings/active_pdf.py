"""What a PDF would run, open or load: read from its objects, nothing of it is ever run.

    catalogue (open action, scripts, forms, files) ── pages (actions, annotations) ── Finding ...

Ordinary links to web addresses are no finding.
"""

import io
import logging
import warnings
from collections import Counter
from collections.abc import Iterator

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from assistant.domain.findings import Finding, FindingKind, Severity, excerpt_of

_MOST_PAGES = 2000
_MOST_NOTES = 500  # annotations of a page
_DEPTH = 6
_GRAVE = frozenset(("javascript", "launch", "submit_form", "import_data", "remote_file"))
_ACTIONS = {
    "/JavaScript": "javascript",
    "/Launch": "launch",
    "/SubmitForm": "submit_form",
    "/ImportData": "import_data",
    "/GoToR": "remote_file",
    "/GoToE": "embedded_file",
    "/Rendition": "media",
    "/Movie": "media",
    "/Sound": "media",
    "/RichMediaExecute": "media",
}
_NOTES = {
    "/FileAttachment": "embedded_file",
    "/RichMedia": "media",
    "/Screen": "media",
    "/3D": "media",
}
_ORDINARY_SCHEMES = ("http:", "https:", "mailto:", "tel:", "#", "/", "www.")

Found = tuple[str, str, int]  # rule, excerpt, page


def active_pdf(data: bytes) -> list[Finding]:
    """Return what a PDF would run; none for one that cannot be walked."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    found: list[Found] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            reader = PdfReader(io.BytesIO(data), strict=False)
            if reader.is_encrypted and not reader.decrypt(""):
                return []
            found.extend(_of_file(reader))
        except Exception:  # noqa: BLE001 -- pypdf raises anything on damaged files
            return _findings(found)
    return _findings(found)


def _findings(found: list[Found]) -> list[Finding]:
    """Return one finding a rule and page, with how often it was met."""
    counts = Counter((rule, page) for rule, _, page in found)
    first = {(rule, page): said for rule, said, page in reversed(found)}
    return [
        Finding(
            FindingKind.ACTIVE_CONTENT,
            rule,
            _severity(rule),
            excerpt_of(first[rule, page]),
            page,
            f"{count} times" if count > 1 else "",
        )
        for (rule, page), count in counts.items()
    ]


def _severity(rule: str) -> Severity:
    if rule in _GRAVE:
        return Severity.HIGH
    return Severity.LOW if rule == "odd_address" else Severity.MEDIUM


def _of_file(reader: PdfReader) -> Iterator[Found]:
    root = _dictionary(reader.trailer.get("/Root"))
    yield from _of_actions(root.get("/OpenAction"), 0)
    yield from _of_triggers(root, 0)
    names = _dictionary(root.get("/Names"))
    if names.get("/JavaScript") is not None:
        yield "javascript", "scripts that run when the file is opened", 0
    if names.get("/EmbeddedFiles") is not None:
        yield "embedded_file", "files inside the file", 0
    form = _dictionary(root.get("/AcroForm"))
    if form.get("/XFA") is not None:
        yield "xfa_form", "a form that only Adobe Reader shows", 0
    for number, page in zip(range(1, _MOST_PAGES + 1), reader.pages, strict=False):
        yield from _of_triggers(page, number)
        for note in _array(page.get("/Annots"))[:_MOST_NOTES]:
            yield from _of_note(_dictionary(note), number)


def _of_note(note: DictionaryObject, number: int) -> Iterator[Found]:
    if rule := _NOTES.get(str(note.get("/Subtype"))):
        yield rule, str(note.get("/Contents") or "an annotation"), number
    yield from _of_actions(note.get("/A"), number)
    yield from _of_triggers(note, number)


def _of_triggers(holder: DictionaryObject, number: int) -> Iterator[Found]:
    for action in _dictionary(holder.get("/AA")).values():
        yield from _of_actions(action, number)


def _of_actions(action: object, number: int, depth: int = 0) -> Iterator[Found]:
    """Yield an action and those that follow it."""
    held = _dictionary(action)
    kind = str(held.get("/S", ""))
    if rule := _ACTIONS.get(kind):
        yield rule, _told(held), number
    elif kind == "/URI":
        address = str(held.get("/URI", "")).strip()
        if address.lower().startswith(("javascript:", "vbscript:", "data:")):
            yield "javascript", address, number
        elif not address.lower().startswith(_ORDINARY_SCHEMES) and ":" in address:
            yield "odd_address", address, number  # makers of filings leave links to their own disks
    if depth < _DEPTH and (following := held.get("/Next")) is not None:
        for one in _array(following) or [following]:
            yield from _of_actions(one, number, depth + 1)


def _told(action: DictionaryObject) -> str:
    for key in ("/JS", "/F", "/Win", "/D"):
        value = _resolved(action.get(key))
        if isinstance(value, DictionaryObject):
            value = _resolved(value.get("/F") or value.get("/UF"))
        if isinstance(value, str) and value:
            return value
    return "an action"


def _resolved(value: object) -> object:
    return value.get_object() if isinstance(value, IndirectObject) else value


def _dictionary(value: object) -> DictionaryObject:
    held = _resolved(value)
    return held if isinstance(held, DictionaryObject) else DictionaryObject()


def _array(value: object) -> ArrayObject:
    held = _resolved(value)
    return held if isinstance(held, ArrayObject) else ArrayObject()
