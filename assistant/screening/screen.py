"""Reads a passage the way an attacker hopes a model will, and says what speaks to the model.

    text ── plain reading ── rules ──────────────┐
         ├─ letters, reversed, ROT13 ── signatures ├── Suspicion (rule, severity, place)
         └─ base64, hexadecimal ── decoded ── rules ┘

Every check is a pattern, so a verdict is the same on every machine and can be explained. What no
pattern knows is not found: the screen is one of several walls, never the only one.
"""

import re
from collections.abc import Iterable, Iterator

from assistant.domain.findings import Severity, Suspicion
from assistant.screening.readings import Reading, decoded, disguised, invisible_runs, plain
from assistant.screening.rules import Rule, met, rules

# Letters only, so that no spacing, hyphen, digit or look-alike hides them.
_SIGNATURE = re.compile(
    r"(?:ignore|disregard|forget|override|bypass)(?:all|any|the|your|my|of|these|those){0,4}"
    r"(?:previous|prior|above|earlier|preceding|foregoing|system|safety){1,2}"
    r"(?:and\w{4,9}|user|system|security)?"
    r"(?:instruction|direction|prompt|command|directive|guideline)"
    r"|(?:reveal|print|repeat|show|output)(?:me|us)?(?:the|your)?(?:full|entire|hidden|whole)?systemprompt"
)
# What each of these begins or ends with.
_TELLS = ("ignore", "disregard", "forget", "override", "bypass", "systemprompt")
_SENTENCE_END = re.compile("[.!?\u3002\uff01\uff1f]+[\"')\\]\u201d\u2019]*(?=\\s|$)|\n\\s*\n")
_BEFORE = ".!?:;>)]\"' \n\t"
_REACH = 600  # characters on each side of a match that its sentence may reach


def screen(text: str) -> list[Suspicion]:
    """Return what in a text addresses a model, in the order it stands, each sentence once."""
    return _merged(_found(text), text)


def _found(text: str) -> Iterator[Suspicion]:
    yield from _by_rules(text)
    yield from _by_signature(text)
    for start, end, name in invisible_runs(text):
        yield Suspicion(name, Severity.HIGH, start, end)
    for start, end, words in decoded(text):
        worst = any(found.severity is Severity.HIGH for found in _by_rules(words))
        yield Suspicion("encoded_text", Severity.HIGH if worst else Severity.MEDIUM, start, end)


def _by_rules(text: str) -> Iterator[Suspicion]:
    sources = {False: plain(text), True: Reading("cased", text, int)}
    needs = {cased: met(source.text, cased=cased) for cased, source in sources.items()}
    for rule in rules():
        if not rule.needs.isdisjoint(needs[rule.cased]):
            source = sources[rule.cased]
            for match in rule.finds(source.text):
                yield _suspicion(rule, source, match)


def _suspicion(rule: Rule, reading: Reading, match: re.Match[str]) -> Suspicion:
    lead = len(match[0]) - len(match[0].lstrip(_BEFORE))  # what ends the sentence in front
    first = min(match.start() + lead, max(match.end() - 1, 0))
    start, end = reading.place(first), reading.place(max(match.end() - 1, 0)) + 1
    return Suspicion(rule.name, rule.severity, start, end, rule.kept)


def _by_signature(text: str) -> Iterator[Suspicion]:
    for reading in disguised(text, _TELLS):
        for match in _SIGNATURE.finditer(reading.text):
            ends = reading.place(match.start()), reading.place(match.end() - 1)
            yield Suspicion("override", Severity.HIGH, min(ends), max(ends) + 1)


def _merged(found: Iterable[Suspicion], text: str) -> list[Suspicion]:
    """Widen each to its sentence; of several on one sentence the gravest names it."""
    order = list(Severity)
    merged: list[Suspicion] = []
    wide = (_sentence(one, text) for one in found)
    for one in sorted(wide, key=lambda s: (s.start, s.end)):
        last = merged[-1] if merged else None
        if last is None or one.start >= last.end:
            merged.append(one)
            continue
        graver = max(last, one, key=lambda s: order.index(s.severity))
        merged[-1] = Suspicion(
            graver.rule,
            graver.severity,
            last.start,
            max(last.end, one.end),
            last.kept and one.kept,
        )
    return merged


def _sentence(one: Suspicion, text: str) -> Suspicion:
    begin = max(0, one.start - _REACH)
    start = begin
    for stop in _SENTENCE_END.finditer(text, begin, one.start):
        start = stop.end()
    stop_after = _SENTENCE_END.search(text, max(one.end - 1, one.start), one.end + _REACH)
    end = stop_after.end() if stop_after else min(len(text), one.end + _REACH)
    trimmed = text[start:end]
    left = start + len(trimmed) - len(trimmed.lstrip())
    return Suspicion(one.rule, one.severity, left, max(end, one.end), one.kept)
