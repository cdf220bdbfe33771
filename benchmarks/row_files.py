"""Rows to files: how many a second, how large the file is, and how much memory they take at most.

    python -m benchmarks.row_files [ROWS]

Each kind is measured in a process of its own, over rows made as they are written, so that the memory is
that of writing. The database is left out: what it takes depends on the statement.
"""

import multiprocessing
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psutil

from assistant.exporting.rows import KINDS, RowColumn, open_rows

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
    """Measure each kind and print a table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    print(f"{'kind':<8} {'rows/s':>9} {'MiB':>7} {'memory, MiB':>12}")
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for kind in KINDS:
            told = pool.apply(measure, (kind, count))
            speed = count / told["seconds"]
            print(f"{kind:<8} {speed:>9,.0f} {told['size']:>7.1f} {told['memory']:>12.1f}")


if __name__ == "__main__":
    main()
