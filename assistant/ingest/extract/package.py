"""Opens an Office file's zip without trusting it.

A part is never inflated past the size that the zip's directory claims, and the claim has a limit.
A part of XML that declares a document type is refused: OOXML forbids it and only attacks use it.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from posixpath import join, normpath

from lxml import etree

from assistant.domain.errors import FilingRejected, Rejection

_MAX_PARTS = 20_000
_MAX_PART = 256 << 20  # bytes of one part, inflated
_MAX_TOTAL = 4 << 30  # bytes of all parts together, inflated
_MAX_RATIO = 300  # of a part over 16 MiB; ordinary XML stays below 60
_RATIO_FROM = 16 << 20
_DOCTYPE_WITHIN = 1 << 16
_OFFICE_DOCUMENT = "/officeDocument"


class Package:
    """The parts of an Office Open XML file.

    Args:
        data: The file's bytes.

    Raises:
        FilingRejected: `corrupt` when it is no whole zip, `too_large` when it has too many parts.

    Attributes:
        unread: Parts that `attempt` could not read.
    """

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, OSError):
            raise corrupt("its zip directory is missing; the file may be incomplete") from None
        if len(self._zip.filelist) > _MAX_PARTS:
            raise _too_large(f"it has {len(self._zip.filelist)} parts")
        total = sum(info.file_size for info in self._zip.filelist)
        if total > _MAX_TOTAL:
            raise _too_large(f"its parts inflate to {total >> 20} MiB")
        self.unread: list[str] = []
        self._names = {info.filename.lower(): info for info in self._zip.filelist}

    def names(self) -> list[str]:
        """Return the parts' names as the zip spells them."""
        return [info.filename for info in self._zip.filelist]

    def read(self, name: str) -> bytes | None:
        """Return a part's bytes, or None when there is none of that name.

        Raises:
            FilingRejected: `too_large` when it inflates past the limit, `corrupt` when it is cut.
        """
        info = self._names.get(name.lower())
        if info is None:
            return None
        swells = info.file_size > _RATIO_FROM and (
            info.file_size > _MAX_RATIO * max(info.compress_size, 1)
        )
        if swells or info.file_size > _MAX_PART:
            raise _too_large(f"its part {name} inflates to {info.file_size >> 20} MiB")
        try:
            with self._zip.open(info) as part:
                return part.read(info.file_size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError):
            raise corrupt(f"its part {name} cannot be read") from None
        except NotImplementedError:
            raise corrupt(f"its part {name} is compressed in an unknown way") from None

    def parse(self, name: str) -> etree._Element | None:
        """Return a part's XML root, or None when there is no such part.

        Raises:
            FilingRejected: `corrupt` when it is no XML or declares a document type.
        """
        data = self._xml(name)
        if data is None:
            return None
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, recover=False
        )
        try:
            return etree.fromstring(data, parser)
        except etree.XMLSyntaxError:
            raise corrupt(f"its part {name} is not well-formed XML") from None

    def attempt(self, name: str) -> etree._Element | None:
        """Return a part's XML root; None, noted in `unread`, when the part is damaged.

        For parts that the document can be read without.
        """
        try:
            return self.parse(name)
        except FilingRejected:
            self.unread.append(name)
            return None

    def stream(self, name: str, tag: str) -> Iterator[etree._Element]:
        """Yield the elements of a local name one by one; each is emptied before the next.

        Raises:
            FilingRejected: As `parse`.
        """
        data = self._xml(name)
        if data is None:
            return
        events = etree.iterparse(
            io.BytesIO(data),
            events=("end",),
            tag="{*}" + tag,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=True,
        )
        try:
            for _, element in events:
                yield element
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
        except etree.XMLSyntaxError:
            raise corrupt(f"its part {name} is not well-formed XML") from None

    def _xml(self, name: str) -> bytes | None:
        data = self.read(name)
        head = (data or b"")[:_DOCTYPE_WITHIN].replace(b"\x00", b"")
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
            raise corrupt(f"its part {name} declares a document type, which Office files never do")
        return data

    def main(self, usual: str) -> tuple[str, etree._Element]:
        """Return the name and the root of the main document part; see `main_part`.

        Raises:
            FilingRejected: `corrupt`: there is none.
        """
        name = self.main_part(usual)
        root = self.parse(name)
        if root is None:
            raise corrupt(f"its main part {name} is missing")
        return name, root

    def main_part(self, usual: str) -> str:
        """Return the name of the main document part, as the relationships say; else the usual one."""
        root = self.parse("_rels/.rels")
        if root is not None:
            for relation in root:
                kind, target = relation.get("Type") or "", relation.get("Target") or ""
                if kind.endswith(_OFFICE_DOCUMENT) and target:
                    return normpath(target.lstrip("/"))
        return usual

    def related(self, part: str) -> dict[str, list[str]]:
        """Return the internal targets of a part's relationships by the last word of their type."""
        targets: dict[str, list[str]] = {}
        for _, kind, path in self._relations(part):
            targets.setdefault(kind, []).append(path)
        return targets

    def targets(self, part: str) -> dict[str, str]:
        """Return the internal targets of a part's relationships by their ids."""
        return {identity: path for identity, _, path in self._relations(part)}

    def _relations(self, part: str) -> Iterator[tuple[str, str, str]]:
        folder, _, name = part.rpartition("/")
        root = self.parse(join(folder, "_rels", f"{name}.rels"))
        for relation in root if root is not None else ():
            if relation.get("TargetMode") == "External":
                continue
            target = relation.get("Target") or ""
            path = target.lstrip("/") if target.startswith("/") else normpath(join(folder, target))
            kind = (relation.get("Type") or "").rpartition("/")[2]
            yield relation.get("Id") or "", kind, path


def corrupt(why: str) -> FilingRejected:
    """Return the rejection of a damaged Office file."""
    return FilingRejected(
        Rejection.CORRUPT,
        f"The Office file is damaged: {why}.",
        "Fetch it again, or open it in its program and save it anew.",
    )


def _too_large(why: str) -> FilingRejected:
    return FilingRejected(
        Rejection.TOO_LARGE,
        f"The Office file is too large: {why}.",
        "Split it, or save it without embedded material.",
    )
