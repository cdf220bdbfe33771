"""Reads who files from a filing's own first pages. The file name is only a claim."""

import re
from collections.abc import Sequence

from assistant.domain.filings import Page

_PAGES = 3
_REGISTRANT = re.compile(
    r"^(?P<name>[^\n]{3,90})\n+[^\n]{0,20}\(?exact\s+name\s+of\s+(?:the\s+)?registrant", re.I | re.M
)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9&.,'\u2019/() -]+")


def registrant(pages: Sequence[Page]) -> str:
    """Return the company named above "(Exact name of registrant ...)", or an empty string."""
    for page in pages[:_PAGES]:
        if match := _REGISTRANT.search(page.text):
            name = match["name"].strip(" _-—\t")
            if _NAME.fullmatch(name):
                return " ".join(name.split())
    return ""
