"""What an HTML page would run or load in a browser: scripts, handlers, frames, forms, redirects.

Read from the bytes by their tags: only the names of tags and attributes count, whatever the charset.
"""

import re
from collections.abc import Iterator

from assistant.domain.findings import Finding, FindingKind, Severity, excerpt_of

_RULES = (
    ("script", Severity.MEDIUM, re.compile(rb"<script\b[^>]{0,300}>", re.I)),
    ("event_handler", Severity.MEDIUM, re.compile(rb"<\w+\s[^<>]{0,1000}\bon(?:load|error|click|focus|mouse\w+|key\w+|submit|toggle|begin|animation\w+|pointer\w+)\s*=[^<>]{0,200}", re.I)),
    ("script_address", Severity.HIGH, re.compile(rb"(?:href|src|action|data)\s*=\s*[\"']?\s*(?:javascript|vbscript):[^\"'>]{0,200}", re.I)),
    ("frame", Severity.MEDIUM, re.compile(rb"<(?:iframe|frame|object|embed|applet)\b[^>]{0,300}>", re.I)),
    ("form", Severity.LOW, re.compile(rb"<form\b[^>]{0,300}>", re.I)),
    ("redirect", Severity.MEDIUM, re.compile(rb"<meta\b[^>]{0,200}http-equiv\s*=\s*[\"']?refresh[^>]{0,200}>", re.I)),
    ("base_address", Severity.MEDIUM, re.compile(rb"<base\b[^>]{0,200}href[^>]{0,200}>", re.I)),
)  # fmt: skip
_MOST_BYTES = 64 << 20


def active_html(data: bytes) -> list[Finding]:
    """Return what a page would run or load, one finding a kind."""
    head = data[:_MOST_BYTES]
    if b"\x00" in head[:200]:
        head = head.replace(b"\x00", b"")  # UTF-16: the tags' names are ASCII
    return list(_found(head))


def _found(data: bytes) -> Iterator[Finding]:
    for rule, severity, pattern in _RULES:
        matches = list(pattern.finditer(data))
        if matches:
            said = excerpt_of(matches[0][0].decode("utf-8", "replace"))
            count = f"{len(matches)} times" if len(matches) > 1 else ""
            yield Finding(FindingKind.ACTIVE_CONTENT, rule, severity, said, where=count)
