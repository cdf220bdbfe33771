"""Which filings are superseded, and what an answer says when it stands on one of them.

    10-K ── restated by ── 10-K/A        asked as of a day before the 10-K/A: nothing is superseded

An amendment that holds statements replaces the figures of the filing it amends, from the day it was
filed. The older one stays in the store: it answers what the amendment leaves out, and the past.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from assistant.domain.answers import Superseded
from assistant.domain.filings import Filing


def known(filings: Sequence[Filing], as_of: date | None) -> list[Filing]:
    """Return the filings that were public on a day, with what superseded them until then.

    A filing that tells no date of its own is taken as known.
    """
    public = [one for one in filings if not _is_later(one, as_of)]
    current = {one.id for one in public} | {""}
    return [
        one if one.superseded_by in current else replace(one, superseded_by="") for one in public
    ]


def _is_later(filing: Filing, as_of: date | None) -> bool:
    day = filing.cover.public_from
    return as_of is not None and day is not None and day > as_of


def superseded(filings: Iterable[Filing]) -> tuple[Superseded, ...]:
    """Return each superseded filing with the one that replaces its figures."""
    by_id = {filing.id: filing for filing in filings}
    amended = tuple(
        Superseded(old.id, old.name, by_id[old.superseded_by].id, by_id[old.superseded_by].name)
        for old in by_id.values()
        if old.superseded_by in by_id
    )
    return amended + tuple(_replaced(by_id.values()))


def _replaced(filings: Collection[Filing]) -> Iterator[Superseded]:
    """Yield each older version of a file with the current one."""
    older = [one for one in filings if one.replaced_by]
    wanted = {one.replaced_by for one in older}
    newer = {e.id: one for one in filings if wanted for e in one.placements if e.id in wanted}
    for old in older:
        if new := newer.get(old.replaced_by):
            version = next(one.version for one in new.placements if one.id == old.replaced_by)
            was = old.placements[-1].version
            yield Superseded(
                old.id, f"{old.name} (version {was})", new.id, f"{new.name} (version {version})"
            )


def notes(cited: Iterable[str], pairs: Iterable[Superseded], as_of: date) -> tuple[str, ...]:
    """Return what to say of the filings (ids) an answer cites, a sentence each."""
    used, day = set(cited), as_of.isoformat()
    said: list[str] = []
    for pair in pairs:
        if pair.id in used:
            said.append(f"{pair.name} is superseded by {pair.by_name} as of {day}.")
        elif pair.by_id in used:
            said.append(f"{pair.by_name} supersedes {pair.name} as of {day}.")
    return tuple(said)
