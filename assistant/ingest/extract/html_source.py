"""Prepares HTML source for the standard library's parser, which hostile source makes slow or stop.

The parser looks to the end of the file for what closes a comment or a tag, again for each one that
is never closed; a megabyte of them takes hours. What can never be closed is cut or made text first,
as browsers read it, in one pass over the source.
"""

import re

_DATA_ADDRESS = re.compile(r"""(["'])data:[^"'<>]{100,}""")
_INTERNAL_SUBSET = re.compile(r"<!DOCTYPE[^\[>]{0,500}\[.{0,100000}?\]\s*>", re.I | re.S)


def settled(text: str) -> tuple[str, list[str]]:
    """Return the source without inline data, entity definitions, and openings never closed.

    The sentences beside it say what was cut.
    """
    text = _INTERNAL_SUBSET.sub("", text, count=1)
    if "data:" in text:
        text = _DATA_ADDRESS.sub(r"\1", text)
    text = text.replace("<![", "<! [")  # the parser gives up at a marked section it does not know
    unclosed = text.find("<!--", text.rfind("-->") + 1)
    warnings = []
    if unclosed >= 0:
        text = text[:unclosed]
        warnings.append("A comment is not closed; what stands after its beginning was not read.")
    last = text.rfind(">") + 1
    return text[:last] + text[last:].replace("<", "&lt;"), warnings
