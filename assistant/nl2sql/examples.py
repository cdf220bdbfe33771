"""Answers a question with a verified example: the same question in other words, or with other slots.

    question ── read ──> meanings, numbers, periods, values ── held against each example ──> varied statement

Nearness finds examples, it never decides: the question that differs in one word (loss for profit, 2024 for
2025) is nearer than the same question in other words. An example answers only when every meaning of
the question is one of the example, or plainly done by its statement; when nothing that the example
says is left unsaid; and when what differs stands at a typed place of the statement (`slots`).
Otherwise there is no answer here.
"""

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from sqlglot import exp

from assistant.domain.queries import DataQuestion, LinkedValue, Linking, Written
from assistant.domain.semantics import Example
from assistant.domain.sql import ReadableSchema
from assistant.nl2sql.likeness import Facts, facts_of, fits
from assistant.nl2sql.meanings import Reading, bare, folded, read
from assistant.nl2sql.slots import (
    CannotVary,
    Days,
    StoredLiteral,
    limit_to,
    parsed,
    tables_of,
    turn_ranking,
    vary_number,
    vary_period,
    vary_values,
    written,
)
from assistant.nl2sql.thesaurus import Thesaurus

ValuesOf = Callable[[str], Awaitable[Sequence[LinkedValue]]]
"""From a text to the stored values that it names."""
FindsReviewed = Callable[[], Awaitable[tuple[Example, ...]]]
"""Finds the examples that reviewers have verified."""
_FRESH_S = 30.0


@dataclass(frozen=True, slots=True)
class _Wording:
    """One wording of an example, read twice: as it stands, and with its values taken out."""

    example: Example
    facts: Facts
    plain: Reading
    slotted: Reading
    slots: frozenset[str]

    @property
    def readings(self) -> tuple[tuple[frozenset[str], Reading], ...]:
        """Its readings, each with the columns whose values are taken out."""
        slotted = (self.slots, self.slotted)
        return (slotted, (frozenset(), self.plain)) if self.slots else (slotted,)


@dataclass
class _Read:
    """The wordings, each read once: the values of an example's words may need the database."""

    wordings: dict[Example, tuple[_Wording, ...]] = field(default_factory=dict)
    meanings: dict[str, frozenset[str]] = field(default_factory=dict)
    reviewed: tuple[Example, ...] = ()
    asked_at: float | None = None


@dataclass(frozen=True)
class Examples:
    """The verified examples of one database.

    Args:
        all: The examples, those that count more first.
        thesaurus: What words mean.
        values_of: Finds the stored values that an example's words name, for everybody.
        today: The day that the data calls today.
        schema: What may be read: an example of other tables does not count.
        reviewed: Finds more of them, which reviewers verified; asked anew after half a minute.
    """

    all: tuple[Example, ...]
    thesaurus: Thesaurus
    values_of: ValuesOf
    today: Callable[[], date]
    schema: ReadableSchema
    reviewed: FindsReviewed | None = None
    _read: _Read = field(default_factory=_Read, init=False, repr=False, compare=False)

    @cached_property
    def _days(self) -> frozenset[str]:
        """The columns that hold days, not moments."""
        tables = self.schema.tables.values()
        return frozenset(
            name for table in tables for name, kind in table.columns.items() if kind == "date"
        )

    def nearest(self, text: str, k: int) -> tuple[Example, ...]:
        """Return the `k` examples that share most meanings with a question, the nearest first.

        They are for prompts, so those that users proposed are not among them: their words may be
        private, and a prompt may leave the machine.
        """
        asked = read(text, self.thesaurus).meanings
        scored = [(self._likeness(asked, example), -at) for at, example in enumerate(self.all)]
        best = sorted((one for one in scored if one[0] > 0), reverse=True)[:k]
        return tuple(self.all[-at] for _, at in best)

    def _likeness(self, asked: frozenset[str], example: Example) -> float:
        wordings = (example.question, *example.also)
        said = [self._meanings(one) for one in wordings]
        return max(len(asked & one) / (len(asked | one) or 1) for one in said)

    def _meanings(self, wording: str) -> frozenset[str]:
        known = self._read.meanings
        if wording not in known:
            known[wording] = read(wording, self.thesaurus).meanings
        return known[wording]

    def without(self, question: str) -> "Examples":
        """Return the same but for the example of this question."""
        left = replace(self, all=tuple(one for one in self.all if one.question != question))
        left._read.wordings = self._read.wordings
        return left

    async def prepare(self) -> None:
        """Read the wordings now; else the first question waits for that."""
        await self._wordings()

    async def write(self, question: DataQuestion, linking: Linking) -> Written | None:
        """Return the statement of the example that answers a question; None when none does.

        A question that goes on from an earlier one stands for itself here.
        """
        wordings = await self._wordings()
        readings: dict[frozenset[str], Reading] = {}
        answers: list[tuple[tuple[bool, int], Written]] = []
        for wording in wordings:
            for slots, said in wording.readings:
                if slots not in readings:
                    readings[slots] = read(question.text, self.thesaurus, linking.values, slots)
                asked = readings[slots]
                liberties = fits(asked, said, wording.facts)
                if liberties is None:
                    continue
                answer = _varied(wording, asked, said, Days(self.today(), self._days))
                if answer is not None:
                    changed = answer.sql != wording.example.sql
                    answers.append(((changed, liberties), answer))
        return min(answers, key=lambda one: one[0])[1] if answers else None

    async def _wordings(self) -> list[_Wording]:
        await self._refresh()
        kept, found = self._read.wordings, list[_Wording]()
        for example in (*self._read.reviewed, *self.all):
            if example not in kept:
                kept[example] = tuple(await self._worded(example))
            found += kept[example]
        return found

    async def _refresh(self) -> None:
        now, last = time.monotonic(), self._read.asked_at
        if self.reviewed is not None and (last is None or now - last > _FRESH_S):
            self._read.reviewed = await self.reviewed()
            self._read.asked_at = now

    async def _worded(self, example: Example) -> list[_Wording]:
        tree = parsed(example.sql)
        if not tables_of(tree) <= self.schema.tables.keys():
            return []
        facts = facts_of(tree, self.thesaurus)
        found = []
        for text in (example.question, *example.also):
            values = await self._named(text, facts.stored)
            slots = _slots(values, facts.stored)
            plain = read(text, self.thesaurus)
            slotted = read(text, self.thesaurus, values, slots)
            found.append(_Wording(example, facts, plain, slotted, slots))
        return found

    async def _named(self, text: str, stored: Sequence[StoredLiteral]) -> list[LinkedValue]:
        """Return the stored values of a statement that its question names, and by which words."""
        plain = f" {folded(text)} "
        found = [
            LinkedValue(word, one.column, one.value)
            for one in stored
            for word in [one.value.lower(), one.value.lower().replace("_", " ")]
            if f" {word} " in plain or f" {word}s " in plain or f" {word}?" in plain
        ]
        named = {one.value for one in found}
        unnamed = {(one.column, one.value) for one in stored if one.value not in named}
        if unnamed:
            linked = await self.values_of(text)
            found += [one for one in linked if (bare(one.column), one.value) in unnamed]
        return found


