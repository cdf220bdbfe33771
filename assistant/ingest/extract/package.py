"""Opens an Office file's zip without trusting it.

A part is never inflated past the size that the zip's directory claims, and the claim has a limit.
A part of XML that declares a document type is refused: OOXML forbids it and only attacks use it.
"""

import io
import zipfile
import zlib
from posixpath import join, normpath

from lxml import etree

from assistant.domain.errors import FilingRejected, Rejection

_MAX_PARTS = 20_000
_MAX_PART = 256 << 20  # bytes of one part, inflated
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
    """

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, OSError):
            raise corrupt("its zip directory is missing; the file may be incomplete") from None
        if len(self._zip.filelist) > _MAX_PARTS:
            raise _too_large(f"it has {len(self._zip.filelist)} parts")
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
        data = self.read(name)
        if data is None:
            return None
        if b"<!DOCTYPE" in data[:_DOCTYPE_WITHIN] or b"<!ENTITY" in data[:_DOCTYPE_WITHIN]:
            raise corrupt(f"its part {name} declares a document type, which Word files never do")
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, recover=False
        )
        try:
            return etree.fromstring(data, parser)
        except etree.XMLSyntaxError:
            raise corrupt(f"its part {name} is not well-formed XML") from None

    def main_part(self) -> str:
        """Return the name of the main document part, as the relationships say."""
        root = self.parse("_rels/.rels")
        if root is not None:
            for relation in root:
                kind, target = relation.get("Type") or "", relation.get("Target") or ""
                if kind.endswith(_OFFICE_DOCUMENT) and target:
                    return normpath(target.lstrip("/"))
        return "word/document.xml"

    def related(self, part: str) -> dict[str, list[str]]:
        """Return the internal targets of a part's relationships by the last word of their type."""
        folder, _, name = part.rpartition("/")
        root = self.parse(join(folder, "_rels", f"{name}.rels"))
        targets: dict[str, list[str]] = {}
        for relation in root if root is not None else ():
            if relation.get("TargetMode") == "External":
                continue
            target = relation.get("Target") or ""
            path = target.lstrip("/") if target.startswith("/") else normpath(join(folder, target))
            kind = (relation.get("Type") or "").rpartition("/")[2]
            targets.setdefault(kind, []).append(path)
        return targets


def corrupt(why: str) -> FilingRejected:
    """Return the rejection of a damaged Word file."""
    return FilingRejected(
        Rejection.CORRUPT,
        f"The Word file is damaged: {why}.",
        "Fetch it again, or open it in Word and save it anew.",
    )


def _too_large(why: str) -> FilingRejected:
    return FilingRejected(
        Rejection.TOO_LARGE,
        f"The Word file is too large: {why}.",
        "Split it, or save it without embedded material.",
    )
