"""The finance terms that questions and filings use, from `vocabulary.toml`.

Terms are matched as whole words in the question, longest first, so that "gross profit margin" is
not read as "gross profit"; a ratio brings the metrics that it is computed from.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from assistant.domain.structure import Statement
from assistant.domain.understanding import Metric, Topic

_STATEMENTS = {
    "income": Statement.INCOME,
    "balance": Statement.BALANCE,
    "cash flow": Statement.CASH_FLOW,
    "equity": Statement.EQUITY,
    "comprehensive": Statement.COMPREHENSIVE,
}
_APOSTROPHE = str.maketrans({"\u2019": "'", "\u2018": "'", "\u2013": "-", "\u2014": "-"})


@dataclass(frozen=True)
class Vocabulary:
    """The terms, and how questions say them.

    Args:
        metrics: By name.
        asked: What a question says, lower case -> the term it means.
    """

    metrics: dict[str, Metric]
    asked: dict[str, Metric | Topic]

    def terms(self, text: str) -> tuple[tuple[Metric, ...], tuple[Topic, ...]]:
        """Return the metrics (with their parts) and topics that a text names, in its order."""
        found = [term for _, _, term in self.spans(plain(text))]
        metrics = [term for term in found if isinstance(term, Metric)]
        topics = [term for term in found if isinstance(term, Topic)]
        return self._with_parts(metrics), tuple(dict.fromkeys(topics))

    def spans(self, text: str) -> list[tuple[int, int, Metric | Topic]]:
        """Return where a text, written as `plain` writes it, names terms: start, end, term."""
        return [
            (match.start(), match.end(), self.asked[said])
            for match in self._pattern.finditer(text)
            if (said := self._said(match.group())) in self.asked
        ]

    def _said(self, text: str) -> str:
        return text if text in self.asked else text.removesuffix("s")

    def _with_parts(self, metrics: Iterable[Metric]) -> tuple[Metric, ...]:
        whole: dict[str, Metric] = {}
        waiting = list(metrics)
        while waiting:
            metric = waiting.pop(0)
            if metric.name not in whole:
                whole[metric.name] = metric
                waiting += [self.metrics[part] for part in metric.parts]
        return tuple(whole.values())

    @property
    def _pattern(self) -> re.Pattern[str]:
        return _alternatives(tuple(self.asked))


def plain(text: str) -> str:
    """Return the text as the vocabulary is written: lower case, straight quotes, single spaces."""
    return " ".join(text.translate(_APOSTROPHE).lower().split())


@cache
def _alternatives(terms: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(terms, key=len, reverse=True)
    return re.compile(rf"(?<![\w&])(?:{'|'.join(map(re.escape, longest_first))})s?(?![\w&])")


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary that ships with the product."""
    text = resources.files("assistant.rag").joinpath("vocabulary.toml").read_text("utf-8")
    data = tomllib.loads(text)
    asked: dict[str, Metric | Topic] = {}
    metrics: dict[str, Metric] = {}
    for row in data["metric"]:
        metric = _metric(row)
        metrics[metric.name] = metric
        asked |= dict.fromkeys(row["asked"], metric)
    for row in data["topic"]:
        topic = Topic(
            row["name"], tuple(row["phrases"]), tuple(row["items"]), row.get("away", False)
        )
        asked |= dict.fromkeys(row["asked"], topic)
    return Vocabulary(metrics, asked)


def _metric(row: dict[str, Any]) -> Metric:
    statement = _STATEMENTS[row["statement"]] if "statement" in row else None
    return Metric(row["name"], tuple(row["rows"]), statement, tuple(row.get("parts", ())))
