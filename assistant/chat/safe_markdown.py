"""Text of others as Markdown that a page may show: nothing is fetched, nothing leads outside. Pure.

    text of a filing  ── inert ─────── shown as it is written
    text of a model   ── sanitised ─── its emphasis, lists, tables, code and links into this
                                       product stay; every other address is named and removed

Every character that could begin a link, an image, HTML or a directive is escaped, so what a page
makes of the rest does not matter. Only links that match one strict form are let through.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_ALWAYS = re.compile(
    r"[\\<\[\]]"  # escapes, HTML, links and images
    r"|:(?=[A-Za-z:])"  # directives
    r"|&(?=#?\w{1,32};)"  # entities
)
_ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s`]+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]+\.[\w.-]+", re.IGNORECASE
)
_INLINE = re.compile(r"[`*_~]")
_BLOCK = re.compile(r"^([ \t]*)([#+=-]|\d{1,9}(?=[.)]))", re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)

_INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f\x00-\x08\x0b-\x1f]"
)
_LINK = r"(?P<image>!?)\[(?P<text>[^\[\]\n]{0,200})\]\((?P<to>[^()\s<>]{0,500})(?: +\"[^\"\n]{0,200}\")?\)"
_OUTSIDE = (
    r"(?P<address>(?:(?:[a-z][a-z0-9+.\-]{1,20}:)?(?<!:)//(?=[\w\[])|[a-z][a-z0-9+.\-]{1,20}://|www\."
    r"|(?:mailto|tel|sms|xmpp|javascript|vbscript|blob|file|data):(?=[\w/+'\"(]))[^\s<>\"`|]*"
    r"|(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-]+\.[\w.\-]+)"
)
_TOKEN = re.compile(f"{_LINK}|{_OUTSIDE}", re.IGNORECASE)
# What is left of addresses that run into each other.
_MAILBOX = re.compile(r"(?<=[\w.+\-])@(?=[\w\-]+\.\w)")
_SCHEME = re.compile(r"(?<=[a-z])://(?!(?:www\.|data\.)?sec\.gov(?:[/\s)*_~|]|$))", re.I)
_WWW = re.compile(r"www\.(?=\w)(?!sec\.gov(?:[/\s)*_~|]|$))", re.I)
_HOST = re.compile(
    r"(?:[a-z][a-z0-9+.\-]*:)?(?://)?(?:[^/@?#]*@)?((?:[\w\-]+\.)+[a-z][\w\-]+)", re.I
)
_OURS = re.compile(r"/(?!/|api/)[\w\-./]*(?:\?page=\d{1,6})?(?:#[\w\-=]{1,40})?")
_TRUSTED = re.compile(r"https://(?:www\.|data\.)?sec\.gov(?:/[\w\-./?=&%#+]*)?", re.I)
_TRAILING = ".,;:!?)'\u201d\u2019*_"
_SPECIAL = re.compile(r"(\\*)(<(?=[A-Za-z/!?])|[\[\]]|:(?=[A-Za-z:])|&(?=#?\w{1,32};))")
_TASK = re.compile(r"^(\s*[-*+] )\\\[([ xX])\\\](?=\s)", re.MULTILINE)
_FENCE = re.compile(r"(`{3,}|~{3,})([^`]*)$")
_WHOLE_BRACKET = re.compile(rf"\[[^\[\]\n]*\][^(\[]|{_LINK}")
_LONGEST_LINK = 1000


def inert(text: str) -> str:
    """Return text of a filing, a file name or a message that Markdown shows as it is written.

    Bare addresses become code: nothing else keeps the page from making them links.
    """
    text = _INDENT.sub("", text)
    parts: list[str] = []
    start = 0
    for address in _ADDRESS.finditer(text):
        parts += [_verbatim(text[start : address.start()]), f"`{address[0]}`"]
        start = address.end()
    parts.append(_verbatim(text[start:]))
    return _BLOCK.sub(_escape_block, "".join(parts))


def _verbatim(text: str) -> str:
    return _INLINE.sub(r"\\\g<0>", _ALWAYS.sub(r"\\\g<0>", text))


def _escape_block(match: re.Match[str]) -> str:
    indent, mark = match.groups()
    return f"{indent}{mark}\\" if mark.isdigit() else f"{indent}\\{mark}"


def plain(text: str) -> str:
    """Return inert text on one line, for names and messages."""
    return inert(" ".join(text.split()))


def sanitised(text: str) -> str:
    """Return the Markdown that the page shows for a model's answer.

    Emphasis, lists, tables and fenced code stay. Images and links stay where they lead to a plain
    path of this product, and addresses of sec.gov; any other address is replaced by its host's name.
    HTML, entities and directives are shown as text.
    """
    text = _INVISIBLE.sub("", text)
    shown = "".join(
        _without_addresses(run) if code else _TASK.sub(r"\1[\2]", _rewritten(run))
        for run, code in _runs(text)
    )
    return _WWW.sub("www[.]", _SCHEME.sub("[:]//", _MAILBOX.sub("(at)", shown)))


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    """Yield runs of lines, and whether they stand in fenced code that begins at a line's start."""
    held: list[str] = []
    fence = ""
    for line in text.splitlines(keepends=True):
        mark = _FENCE.match(line.rstrip())
        if not fence and mark:
            yield "".join(held), False
            held, fence = [line], mark[1]
        elif fence and mark and mark[1].startswith(fence) and not mark[2].strip():
            yield "".join([*held, line]), True
            held, fence = [], ""
        else:
            held.append(line)
    yield "".join(held), bool(fence)


