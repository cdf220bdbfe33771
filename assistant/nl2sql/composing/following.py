"""Questions that go on from the one before: "only the losers", "by month", "and for MSFT".

The parts of both are read as one question. What the new one names anew (a period, a value of the same
column, a grouping) takes the place of what was said before.
"""

from collections.abc import Sequence

from assistant.nl2sql.composing.lexicon import Part
from assistant.nl2sql.composing.speech import BUCKETS, Say

_GOES_ON = (Say.BY, Say.PER, Say.AND, Say.ONLY, Say.SORTED, Say.BACK, *BUCKETS)


def goes_on(parts: Sequence[Part]) -> bool:
    """Whether a question cannot be read without the one before it."""
    if not parts:
        return False
    if parts[0].says_any(*_GOES_ON) or any(part.says_any(Say.BACK) for part in parts):
        return True
    return not any(part.tables or part.names for part in parts)


def asks_gains(parts: Sequence[Part]) -> bool:
    """Whether a question asks for gains or losses: "the losers"."""
    return any(part.says_any(Say.GAIN, Say.LOSS) for part in parts)


def together(before: Sequence[Part], parts: Sequence[Part]) -> list[Part]:
    """Return the parts of a question and of the one that goes on from it, as one question."""
    new = [part for part in parts if not part.says_any(Say.ONLY, Say.BACK)]
    kept = list(before)
    if any(part.period for part in new):
        kept = [part for part in kept if not part.period]
    if any(part.says_any(Say.BY, Say.PER, *BUCKETS) and not part.period for part in new):
        kept = _without_grouping(kept)
    columns = {(one.table, one.column) for part in new for one in part.values}
    kept = [part for part in kept if not _is_of(part, columns)]
    return [*kept, *new]


def _is_of(part: Part, columns: set[tuple[str, str]]) -> bool:
    """Whether a part is a value of one of these columns, and nothing else."""
    if part.tables or part.names or not part.values:
        return False
    return any((one.table, one.column) in columns for one in part.values)


def _without_grouping(parts: Sequence[Part]) -> list[Part]:
    kept: list[Part] = []
    grouping = False
    for part in parts:
        bucket = part.says_any(*BUCKETS) and not part.period
        if part.says_any(Say.BY, Say.PER):
            grouping = True
        elif bucket or (grouping and (part.names or part.tables or part.says_any(Say.AND))):
            continue
        else:
            grouping = False
            kept.append(part)
    return kept
