"""Runs of a Word file that a reader of it does not see.

    styles ── RunHiding ── why(run): vanished, of the paper's colour, or too small to see

White text is seen on a shaded run, paragraph, cell or table style and in a text box, which may have
any colour; it is hidden on bare paper.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from lxml import etree

_OFF = frozenset(("0", "false", "off"))
_TINY = 2  # half-points
_NEARLY_WHITE = 0xE0  # each channel
_STYLE_DEPTH = 10
_PLAIN_FILLS = frozenset(("", "auto", "ffffff", "FFFFFF", "none", "white"))


@dataclass(frozen=True, slots=True)
class _Format:
    """What decides whether a run is seen; None where it is not said."""

    vanished: bool | None = None
    colour: str | None = None
    size: int | None = None
    shaded: bool | None = None


class RunHiding:
    """Says why a run is hidden.

    Args:
        styles: The root of the file's styles, or None when it has none.
    """

    def __init__(self, styles: etree._Element | None) -> None:
        self._based: dict[str, str] = {}
        self._formats: dict[str, _Format] = {}
        self._shaded_tables: set[str] = set()
        for style in styles if styles is not None else ():
            if _local(style) == "style" and (identity := _value(style, "styleId")):
                self._formats[identity] = _format(_child(style, "rPr"))
                self._based[identity] = _value(_child(style, "basedOn"), "val")
                if any(map(_is_shaded, _all(style, "shd"))):
                    self._shaded_tables.add(identity)

    def why(self, run: etree._Element) -> str:
        """Return why a run is hidden, or nothing when it is seen."""
        properties = _child(run, "rPr")
        own = _format(properties)
        style = _value(_child(properties, "rStyle"), "val")
        paragraph = _ancestor(run, "p")
        block = _value(_child(_child(paragraph, "pPr"), "pStyle"), "val")
        look = _first(own, *self._inherited(style), *self._inherited(block))
        if look.vanished:
            return "vanished_text"
        if look.size is not None and look.size <= _TINY:
            return "tiny_text"
        if _is_white(look.colour) and not look.shaded and not self._on_shade(run, paragraph):
            return "background_colour"
        return ""

    def _inherited(self, style: str) -> Iterator[_Format]:
        for _ in range(_STYLE_DEPTH):
            if style not in self._formats:
                return
            yield self._formats[style]
            style = self._based[style]

    def _on_shade(self, run: etree._Element, paragraph: etree._Element | None) -> bool:
        """Whether something behind a run may have a colour."""
        if _is_shaded(_child(_child(paragraph, "pPr"), "shd")):
            return True
        for ancestor in run.iterancestors():
            match _local(ancestor):
                case "txbxContent":
                    return True
                case "tc" if _is_shaded(_child(_child(ancestor, "tcPr"), "shd")):
                    return True
                case "tbl":
                    style = _value(_child(_child(ancestor, "tblPr"), "tblStyle"), "val")
                    if style in self._shaded_tables:
                        return True
                case _:
                    pass
        return False


def run_text(run: etree._Element) -> str:
    """Return what a run says."""
    return "".join(element.text or "" for element in _all(run, "t"))


def _format(properties: etree._Element | None) -> _Format:
    if properties is None:
        return _Format()
    read = _Format()
    for child in properties:
        said = _value(child, "val")
        match _local(child):
            case "vanish" | "specVanish":
                read = replace(read, vanished=said not in _OFF)
            case "color":
                read = replace(read, colour=said)
            case "sz" if said.isdigit():
                read = replace(read, size=int(said))
            case "shd":
                read = replace(read, shaded=_is_shaded(child))
            case "highlight":
                read = replace(read, shaded=said not in _PLAIN_FILLS)
            case _:
                pass
    return read


def _first(*formats: _Format) -> _Format:
    """Return what is said first of each property: the run's own, then its styles'."""

    def said(values: Iterable[object]) -> object:
        return next((value for value in values if value is not None), None)

    return _Format(
        vanished=bool(said(f.vanished for f in formats)),
        colour=str(said(f.colour for f in formats) or ""),
        size=next((f.size for f in formats if f.size is not None), None),
        shaded=bool(said(f.shaded for f in formats)),
    )


def _is_white(colour: str | None) -> bool:
    if not colour or len(colour) != 6:
        return False
    try:
        channels = bytes.fromhex(colour)
    except ValueError:
        return False
    return min(channels) >= _NEARLY_WHITE


def _is_shaded(shade: etree._Element | None) -> bool:
    if shade is None:
        return False
    fill, pattern = _value(shade, "fill"), _value(shade, "val")
    themed = bool(_value(shade, "themeFill"))
    return themed or pattern == "solid" or (fill not in _PLAIN_FILLS and not _is_white(fill))


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _value(element: etree._Element | None, name: str) -> str:
    """Return an attribute by its local name, whatever the namespace."""
    for key, value in element.attrib.items() if element is not None else ():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return ""


def _child(element: etree._Element | None, name: str) -> etree._Element | None:
    return next((c for c in element if _local(c) == name), None) if element is not None else None


def _all(element: etree._Element, name: str) -> Iterator[etree._Element]:
    return (one for one in element.iter() if _local(one) == name)


def _ancestor(element: etree._Element, name: str) -> etree._Element | None:
    return next((one for one in element.iterancestors() if _local(one) == name), None)
