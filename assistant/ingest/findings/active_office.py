"""What an Office file would run or load: macros, controls, embedded objects, parts kept elsewhere."""

import io
import re
import zipfile
from collections.abc import Iterator

from assistant.domain.findings import Finding, FindingKind, Severity, excerpt_of

_PARTS = (
    (re.compile(r"(?:^|/)vbaProject\.bin$", re.I), "macro", Severity.HIGH),
    (re.compile(r"(?:^|/)activeX/", re.I), "activex", Severity.HIGH),
    (re.compile(r"(?:^|/)embeddings/", re.I), "embedded_object", Severity.MEDIUM),
    (re.compile(r"(?:^|/)afchunk[^/]*$", re.I), "embedded_document", Severity.MEDIUM),
)
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b([^>]{0,4000})>")
_ATTRIBUTE = re.compile(rb"(\w+)\s*=\s*[\"']([^\"']{0,2000})[\"']")
_LOADED = (
    "attachedTemplate",
    "frame",
    "oleObject",
    "subDocument",
    "image",
    "externalLink",
    "aFChunk",
)
_MOST_RELATIONS = 1 << 20  # bytes of one relationships part


def active_office(data: bytes) -> list[Finding]:
    """Return what an Office file would run or load; none when it is no zip."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            return list(_of_package(package))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        return []


def _of_package(package: zipfile.ZipFile) -> Iterator[Finding]:
    for pattern, rule, severity in _PARTS:
        parts = [name for name in package.namelist() if pattern.search(name)]
        if parts:
            yield _finding(rule, severity, ", ".join(parts))
    for name in package.namelist():
        if name.endswith(".rels"):
            with package.open(name) as part:
                yield from _of_relations(part.read(_MOST_RELATIONS))


def _of_relations(xml: bytes) -> Iterator[Finding]:
    """Yield what is kept elsewhere and loaded when the file opens; links are no finding."""
    for relation in _RELATION.findall(xml):
        said = {
            key.decode(): value.decode("utf-8", "replace")
            for key, value in _ATTRIBUTE.findall(relation)
        }
        kind = said.get("Type", "").rpartition("/")[2]
        if said.get("TargetMode") == "External" and kind in _LOADED:
            severity = Severity.MEDIUM if kind == "image" else Severity.HIGH
            yield _finding("remote_part", severity, f"{kind}: {said.get('Target', '')}")


def _finding(rule: str, severity: Severity, said: str) -> Finding:
    return Finding(FindingKind.ACTIVE_CONTENT, rule, severity, excerpt_of(said))
