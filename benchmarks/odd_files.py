"""Reads every file of the evaluation manifest as `aei ingest` would, and says which rows fail.

Each file goes through a reading process of its own, under the limits of the product; a row fails
when its outcome is not among those it accepts, when text is missing that it must contain, or when
text was read that it must not. The slowest and the largest reading are printed too.
"""

import argparse
import asyncio
import gzip
import json
import sys
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from assistant.bootstrap import reader
from assistant.domain.errors import FilingRejected
from assistant.domain.filings import Document
from assistant.domain.ingestion import Upload
from assistant.settings import Settings

_WORKERS = 2


@dataclass(frozen=True)
class Result:
    """How one row ended: its failures, seconds, and the reader's peak memory in MiB (0: it died)."""

    name: str
    outcome: str
    failures: tuple[str, ...]
    seconds: float
    peak_mib: float


def main() -> None:
    """Read all rows, print the failures and the worst cases; exit 1 when a row fails."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", default="", help="rows whose file name holds this")
    options.add_argument("--all", action="store_true", help="print every row")
    given = options.parse_args()
    folder = Settings().eval_dir
    lines = (folder / "manifest.jsonl").read_text("utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if given.only in row["file"]]
    results = asyncio.run(_read_all(folder, rows))
    for result in results:
        if result.failures or given.all:
            told = "; ".join(result.failures) or "as accepted"
            print(f"{result.name}: {result.outcome} in {result.seconds:.1f} s: {told}")
    slowest = max(results, key=lambda result: result.seconds)
    largest = max(results, key=lambda result: result.peak_mib)
    failed = sum(1 for result in results if result.failures)
    print(f"{len(results) - failed} of {len(results)} rows as accepted")
    print(f"slowest: {slowest.name}, {slowest.seconds:.1f} s")
    print(f"largest: {largest.name}, {largest.peak_mib:.0f} MiB")
    sys.exit(1 if failed else 0)


async def _read_all(folder: Path, rows: list[dict[str, Any]]) -> list[Result]:
    places = asyncio.Semaphore(_WORKERS)

    async def one(row: dict[str, Any]) -> Result:
        async with places:
            return await _read(folder, row)

    return await asyncio.gather(*map(one, rows))


async def _read(folder: Path, row: dict[str, Any]) -> Result:
    path = folder / row["file"]
    data = path.read_bytes()
    data = gzip.decompress(data) if path.suffix == ".gz" else data
    upload = Upload(row.get("upload_name") or path.name.removesuffix(".gz"), data)
    before = {child.pid for child in psutil.Process().children()}
    sandbox = reader(Settings(readers=1))
    start = time.perf_counter()
    document, outcome = None, ""
    try:
        document = (await sandbox.read(upload)).document
        outcome = "ok_with_warning" if document.warnings else "ok"
    except FilingRejected as refused:
        outcome = f"error:{refused.code}"
    seconds = time.perf_counter() - start
    children = [c for c in psutil.Process().children() if c.pid not in before]
    peak = max(map(_peak_mib, children), default=0.0)
    await sandbox.close()
    return Result(row["file"], outcome, tuple(_failures(row, outcome, document)), seconds, peak)


def _failures(row: dict[str, Any], outcome: str, document: Document | None) -> Iterator[str]:
    if outcome not in row["accept"]:
        yield f"{outcome} is none of {', '.join(row['accept'])}"
    if document is None:
        return
    text = _fold("\n".join(page.text for page in document.pages))
    wanted = row["must_contain"] + ([] if document.warnings else row["full_text_if_ok"])
    for words in wanted:
        if _fold(words) not in text:
            yield f"{words[:60]!r} is missing"
    for words in row["must_not_contain"]:
        if _fold(words) in text:
            yield f"{words[:60]!r} was read"


def _fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _peak_mib(child: psutil.Process) -> float:
    try:
        status = Path(f"/proc/{child.pid}/status").read_text("ascii")
    except OSError:
        return 0.0
    peak = next((line for line in status.splitlines() if line.startswith("VmHWM")), "")
    return int(peak.split()[1]) / 1024 if peak else 0.0


if __name__ == "__main__":
    main()
