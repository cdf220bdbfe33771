"""What a browser does not show of an HTML page: read from styles, never from scripts.

    style sheets ── Hiding ── why(tag, attributes, Look of the parent) ── Look of the element

Colours are those an element and its ancestors name; a background image may be anything, so text on
one counts as seen. The parts of inline XBRL that every filing hides are not text and are ordinary.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

Attributes = list[tuple[str, str | None]]
Colour = tuple[int, int, int]

_WHITE: Colour = (255, 255, 255)
_ALIKE = 32  # of 255, the largest channel
_RULE = re.compile(r"([^{}]{1,500})\{([^{}]{0,5000})\}")
_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_SIMPLE = re.compile(r"^(?:[a-z][\w-]*)?(?:[.#][\w-]+)?$", re.I)
_MOST_RULES = 5000
_SIZE = re.compile(r"(-?[\d.]+)\s*(px|pt|em|rem|%)?")
_LENGTH = re.compile(r"(-?[\d.]+)\s*(px|pt|em|rem|vw|vh|in|cm|%)")
_SMALLEST = {"px": 2.0, "pt": 1.5, "": 2.0, "em": 0.15, "rem": 0.15, "%": 15.0}
_FAR = {"px": 900, "pt": 700, "em": 60, "rem": 60, "vw": 90, "vh": 90, "in": 9, "cm": 23, "%": 90}
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:[\s,/]+([\d.]+%?))?\s*\)")
_CLEAR = 0.1  # opacity: anything fainter is not seen
_NAMED = {
    "white": _WHITE, "snow": (255, 250, 250), "ivory": (255, 255, 240), "black": (0, 0, 0),
    "whitesmoke": (245, 245, 245), "ghostwhite": (248, 248, 255), "floralwhite": (255, 250, 240),
    "azure": (240, 255, 255), "mintcream": (245, 255, 250), "gray": (128, 128, 128),
    "grey": (128, 128, 128), "silver": (192, 192, 192), "red": (255, 0, 0), "navy": (0, 0, 128),
    "blue": (0, 0, 255), "green": (0, 128, 0), "lightgrey": (211, 211, 211),
    "lightgray": (211, 211, 211), "darkblue": (0, 0, 139), "maroon": (128, 0, 0),
    "teal": (0, 128, 128), "purple": (128, 0, 128), "yellow": (255, 255, 0),
}  # fmt: skip


class Look(NamedTuple):
    """How the text of an element is drawn; `paper` is None where it cannot be known."""

    ink: Colour = (0, 0, 0)
    paper: Colour | None = _WHITE
    hidden: str = ""


class _Style(NamedTuple):
    """What one set of declarations says."""

    ink: Colour | None = None
    paper: Colour | None = None
    pictured: bool = False
    hidden: str = ""


class Hiding:
    """Says what is hidden on one page. Style sheets are taken in as they come."""

    def __init__(self) -> None:
        self._sheet: dict[str, _Style] = {}

    def take(self, sheet: str) -> None:
        """Take in a style sheet: its rules for a tag, a class or an id."""
        for selectors, declarations in _RULE.findall(_COMMENT.sub("", sheet))[:_MOST_RULES]:
            style = _style(declarations)
            if style == _Style():
                continue
            for selector in selectors.split(","):
                name = selector.strip().lower()
                if name and _SIMPLE.match(name):
                    self._sheet[name] = _joined((self._sheet.get(name, _Style()), style))

    def look(self, tag: str, attributes: Attributes, parent: Look) -> Look:
        """Return how an element is drawn; `hidden` says why it is not."""
        if not attributes and not self._sheet:
            return parent
        own = _joined((*self._ruled(tag, attributes), _attributed(attributes)))
        ink = own.ink or parent.ink
        paper = None if own.pictured else own.paper or parent.paper
        hidden = parent.hidden or own.hidden
        return Look(ink, paper, hidden)

    def _ruled(self, tag: str, attributes: Attributes) -> Iterable[_Style]:
        if not self._sheet:
            return
        for selector in _selectors(tag, attributes):
            if style := self._sheet.get(selector):
                yield style


def is_unseen(look: Look) -> bool:
    """Whether text is of the colour of its background."""
    if look.paper is None:
        return False
    return max(abs(a - b) for a, b in zip(look.ink, look.paper, strict=True)) < _ALIKE


def _selectors(tag: str, attributes: Attributes) -> Iterable[str]:
    yield tag
    for name, value in attributes:
        if name == "class":
            for one in (value or "").lower().split():
                yield f".{one}"
                yield f"{tag}.{one}"
        elif name == "id" and value:
            yield f"#{value.lower()}"
            yield f"{tag}#{value.lower()}"


def _attributed(attributes: Attributes) -> _Style:
    style = _Style()
    for name, value in attributes:
        if name == "style" and value:
            style = _joined((style, _style(value)))
        elif name == "hidden":
            style = style._replace(hidden="hidden_attribute")
        elif name == "bgcolor" and value:
            style = style._replace(paper=_colour(value))
        elif name == "color" and value:
            style = style._replace(ink=_colour(value))
        elif name == "background":
            style = style._replace(pictured=True)
    return style


def _joined(styles: Iterable[_Style]) -> _Style:
    """Return what several sets of declarations say together; the last word counts."""
    whole = _Style()
    for style in styles:
        whole = _Style(
            style.ink or whole.ink,
            style.paper or whole.paper,
            style.pictured or whole.pictured,
            style.hidden or whole.hidden,
        )
    return whole


@lru_cache(maxsize=4096)
def _style(declarations: str) -> _Style:
    said: dict[str, str] = {}
    for one in declarations.lower().split(";"):
        name, _, value = one.partition(":")
        said[name.strip()] = value.replace("!important", "").strip()
    background = said.get("background-color") or said.get("background", "")
    return _Style(
        ink=_colour(said.get("color", "")),
        paper=_colour(background),
        pictured="url(" in said.get("background", "") + said.get("background-image", ""),
        hidden=_why(said),
    )


def _why(said: dict[str, str]) -> str:
    """Return why declarations hide an element, or nothing."""
    if said.get("display") == "none":
        return "display_none"
    if said.get("visibility") in ("hidden", "collapse"):
        return "invisible_text"
    if _number(said.get("opacity", "1")) <= _CLEAR or _is_clear(said.get("color", "")):
        return "transparent_text"
    if _is_tiny(said.get("font-size", "")):
        return "tiny_text"
    return "off_page" if _is_away(said) else ""


def _is_clear(colour: str) -> bool:
    match = _RGB.match(colour)
    faint = bool(match and match[4] is not None and _number(match[4]) <= _CLEAR)
    return faint or colour == "transparent"


def _is_tiny(size: str) -> bool:
    match = _SIZE.fullmatch(size)
    return bool(match) and _number(match[1]) < _SMALLEST[match[2] or ""] if match else False


def _is_away(said: dict[str, str]) -> bool:
    """Whether a position is so far left or up, or a box so cut, that nothing shows."""
    if said.get("position") in ("absolute", "fixed", "relative") and any(
        _is_far(said.get(side, "")) for side in ("left", "top", "right", "bottom")
    ):
        return True
    if any(_is_far(said.get(name, "")) for name in ("text-indent", "margin-left", "margin-top")):
        return True
    cut = re.sub(r"[\s,]+", ",", said.get("clip", "") + said.get("clip-path", ""))
    return cut.startswith(
        ("rect(0,0,0,0", "rect(0px,0px,0px,0px", "rect(1px,1px,1px,1px", "inset(50%", "inset(100%")
    )


def _is_far(length: str) -> bool:
    match = _LENGTH.fullmatch(length)
    return bool(match) and _number(match[1]) <= -_FAR[match[2]] if match else False


def _number(text: str) -> float:
    try:
        return float(text.rstrip("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        return 1.0


@lru_cache(maxsize=1024)
def _colour(value: str) -> Colour | None:
    """Return a colour by name, `#rgb`, `#rrggbb` or `rgb(...)`; None for a clear or any other one."""
    text = value.strip().lower()
    if match := re.search(r"#([0-9a-f]{6}|[0-9a-f]{3})\b", text):
        digits = match[1] if len(match[1]) == 6 else "".join(d * 2 for d in match[1])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if match := _RGB.match(text):
        clear = match[4] is not None and _number(match[4]) <= _CLEAR
        red, green, blue = (min(int(part), 255) for part in match.groups()[:3])
        return None if clear else (red, green, blue)
    return next((_NAMED[word] for word in text.split() if word in _NAMED), None)