def _slots(values: Iterable[LinkedValue], stored: Sequence[StoredLiteral]) -> frozenset[str]:
    """Return the columns all whose values in the statement are named by its question."""
    named = {(bare(one.column), one.value) for one in values}
    columns = {one.column for one in stored}
    return frozenset(
        column
        for column in columns
        if all((one.column, one.value) in named for one in stored if one.column == column)
    )


def _varied(wording: _Wording, asked: Reading, said: Reading, days: Days) -> Written | None:
    """Return the statement with what the question says at the places where the example's stood."""
    tree = parsed(wording.example.sql)
    as_verified = written(tree)
    try:
        changes = _change_values(tree, asked, said)
        changes += _change_numbers(tree, asked, said)
        for old, new in zip(said.periods, asked.periods, strict=True):
            vary_period(tree, old, new, days)
            changes += [new.words] if old.days(days.today) != new.days(days.today) else []
        for end, upward in (("upmost", True), ("downmost", False)):
            if end in said.meanings and end not in asked.meanings:
                turn_ranking(tree, upward)
                changes.append("the other end of the ranking")
    except (CannotVary, ValueError):
        return None
    question = wording.example.question
    understood = (f"as the verified question “{question}”", *(f"with {one}" for one in changes))
    sql = written(tree)
    return Written(wording.example.sql if sql == as_verified else sql, understood, question)


def _change_values(tree: exp.Expr, asked: Reading, said: Reading) -> list[str]:
    changes: list[str] = []
    for column in dict.fromkeys(column for column, _ in said.values):
        old = [value for name, value in said.values if name == column]
        new = [value for name, value in asked.values if name == column]
        if len(old) != len(new) or len(set(old)) != len(set(new)):
            raise CannotVary
        others = {one: other for one, other in zip(old, new, strict=True) if one != other}
        vary_values(tree, column, others)
        changes += others.values()
    return changes


def _change_numbers(tree: exp.Expr, asked: Reading, said: Reading) -> list[str]:
    changes = []
    numbers = list(asked.numbers)
    if len(numbers) == len(said.numbers) + 1:
        top = next((one for one in numbers if one.role == "top"), None)
        if top is None:
            raise CannotVary
        numbers.remove(top)
        limit_to(tree, top.value)
        changes.append(f"{top.value:f} rows")
    for old, new in zip(said.numbers, numbers, strict=True):  # of one kind, or it cannot be varied
        vary_number(tree, old, new)
        changes += [f"{new.value:f}"] if old != new else []
    return changes
