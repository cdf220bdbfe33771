"""Decodes text of an unknown character set. What a file declares is a claim; its bytes decide.

byte order mark → UTF-16 by its zero bytes → valid UTF-8 → declared → detected → windows-1252
"""

import codecs
import re
from typing import NamedTuple

from charset_normalizer import from_bytes

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]{2,40})"
    rb"|<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w:.-]{2,40})",
    re.IGNORECASE,
)
_SEARCHED = 1 << 18
_SAMPLE = 1 << 16
_WESTERN = frozenset(("cp1252", "latin_1", "iso8859_15", "ascii", "cp1250", "mac_roman", "cp437"))


class Decoded(NamedTuple):
    """Text, the character set it was read in, and whether that is a guess."""

    text: str
    charset: str
    guessed: bool


def decode(data: bytes) -> Decoded:
    """Return the text of the bytes. Never fails: what no character set explains becomes U+FFFD."""
    for mark, charset in _MARKS:
        if data.startswith(mark):
            return Decoded(data[len(mark) :].decode(charset, "replace"), charset, False)
    if wide := _wide(data):
        return Decoded(data.decode(wide, "replace"), wide, False)
    try:
        return Decoded(data.decode("utf-8"), "utf-8", False)
    except UnicodeDecodeError as error:
        if error.start > 0 and _is_cut_or_rare(data, error):
            return Decoded(data.decode("utf-8", "replace"), "utf-8", True)
    return _decode_legacy(data)


def charset_warning(decoded: Decoded) -> list[str]:
    """Return a warning when the character set was guessed, or characters were lost."""
    warnings = []
    if decoded.guessed:
        warnings.append(
            f"The file does not say its character set; it was read as {decoded.charset}."
        )
    if lost := decoded.text.count("\ufffd"):
        warnings.append(f"{lost} characters could not be decoded.")
    return warnings


def _wide(data: bytes) -> str:
    """Return UTF-16 or UTF-32 when zero bytes stand where Latin letters have them."""
    sample = data[:4096]
    zeros = [sample[i::4].count(0) * 4 / max(len(sample), 1) for i in range(4)]
    if min(zeros[1:]) > 0.9 > 0.5 > zeros[0]:
        return "utf-32-le"
    if min(zeros[:3]) > 0.9 > 0.5 > zeros[3]:
        return "utf-32-be"
    if min(zeros[1], zeros[3]) > 0.6 and max(zeros[0], zeros[2]) < 0.2:
        return "utf-16-le"
    if min(zeros[0], zeros[2]) > 0.6 and max(zeros[1], zeros[3]) < 0.2:
        return "utf-16-be"
    return ""


def _is_cut_or_rare(data: bytes, error: UnicodeDecodeError) -> bool:
    """Say whether the bytes are UTF-8 but for a few: many valid sequences, hardly a bad one."""
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(1 for character in text[:200_000] if character > "\x7f") - bad
    return good > 20 * bad or (error.start >= len(data) - 3 and good > 0)


def _decode_legacy(data: bytes) -> Decoded:
    detected = _detect(data)
    declared = _declared(data)
    if declared:
        text = data.decode(declared, "replace")
        trusted = declared not in _WESTERN or detected in _WESTERN or not detected
        if trusted and text.count("\ufffd") * 200 < len(text):
            return Decoded(text, declared, False)
    if not detected or detected in _WESTERN:
        return Decoded(data.decode("cp1252", "replace"), "cp1252", _has_high(data))
    return Decoded(data.decode(detected, "replace"), detected, True)


def _declared(data: bytes) -> str:
    match = _DECLARED.search(data, 0, _SEARCHED)
    if not match:
        return ""
    name = (match[1] or match[2]).decode("ascii", "replace")
    try:
        charset = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    if charset.startswith(("utf", "ascii")):
        return ""  # the bytes are no valid UTF-8, or a mark would have said so
    return "cp1252" if charset in ("iso8859-1", "latin-1") else charset.replace("-", "_")


def _detect(data: bytes) -> str:
    """Return the character set the bytes look like, or an empty string."""
    high = [m.start() for m in re.finditer(rb"[\x80-\xff]", data[: 1 << 22])]
    if not high:
        return ""
    letters = sum(1 for _ in re.finditer(rb"[A-Za-z]", data[: 1 << 22]))
    if len(high) * 4 < letters:
        return "cp1252"  # another script would make most letters high bytes
    middle = high[len(high) // 2]
    sample = data[max(0, middle - _SAMPLE // 2) : middle + _SAMPLE // 2]
    best = from_bytes(sample).best()
    return best.encoding if best else ""


def _has_high(data: bytes) -> bool:
    return not data.isascii()
