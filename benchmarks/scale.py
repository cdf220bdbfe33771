"""How search grows with the store: at the evaluation filings, at 100,000 and at more passages.

    filings ingested once ── copied under other names and years (`benchmarks.copies`) ── measured

Text is real, so that postings are as long and vectors as close as they would be; every copy is
another company in other years, so that a question has one right filing among all of them.
"""

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from assistant.bootstrap import open_app
from assistant.evals.cases import read_cases
from assistant.evals.report import this_machine, write_section
from assistant.settings import Settings
from assistant.storage.lists import tend
from benchmarks.copies import Built, multiply
from benchmarks.growth import INDEXES, TABLES, Measured, measure, ms
from benchmarks.store import DOCS, filings_folder, fill, kept_store, parser, settings

_BUILT = "scale.json"
_LINGER_S = 5.0  # a store is copied when its database has stopped, shortly after its last user
_BAR = 40  # characters of the longest bar of the plot


def main() -> None:
    """Build what is missing, measure each store, print, and write on demand."""
    options = parser(__doc__ or "")
    options.add_argument(
        "--passages", type=int, nargs="+", default=[100_000], help="how many passages at least"
    )
    options.add_argument("--calls", type=int, default=200, help="calls a measurement")
    options.add_argument("--filings", type=Path, help="a store that holds the filings already")
    options.add_argument("--stores", type=Path, help="a folder for the large stores")
    given = options.parse_args()
    base = given.filings or kept_store("filings")
    if given.filings is None:
        fill(base, str(filings_folder()))
    cases = read_cases(Settings().eval_dir / "financebench" / "questions.jsonl")
    stores = [base, *(_large(given, base, count) for count in given.passages)]
    found = []
    for store in stores:
        print(f"Measuring {store}", file=sys.stderr)
        found.append((asyncio.run(measure(store, cases, given.calls)), _built(store)))
        if given.write:  # after each, so that an hour's figures outlive a full disk
            write_section(DOCS, "scale", "\n".join(_report(found, given.calls)))
    print("\n".join(_report(found, given.calls)))


def _large(given: argparse.Namespace, base: Path, count: int) -> Path:
    """Return a store of so many passages; one that was built whole before is used again."""
    name = f"scale-{count // 1000}k"
    store: Path = given.stores / name if given.stores else kept_store(name) / "data"
    if not (store / _BUILT).is_file():
        print(f"Building {store}", file=sys.stderr)
        store.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(store, ignore_errors=True)
        time.sleep(_LINGER_S)
        subprocess.run(["cp", "-a", str(base), str(store)], check=True)
        built = asyncio.run(_build(store, count))
        (store / _BUILT).write_text(json.dumps(asdict(built)), "utf-8")
    return store


async def _build(store: Path, count: int) -> Built:
    async with open_app(settings(store)) as app:
        filings = await app.catalogue.filings()
        async with app.postgres.connection() as connection:
            built = await multiply(connection, filings, count)
        start = time.perf_counter()
        await tend(app.postgres)
        return replace(built, lists=time.perf_counter() - start)


def _built(store: Path) -> Built | None:
    kept = store / _BUILT
    return Built(**json.loads(kept.read_text("utf-8"))) if kept.is_file() else None


def _report(found: Sequence[tuple[Measured, Built | None]], calls: int) -> Iterator[str]:
    yield from (
        "## Growth",
        "",
        f"`python -m benchmarks.scale --write`, {datetime.now(UTC).date()}, {this_machine()}. The "
        "20 evaluation filings, and copies of them under coined company names of other years: real "
        "text, its postings and vectors. One process, one caller, searches for ten passages of "
        f"the whole store: {calls} questions, each about a random copy, three times; *unnamed*: "
        "the same without the company's name, so that nothing but text tells the filing. *Fastest*: "
        "over the fastest call of each question, which other programs on the machine disturb "
        "least; *all*: over all calls. page_hit@5: the page of the right copy is among the first "
        "five.",
        "",
        "| passages | filings | | p50, ms (fastest) | p95, ms (fastest) | p50, ms (all) "
        "| p95, ms (all) | page_hit@5 | load of the machine |",
        "|---:|---:|---|---:|---:|---:|---:|---:|---:|",
    )
    for one, built in found:
        for what, times in (("named", one.named), ("unnamed", one.unnamed)):
            told = what == "named" or built is None  # of copies without a name any may answer
            hit = f"{times.hit:.3f}" if told else "-"
            yield (
                f"| {one.passages:,} | {one.filings:,} | {what} | {ms(times.fastest, 0.5):.1f} | "
                f"{ms(times.fastest, 0.95):.1f} | {ms(times.each, 0.5):.1f} | "
                f"{ms(times.each, 0.95):.1f} | {hit} | {one.load:.1f} |"
            )
    measured = [one for one, _ in found]
    yield from (
        "",
        "p95 of the fastest calls, by passages:",
        "",
        "```",
        *_plot(measured),
        "```",
        "",
    )
    yield from _indexes(found)
    yield from _explained(found[-1][0])


def _plot(found: Sequence[Measured]) -> Iterator[str]:
    lines = [("named", one.passages, ms(one.named.fastest, 0.95)) for one in found]
    lines += [("unnamed", one.passages, ms(one.unnamed.fastest, 0.95)) for one in found]
    longest = max(value for _, _, value in lines)
    for what, size, value in lines:
        yield f"{what:8}{size:>10,} {'#' * max(1, round(_BAR * value / longest))} {value:.0f} ms"


def _indexes(found: Sequence[tuple[Measured, Built | None]]) -> Iterator[str]:
    yield from (
        "The index of meaning (lists over halfvec(256), as a search asks it) beside an exact search, "
        f"{found[0][0].asked} questions; below 20,000 passages there is none. Sizes in MiB; seconds "
        "to load all copies, to build the indexes of words, and to make the lists.",
        "",
        "| passages | recall@10 | index p50, ms | index p95, ms | exact p50, ms | "
        + " | ".join((*INDEXES, *TABLES))
        + " | load, s | words, s | lists, s |",
        "|---:|" + "---:|" * (7 + len(INDEXES) + len(TABLES)),
    )
    for one, built in found:
        sizes = " | ".join(f"{one.sizes[name] / 2**20:.0f}" for name in (*INDEXES, *TABLES))
        times = (built.load, built.words, built.lists) if built else ()
        shown = " | ".join(f"{seconds:.0f}" for seconds in times) or "- | - | -"
        yield (
            f"| {one.passages:,} | {one.recall:.3f} | {ms(one.nearest, 0.5):.1f} | "
            f"{ms(one.nearest, 0.95):.1f} | {ms(one.exact, 0.5):.0f} | "
            f"{sizes} | {shown} |"
        )


def _explained(largest: Measured) -> Iterator[str]:
    yield from (
        "",
        "A search takes two round trips: a survey of at most twelve filings, which also chooses them "
        "where no company is named, and the text of the best pages. `explain analyze` of a survey "
        f"that chooses, at {largest.passages:,} passages:",
        "",
        "```",
    )
    for name, lines in largest.plans.items():
        yield f"{name}: {lines[-1]}"
        yield from (f"  {line}" for line in lines[:-1])
    yield "```"


if __name__ == "__main__":
    main()
