"""Tells what a file is. Names and headers are claims; bytes are evidence.

    bytes ── signature ── container's inside ── markup or text ── MediaType, or why not

A file is read as what it is whatever its name says, unless the name promises a document and the
bytes are something a failed download leaves behind.
"""

import re
from pathlib import PurePath

from assistant.domain.errors import FilingRejected, Rejection
from assistant.domain.filings import READ_TYPES, MediaType
from assistant.ingest.extract.lock import is_locked
from assistant.ingest.extract.package import Package
from assistant.ingest.extract.refusals import password_required

_HEAD = 1 << 13
_PDF_WITHIN = 1024  # readers accept a header that late
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_READ = f"Add it as one of: {READ_TYPES}."
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"BM\x00\x00", "a bitmap image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"RIFF", "a media file"),
    (b"ID3", "a sound file"),
    (b"OggS", "a media file"),
    (b"\x00\x00\x00\x18ftyp", "a video"),
    (b"\x00\x00\x00\x20ftyp", "a video"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"%!PS", "a PostScript file"),
    (b"SQLite format 3\x00", "a database"),
    (b"PAR1", "a Parquet file"),
)
_MARKUP = re.compile(
    rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]|<xbrl|<\?xml[^>]*>\s*<(?:!--.*?-->\s*)?html"
    rb"|<(?:table|div|p|h[1-6]|span|font|center|title|meta)[\s>/]",
    re.IGNORECASE | re.DOTALL,
)
_SUBMISSION = re.compile(
    rb"^\s*(?:-----BEGIN PRIVACY-ENHANCED MESSAGE-----|<(?:SEC|IMS)-(?:DOCUMENT|HEADER)>)", re.I
)
_TYPE_NAMES = {
    ".pdf": "PDF",
    ".docx": "Word file",
    ".xlsx": "Excel workbook",
    ".pptx": "PowerPoint presentation",
}
_OFFICE_PARTS = {
    "word/": MediaType.DOCX,
    "xl/": MediaType.XLSX,
    "ppt/": MediaType.PPTX,
}
_BINARY_WORKBOOK = "xl/workbook.bin"
_OFFICE_NAMES = frozenset((".docx", ".docm", ".xlsx", ".xlsm", ".pptx", ".pptm"))
_MAIL_FIELD = re.compile(
    rb"(?:from|to|cc|subject|date|received|return-path|message-id|mime-version|delivered-to"
    rb"|content-type|reply-to|sender|x-[\w-]+)$",
    re.IGNORECASE,
)
_MAIL_LINE = re.compile(rb"([A-Za-z][\w-]{1,60}):(?:[ \t].*)?$")
_BY_NAME = {
    ".csv": MediaType.CSV,
    ".tsv": MediaType.CSV,
    ".tab": MediaType.CSV,
    ".md": MediaType.MARKDOWN,
    ".markdown": MediaType.MARKDOWN,
}
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_ERROR_PAGE_BYTES = 1 << 16


def sniff(data: bytes, file_name: str) -> MediaType:
    """Return what the bytes are.

    Args:
        data: The whole file.
        file_name: Its claimed name; used to word a refusal, and to see a failed download.

    Raises:
        FilingRejected: `empty_file`, `password_required`, `unsupported_type`, `type_mismatch` or
            `corrupt`.
    """
    if not data.strip(b"\x00\t\n\r "):
        raise FilingRejected(
            Rejection.EMPTY_FILE, f"{file_name} is empty.", "Check the download and add it again."
        )
    if b"%PDF-" in data[:_PDF_WITHIN]:
        return MediaType.PDF
    if data.startswith(b"PK"):
        return _sniff_zip(data, file_name)
    if data.startswith(_OLE):
        raise _ole(data, file_name)
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            raise _unsupported(file_name, kind)
    return _sniff_text(data, file_name)


