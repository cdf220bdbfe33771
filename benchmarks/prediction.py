"""What intervals cover and whether direction can be forecast, on the shared prices and on planted ones.

    python -m benchmarks.prediction [--write]

Every forecast is made without its future. The planted series continue in their direction with 65 %; the
shuffled ones are real features with outcomes in random order; the centred average is a feature that looks
two days ahead.
"""

import asyncio
import sys
import time
from datetime import UTC, datetime

import numpy as np

from assistant.bootstrap.market import open_market
from assistant.domain.market import BarSeries, Frequency
from assistant.domain.predictions import Skill
from assistant.evals.report import this_machine, write_section
from assistant.prediction.arrays import Columns, log_returns
from assistant.prediction.direction import fit_direction
from assistant.prediction.evaluation import (
    Folds,
    Forecasts,
    assess,
    evaluate,
    looks_ahead,
    walk_forward,
)
from assistant.prediction.features import FeatureTable, features
from assistant.prediction.intervals import coverage, interval
from assistant.settings import Settings
from benchmarks.store import DOCS, parser

LEVEL = 0.8
_CALLS = 200
_BARS = 600


def main() -> None:
    """Measure, print, and write on demand."""
    options = parser(__doc__.splitlines()[0])
    options.add_argument("--horizon", type=int, default=1, help="bars ahead")
    given = options.parse_args()
    folder = Settings().eval_dir / "prices"
    if not folder.is_dir():
        sys.exit(f"There are no prices in {folder}: set AEI_EVAL_DIR.")
    histories = asyncio.run(_histories(Settings(market_data=folder)))
    report = "\n".join(
        [
            "## Predictions",
            "",
            f"`python -m benchmarks.prediction --write`, {datetime.now(UTC).date()}, "
            f"{this_machine()}. Daily prices of `prices/`, {given.horizon} bar ahead, all adjusted "
            "as they were known at the time; every forecast made without its future.",
            "",
            *_intervals(histories, given.horizon),
            "",
            *_direction(histories, given.horizon),
            "",
            *_speed(histories[0]),
        ]
    )
    print(report)
    if given.write:
        write_section(DOCS, "predictions", report)


async def _histories(settings: Settings) -> list[BarSeries]:
    market = open_market(settings)
    now = datetime.now(UTC)
    served = await market.symbols()
    return [
        await market.bars(symbol, Frequency.DAY, now)
        for symbol in sorted(served)
        if Frequency.DAY in served[symbol]
    ]


def _intervals(histories: list[BarSeries], horizon: int) -> list[str]:
    found = {s.symbol: coverage(Columns.of(s).close, horizon, LEVEL) for s in histories}
    total = sum(one.n for one in found.values())
    pooled = sum(one.n * one.covered for one in found.values()) / total
    width = sum(one.n * one.width_ratio for one in found.values()) / total
    worst = min(one.worst_year for one in found.values())
    rows = [
        f"| {symbol} | {one.n:,} | {one.covered:.1%} | {one.worst_year:.1%} | "
        f"{one.best_year:.1%} | {one.width_ratio:.3f} |"
        for symbol, one in found.items()
    ]
    return [
        f"Intervals of {LEVEL:.0%}: conformal around the last price. `width` is the mean width over "
        "that of the Gaussian interval of the same volatility.",
        "",
        "| | days | covered | worst 250 days | best 250 days | width |",
        "|---|---:|---:|---:|---:|---:|",
        *rows,
        f"| pooled | {total:,} | {pooled:.1%} | {worst:.1%} | | {width:.3f} |",
    ]


def _direction(histories: list[BarSeries], horizon: int) -> list[str]:
    parts, rows = [], []
    for series in histories:
        made, skill = evaluate(series, horizon)
        parts.append(made)
        rows.append(_row(series.symbol, skill))
    rows.append(_row("pooled", assess(Forecasts.joined(parts), horizon)))
    rows += [_row(name, skill) for name, skill in _planted(histories[0], horizon)]
    return [
        "Direction: boosted trees, trusted as far as they earned. `lower bound` is that of accuracy "
        "over always-up; `p` that of a Brier score no better than the base rate's.",
        "",
        "| | days | right | always-up | lower bound | Brier | base rate | calibration | p | skill |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---|",
        *rows,
    ]


def _row(name: str, skill: Skill) -> str:
    claimed = "claimed" if skill.claimed else "refused" if skill.looks_ahead else "none"
    return (
        f"| {name} | {skill.n:,} | {skill.accuracy:.1%} | {skill.always_up:.1%} | "
        f"{skill.lower_bound:+.1%} | {skill.brier:.4f} | {skill.brier_base:.4f} | "
        f"{skill.calibration_error:.1%} | {skill.better_p:.3f} | {claimed} |"
    )


def _planted(series: BarSeries, horizon: int) -> list[tuple[str, Skill]]:
    """Return the skill found where it is known: planted on real features, shuffled, and faked."""
    table = features(series).values
    use = np.isfinite(table).all(axis=1)
    rows = table[use]
    rng = np.random.default_rng(7)
    likely = np.where(rows[:, 0] > np.median(rows[:, 0]), 0.65, 0.35)
    planted = walk_forward(rows, rng.random(len(rows)) < likely, horizon)
    returns = log_returns(Columns.of(series).close, horizon)[use]
    known = np.isfinite(returns)
    shuffled = walk_forward(rows[known], rng.permutation(returns[known] > 0), horizon)
    faked = walk_forward(_centred(series).values[use][known], returns[known] > 0, horizon, Folds())
    return [
        ("planted 65 %", assess(planted, horizon)),
        ("shuffled", assess(shuffled, horizon)),
        ("centred average", assess(faked, horizon, looks_ahead(series, _centred))),
    ]


def _centred(series: BarSeries) -> FeatureTable:
    close = Columns.of(series).close
    mean = np.convolve(close, np.ones(5) / 5, "same")
    ours = features(series)
    return FeatureTable((*ours.names, "centred"), np.column_stack([ours.values, close / mean - 1]))


def _speed(series: BarSeries) -> list[str]:
    """Time what an answer is made of, features to interval, by a model that uses its trees."""
    rows = features(series).values
    use = np.isfinite(rows).all(axis=1)
    signal = rows[use][:, 0] > np.median(rows[use][:, 0])
    model = fit_direction(rows[use], signal, 1)
    each = []
    for count in range(len(series) - _CALLS, len(series)):
        known = series.first(count)
        begun = time.perf_counter()
        now = features(known.newest(_BARS)).values[-1:]
        model.probability(now)
        interval(known, 1, LEVEL)
        each.append((time.perf_counter() - begun) * 1000)
    middle, late = np.quantile(each, [0.5, 0.95])
    return [
        f"From bars to probability and interval, {_CALLS} calls, features of {_BARS} bars: p50 "
        f"{middle:.1f} ms, p95 {late:.1f} ms a symbol."
    ]


if __name__ == "__main__":
    main()
