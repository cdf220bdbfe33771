"""Reads e-mails: the head, the message, and what is attached.

    bytes ── standard library's parser ── head, body ── attachments of a type we read, two deep

A message in plain text and in HTML is read once. Remote pictures are never fetched, attached
programs never run; an attachment that cannot be read is named with the reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage

from assistant.domain.errors import FilingRejected
from assistant.domain.filings import BlockKind, Document, Page
from assistant.domain.findings import Finding
from assistant.ingest.extract.charset import decode
from assistant.ingest.extract.html import ReadHtml, read_html
from assistant.ingest.extract.pages import Part, clean, fold, no_text, paginate
from assistant.ingest.extract.terms import Terms
from assistant.ingest.extract.text import read_lines
from assistant.ingest.names import safe_file_name

_SHOWN = ("From", "To", "Cc", "Date", "Subject")
_DEEPEST = 2
_MOST_ATTACHMENTS = 100
_MOST_BYTES = 64 << 20  # of all attachments together, decoded
_ENOUGH = 20  # characters: a plain part with fewer only says that the message is HTML


class MailExtractor:
    """Reads e-mails as mail programs save them (.eml, .mht).

    Args:
        terms: What the attachments are read on, too.
    """

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def extract(self, data: bytes) -> Document:
        """Return the message as its first pages, then the attachments' pages.

        Raises:
            FilingRejected: `no_text` or `too_large`.
        """
        message = message_from_bytes(data, policy=policy.default)
        reading = _Reading(self._terms)
        reading.read(_as_email(message), "", 0)
        if not any(page.text.strip() for page in reading.pages):
            raise no_text("the message and its attachments say nothing")
        pages, warnings = tuple(reading.pages), tuple(reading.warnings)
        return Document(pages, warnings, findings=tuple(reading.findings))


@dataclass
class _Reading:
    terms: Terms
    pages: list[Page] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    _attached: int = 0
    _bytes: int = 0

    def read(self, message: EmailMessage, inside: str, depth: int) -> None:
        """Read a message and, down to a depth, what is attached to it."""
        said = _message_parts(message)
        self.warnings += said.warnings
        self.findings += said.findings
        if said.parts:
            self._add(paginate(said.parts, self.terms.max_pages), inside)
        for attachment in _attachments(message):
            self._attached += 1
            if self._attached > _MOST_ATTACHMENTS:
                self.warnings.append(f"Attachments after the first {_MOST_ATTACHMENTS} are unread.")
                return
            self._read_attachment(attachment, depth)

    def _read_attachment(self, attachment: EmailMessage, depth: int) -> None:
        name = fold(clean(safe_file_name(attachment.get_filename() or ""))) or "unnamed"
        if attachment.get_content_type() == "message/rfc822" and depth < _DEEPEST:
            inner = attachment.get_payload(0)
            if isinstance(inner, EmailMessage):
                self.read(inner, f"Attached message {name}", depth + 1)
                return
        payload = attachment.get_payload(decode=True)
        data = payload if isinstance(payload, bytes) else b""
        self._bytes += len(data)
        if self.terms.attached is None or depth >= _DEEPEST or self._bytes > _MOST_BYTES:
            self.warnings.append(f"The attachment {name} was not read: too deep or too large.")
            return
        try:
            document = self.terms.attached(data, name)
        except FilingRejected as refused:
            self.warnings.append(f"The attachment {name} was not read ({refused.code}).")
            return
        self.warnings += [f"{name}: {warning}" for warning in document.warnings]
        before = len(self.pages)
        self.findings += (
            replace(one, page=one.page + before if one.page else 0, where=f"in {name}")
            for one in document.findings
        )
        self._add(document.pages, f"Attachment {name}")

    def _add(self, pages: tuple[Page, ...], inside: str) -> None:
        """Append pages under the next numbers; boxes count only in the file they stand in."""
        for page in pages:
            section = " · ".join(filter(None, (inside, page.section)))
            number = len(self.pages) + 1
            self.pages.append(replace(page, number=number, section=section, boxes=b""))


def _as_email(message: object) -> EmailMessage:
    return message if isinstance(message, EmailMessage) else EmailMessage()


def _message_parts(message: EmailMessage) -> ReadHtml:
    shown = [(name, _header(message, name)) for name in _SHOWN]
    head = "\n".join(f"{name}: {value}" for name, value in shown if value)
    subject = _header(message, "Subject")
    body = _body(message)
    parts = [Part(BlockKind.HEADING, subject or "Message", 1)] if head or body.parts else []
    if head:
        parts.append(Part(BlockKind.PARAGRAPH, head))
    return body._replace(parts=[*parts, *body.parts])


def _header(message: EmailMessage, name: str) -> str:
    try:
        return fold(clean(str(message.get(name) or "")))
    except (ValueError, TypeError, IndexError, AttributeError):  # the parser's own faults
        return ""


def _body(message: EmailMessage) -> ReadHtml:
    plain = _text(message.get_body(("plain",)))
    if len(plain.strip()) >= _ENOUGH:
        return ReadHtml(list(read_lines(plain)), [], ())
    html = _text(message.get_body(("html",)))
    if html.strip():
        return read_html(html)
    return ReadHtml(list(read_lines(plain)), [], ())


def _text(part: object) -> str:
    if not isinstance(part, EmailMessage):
        return ""
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    declared = part.get_content_charset()
    try:
        text = data.decode(declared) if declared else decode(data).text
    except (LookupError, UnicodeError):
        text = decode(data).text
    return text.replace("\r\n", "\n")


def _attachments(message: EmailMessage) -> Iterator[EmailMessage]:
    """Yield what is attached: every leaf with a file name, and forwarded messages."""
    bodies = {id(message.get_body((kind,))) for kind in ("plain", "html")}
    stack: list[object] = [message]
    while stack:
        part = stack.pop()
        if not isinstance(part, EmailMessage) or id(part) in bodies:
            continue
        if part.get_content_type() == "message/rfc822":
            yield part
        elif part.is_multipart():
            inner = part.get_payload()
            stack += reversed(inner) if isinstance(inner, list) else []
        elif part is not message and part.get_filename():
            yield part
