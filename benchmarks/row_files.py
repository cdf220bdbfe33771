"""Rows to files: how many a second, how large the file is, and how much memory they take at most.

    python -m benchmarks.row_files [ROWS] [--write]

Each kind is measured in a process of its own, over rows made as they are written, so that the memory is
that of writing. The database is left out: what it takes depends on the statement.
"""

import argparse
import multiprocessing
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psutil

from assistant.evals.report import this_machine, write_section
from assistant.exporting.rows import KINDS, RowColumn, open_rows

DOCS = Path(__file__).parents[1] / "docs" / "evaluation.md"
_BATCH = 1_000
_START = datetime(2026, 1, 1, tzinfo=UTC)
_COLUMNS = (
    RowColumn("trade_id", "int8", counts=False),
    RowColumn("symbol", "text"),
    RowColumn("quantity", "numeric(18,4)", "shares"),
    RowColumn("price", "numeric(14,4)", "USD"),
    RowColumn("executed_at", "timestamptz"),
    RowColumn("note", "text"),
)


def batches(count: int) -> Iterator[list[tuple[object, ...]]]:
    """Yield rows like those of trades, a batch at a time."""
    for first in range(0, count, _BATCH):
        yield [
            (n, f"SYM{n % 40}", Decimal(n % 500), Decimal(n % 9999) / 100,
             _START + timedelta(seconds=n), f"order {n} filled at the venue")
            for n in range(first, min(first + _BATCH, count))
        ]  # fmt: skip


def measure(kind: str, count: int) -> dict[str, float]:
    """Write a file of a kind; return seconds, its size and the growth of memory, both in MiB."""
    process, ended, most = psutil.Process(), threading.Event(), 0
    with tempfile.TemporaryDirectory() as folder:
        _write(kind, Path(folder) / "warm", 10)
        before = process.memory_info().rss

        def watch() -> None:
            nonlocal most
            while not ended.wait(0.02):
                most = max(most, process.memory_info().rss - before)

        watcher = threading.Thread(target=watch)
        watcher.start()
        start = time.perf_counter()
        path = Path(folder) / "rows"
        _write(kind, path, count)
        seconds = time.perf_counter() - start
        ended.set()
        watcher.join()
        size = path.stat().st_size
    return {"seconds": seconds, "size": size / 2**20, "memory": most / 2**20}


def _write(kind: str, path: Path, count: int) -> None:
    file = open_rows(kind, path, _COLUMNS)
    for rows in batches(count):
        file.add(rows)
    file.close({})


def main() -> None:
    """Measure each kind, print a table, and write it on demand."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=int, nargs="?", default=100_000)
    parser.add_argument("--write", action="store_true", help="into docs/evaluation.md")
    given = parser.parse_args()
    lines = [
        "## Rows to files",
        "",
        f"`python -m benchmarks.row_files`, {datetime.now(UTC).date()}, {this_machine()}. {given.rows:,} rows of "
        "six columns, each kind in a process of its own, the database left out.",
        "",
        "| kind | rows a second | file, MiB | memory beyond the start, MiB |",
        "|---|---:|---:|---:|",
    ]
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for kind in KINDS:
            told = pool.apply(measure, (kind, given.rows))
            speed = given.rows / told["seconds"]
            lines.append(f"| {kind} | {speed:,.0f} | {told['size']:.1f} | {told['memory']:.1f} |")
    report = "\n".join(lines)
    print(report)
    if given.write:
        write_section(DOCS, "row files", report)


if __name__ == "__main__":
    main()