def _sniff_zip(data: bytes, file_name: str) -> MediaType:
    package = Package(data)
    names = [name.lower() for name in package.names()]
    if _BINARY_WORKBOOK in names:
        raise _unsupported(file_name, "an Excel workbook of the binary kind (.xlsb)")
    found = [m for folder, m in _OFFICE_PARTS.items() if any(n.startswith(folder) for n in names)]
    if len(found) > 1:  # a part of another kind is embedded: the main part decides
        main = package.main_part("").lower()
        found = [m for folder, m in _OFFICE_PARTS.items() if main.startswith(folder)] or found
    if found:
        return found[0]
    if _suffix(file_name) in _OFFICE_NAMES:
        raise FilingRejected(
            Rejection.CORRUPT,
            f"{file_name} is a zip archive without an Office document in it.",
            "Open it in its program and save it anew.",
        )
    raise _unsupported(file_name, "a zip archive")


def _ole(data: bytes, file_name: str) -> FilingRejected:
    if is_locked(data):
        return password_required(f"Office file {file_name}")
    return FilingRejected(
        Rejection.UNSUPPORTED_TYPE,
        f"{file_name} is an Office file of the old binary kind (.doc, .xls, .ppt).",
        "Open it and save it as .docx, .xlsx, .pptx or PDF.",
    )


def _sniff_text(data: bytes, file_name: str) -> MediaType:
    head = data[: 1 << 16]
    wide = data.startswith(_WIDE_MARKS) or head[:4096].count(0) * 5 > len(head[:4096])
    narrow = head.replace(b"\x00", b"") if wide else head
    if not wide and _is_binary(head):
        raise _unreadable(file_name)
    if _SUBMISSION.match(narrow):
        return MediaType.TEXT
    if narrow.lstrip().startswith(b"{\\rtf"):
        return MediaType.RTF
    if _is_mail(narrow):
        return MediaType.EMAIL
    if not _is_markup(narrow, file_name):
        if _suffix(file_name) in _TYPE_NAMES:
            raise _mismatch(file_name, "plain text")
        return _BY_NAME.get(_suffix(file_name), MediaType.TEXT)
    if _suffix(file_name) in _TYPE_NAMES:
        raise _mismatch(file_name, "a web page, perhaps an error page that a download left")
    return MediaType.HTML


def _is_markup(head: bytes, file_name: str) -> bool:
    found = _MARKUP.search(head)
    if found is None:
        return False
    named = _suffix(file_name) in (".html", ".htm", ".xhtml", ".xht")
    return named or (found.start() < _HEAD and bool(re.match(rb"[\s\xef\xbb\xbf\xff\xfe]*<", head)))


def _is_mail(head: bytes) -> bool:
    """Say whether the text begins with the fields of an e-mail, three of them known ones."""
    known = 0
    for line in head[:_HEAD].lstrip().splitlines():
        if not line.strip():
            break
        if line[:1] in b" \t" and known:
            continue
        field = _MAIL_LINE.match(line)
        if field is None:
            return False
        known += bool(_MAIL_FIELD.match(field[1]))
    return known >= 3


def _is_binary(head: bytes) -> bool:
    """Say whether control characters are more than a text file has."""
    controls = sum(head.count(bytes((c,))) for c in (*range(1, 7), *range(14, 27), 28, 29, 30, 31))
    return controls * 50 > len(head) or head.count(0) * 3 > len(head)


def _suffix(file_name: str) -> str:
    return PurePath(file_name).suffix.lower()


def _unsupported(file_name: str, kind: str) -> FilingRejected:
    return FilingRejected(Rejection.UNSUPPORTED_TYPE, f"{file_name} is {kind}.", _READ)


def _mismatch(file_name: str, kind: str) -> FilingRejected:
    promised = _TYPE_NAMES[_suffix(file_name)]
    return FilingRejected(
        Rejection.TYPE_MISMATCH,
        f"{file_name} is named as a {promised} but is {kind}.",
        "Fetch the original again, or give it the right name.",
    )


def _unreadable(file_name: str) -> FilingRejected:
    if _suffix(file_name) in _TYPE_NAMES:
        return FilingRejected(
            Rejection.CORRUPT,
            f"{file_name} does not begin like a {_TYPE_NAMES[_suffix(file_name)]}.",
            "Fetch it again; the file may be damaged.",
        )
    return _unsupported(file_name, "a binary file of an unknown kind")
