"""The rules of the screen, read from `rules.toml`."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import ahocorasick

from assistant.domain.findings import Severity

_FILE = Path(__file__).with_name("rules.toml")


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of text that addresses a model.

    Args:
        name: What a finding is called.
        severity: How much a finding matters.
        source: What it reads like, as a regular expression.
        needs: Strings of which one must be in the text.
        shape: What must be found before `source` is tried: less to look for than `needs` can say.
        cased: Whether the text is read as it stands, not in lower case.
        kept: Whether the text stays in evidence although it is reported.
    """

    name: str
    severity: Severity
    source: str
    needs: frozenset[str]
    shape: str = ""
    cased: bool = False
    kept: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        """What it reads like; compiled when a text first needs it."""
        return _compiled(self.source)

    def finds(self, text: str) -> Iterator[re.Match[str]]:
        """Yield where a text reads like this."""
        if not self.shape or _compiled(self.shape).search(text):
            yield from self.pattern.finditer(text)


@cache
def rules() -> tuple[Rule, ...]:
    """Return all rules."""
    table = tomllib.loads(_FILE.read_text("utf-8"))
    words: dict[str, str] = table["words"]
    return tuple(
        Rule(
            name=row["name"],
            severity=Severity(row["severity"]),
            source=_whole(row["pattern"], words),
            needs=frozenset(row["needs"]),
            shape=row.get("shape", ""),
            cased=row.get("cased", False),
            kept=row.get("kept", False),
        )
        for row in table["rule"]
    )


def met(text: str, *, cased: bool) -> set[str]:
    """Return the needs of all rules, or of the cased ones, that are in a text: one pass finds all."""
    return {need for _, need in _automaton(cased).iter(text)}


@cache
def _automaton(cased: bool) -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for rule in rules():
        if rule.cased is cased:
            for need in rule.needs:
                automaton.add_word(need, need)
    automaton.make_automaton()
    return automaton


@cache
def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(source)


def _whole(pattern: str, words: dict[str, str]) -> str:
    """Put the words in, and let a space stand for any white space, outside of brackets."""
    for name, said in words.items():
        pattern = pattern.replace(f"%{name}%", said)
    spaced = re.sub(r"(\[(?:\\.|[^\]\\])+\])| ", lambda m: m[1] or r"\s+", pattern)
    return spaced.replace(r"\s+?", r"\s*").replace(r"\s+*", r"\s*")