def _rewritten(text: str) -> str:
    parts: list[str] = []
    start = 0
    for token in _TOKEN.finditer(text):
        parts += [_escaped(text[start : token.start()]), _token(token)]
        start = token.end()
    return "".join([*parts, _escaped(text[start:])])


def _token(token: re.Match[str]) -> str:
    if token["address"]:
        return _address(token["address"])
    label = _without_addresses(_escaped(token["text"]))
    if _OURS.fullmatch(token["to"]) and ".." not in token["to"]:
        return f"{token['image']}[{label}]({token['to']})"
    if not token["image"] and _TRUSTED.fullmatch(token["to"]):
        return f"[{label}]({token['to']})"
    noun = "image" if token["image"] else "link"
    return f"{label} ({noun}{_named(token['to'])} removed)".lstrip()


def _without_addresses(text: str) -> str:
    return re.sub(_OUTSIDE, lambda found: _address(found[0]), text, flags=re.IGNORECASE)


def _address(address: str) -> str:
    """Return an address as text that leads nowhere; one of sec.gov stays."""
    whole = address.rstrip(_TRAILING)
    rest = address[len(whole) :]
    if _TRUSTED.fullmatch(whole):
        return address
    if re.fullmatch(r"[\w.+\-]+@[\w.\-]+", whole):
        return whole.replace("@", "(at)").replace(".", "[.]") + rest
    return f"(address{_named(whole)} removed){rest}"


def _named(address: str) -> str:
    host = _HOST.match(address)
    return f" at {host[1].replace('.', '[.]')}" if host else ""


def _escaped(text: str) -> str:
    """Escape what could begin a link, HTML, an entity or a directive, unless it is escaped already."""
    return _SPECIAL.sub(_escape_special, text)


def _escape_special(match: re.Match[str]) -> str:
    slashes, special = match.groups()
    escaped = len(slashes) % 2
    if special == "<":
        return slashes[:-1] * escaped + slashes * (1 - escaped) + "&lt;"
    return match[0] if escaped else f"{slashes}\\{special}"


@dataclass
class SafeStream:
    """Makes an answer safe while it streams: whole words and links only, so that no rule is cut in two.

    `verbatim`: the text is a filing's, else a model's.
    """

    verbatim: bool = True
    _text: str = ""
    _shown: int = field(default=0)

    def feed(self, text: str) -> str:
        """Take the next piece; return what can be shown now."""
        self._text += text
        whole = max(self._text.rfind(" "), self._text.rfind("\n")) + 1
        return self._emit(self._text[: whole if self.verbatim else _settled(self._text, whole)])

    def close(self) -> str:
        """Return what was held back when the stream ended."""
        return self._emit(self._text)

    def _emit(self, text: str) -> str:
        safe = inert(text) if self.verbatim else sanitised(text)
        ready, self._shown = safe[self._shown :], max(len(safe), self._shown)
        return ready


def _settled(text: str, whole: int) -> int:
    """Return how much of a model's text reads the same whatever follows."""
    line = text.rfind("\n", 0, whole) + 1
    if text.startswith(("`", "~"), line):
        return line  # it may open or close a fence
    bracket = text.rfind("[", line, whole)
    if bracket < 0 or whole - bracket > _LONGEST_LINK or _WHOLE_BRACKET.match(text, bracket, whole):
        return whole
    return max(line, text.rfind(" ", line, bracket) + 1)
