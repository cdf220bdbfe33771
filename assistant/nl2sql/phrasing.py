"""Reads the lists of phrases in `intake.toml` into patterns.

An entry is a regular expression, and the entries of a list are alternatives; `{name}` in one stands for
another list of its section, or of `persons`. A pattern begins and ends at the border of a word.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("intake.toml")
_NAMED = re.compile(r"\{([a-z_]+)\}")
_SHARED = "persons"


@dataclass(frozen=True)
class Phrases:
    """The lists of one section."""

    lists: Mapping[str, Sequence[str]]

    def any(self, name: str) -> str:
        """Return a list as one alternative of a pattern, for patterns that are made of several."""
        whole = "|".join(self.lists[name])
        return f"(?:{_NAMED.sub(lambda found: self.any(found[1]), whole)})"

    def pattern(self, name: str) -> re.Pattern[str]:
        """Return what finds any entry of a list."""
        return re.compile(rf"(?<!\w){self.any(name)}(?!\w)")

    def words(self, name: str) -> frozenset[str]:
        """Return the entries of a list of plain words."""
        return frozenset(self.lists[name])


def section(name: str) -> Phrases:
    """Return a section of the file, with the lists that all of them may use."""
    read = _read()
    return Phrases({**read[_SHARED], **read[name]})


@cache
def _read() -> Mapping[str, Mapping[str, Sequence[str]]]:
    return tomllib.loads(_FILE.read_text("utf-8"))
