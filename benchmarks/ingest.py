"""How fast a folder of PDFs is read: `aei ingest` beside LangChain, in turn, in one run.

Both are whole processes, imports included. Ours begins with an empty data dir, so its time holds
the start of the database, migrations, embedding and indexing; LangChain's holds loading and
splitting only. Memory is the peak of the resident set summed over a run's processes, sampled five
times a second; pages that PostgreSQL's processes share count once a process.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from assistant.evals.report import this_machine, write_section
from benchmarks.store import AEI, DOCS, environment, filings_folder, parser

_SAMPLING_S = 0.2
_LINGER_S = 4.0  # the database stops shortly after its last user, and then its folder may go


@dataclass(frozen=True)
class Run:
    """One whole process: its time in seconds, its pages and chunks, its peak memory in bytes.

    `first` is when it said the first word on a file, in seconds after its start: that file is
    searchable then.
    """

    seconds: float
    pages: int
    chunks: int
    peak: int
    first: float

    @property
    def pages_per_second(self) -> float:
        """Pages a second."""
        return self.pages / self.seconds


def main() -> None:
    """Measure, print, and write on demand."""
    options = parser(__doc__ or "")
    options.add_argument("folder", nargs="?", type=Path, help="a folder of PDFs")
    options.add_argument("--rounds", type=int, default=1, help="how often each of them runs")
    given = options.parse_args()
    folder = given.folder or filings_folder()
    ours, theirs = [], []
    for number in range(1, given.rounds + 1):
        ours.append(_ours(folder))
        print(f"round {number}: aei {_line(ours[-1])}", file=sys.stderr)
        theirs.append(_theirs(folder))
        print(f"round {number}: LangChain {_line(theirs[-1])}", file=sys.stderr)
    report = _report(folder, ours, theirs)
    print(report)
    if given.write:
        write_section(DOCS, "ingest", report)


def _ours(folder: Path) -> Run:
    with tempfile.TemporaryDirectory(prefix="aei-bench-", ignore_cleanup_errors=True) as name:
        data_dir = Path(name)
        data_dir.chmod(0o755)  # the database's own user has to reach its folder in here
        command = [*AEI, "ingest", str(folder), "--json"]
        run = _measure(command, environment(data_dir / "data"), _count_ours)
        time.sleep(_LINGER_S)
        return run


def _theirs(folder: Path) -> Run:
    command = [sys.executable, "-m", "benchmarks.langchain_baseline", str(folder)]
    return _measure(command, None, json.loads)


def _count_ours(output: str) -> dict[str, int]:
    lines = [json.loads(line) for line in output.splitlines()]
    refused = [line["path"] for line in lines if line["status"] != "indexed"]
    if refused:
        print(f"not indexed: {', '.join(refused)}", file=sys.stderr)
    return {key: sum(line[key] for line in lines) for key in ("pages", "chunks")}


def _measure(
    command: list[str], env: dict[str, str] | None, count: Callable[[str], dict[str, int]]
) -> Run:
    with tempfile.TemporaryFile("w+") as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, env=env, stdout=output)
        peak, first = 0, 0.0
        while process.poll() is None:
            peak = max(peak, _resident(process.pid))
            if not first and os.fstat(output.fileno()).st_size:
                first = time.perf_counter() - start
            with suppress(subprocess.TimeoutExpired):
                process.wait(_SAMPLING_S)
        seconds = time.perf_counter() - start
        output.seek(0)
        counted = count(output.read())
    if process.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return Run(seconds, counted["pages"], counted["chunks"], peak, first or seconds)


def _resident(pid: int) -> int:
    total = 0
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
    return total


def _line(run: Run) -> str:
    return f"{run.seconds:.1f} s, {run.pages_per_second:.1f} pages/s, {run.peak >> 20} MiB"


def _report(folder: Path, ours: list[Run], theirs: list[Run]) -> str:
    ratio = statistics.median(
        a.pages_per_second / b.pages_per_second for a, b in zip(ours, theirs, strict=True)
    )
    lines = [
        "## Speed of ingestion",
        "",
        f"`make bench`, {datetime.now(UTC).date()}, {this_machine()}. {len(ours)} round(s) over "
        f"{len(list(folder.glob('*.pdf')))} PDFs; medians. Whole processes: ours reads, embeds, "
        "indexes and stores into an empty data dir; LangChain's PyPDFLoader and "
        "RecursiveCharacterTextSplitter read and split.",
        "",
        "| | pages | chunks | first file, s | seconds | pages/s | peak RSS, MiB |",
        "|---|---:|---:|---:|---:|---:|---:|",
        _row("aei ingest", ours),
        _row("LangChain", theirs),
        "",
        f"Ratio of pages a second: {ratio:.2f}.",
    ]
    return "\n".join(lines)


def _row(name: str, runs: list[Run]) -> str:
    seconds = statistics.median(run.seconds for run in runs)
    speed = statistics.median(run.pages_per_second for run in runs)
    peak = max(run.peak for run in runs) >> 20
    first = statistics.median(run.first for run in runs)
    counts = f"{runs[0].pages} | {runs[0].chunks}"
    return f"| {name} | {counts} | {first:.1f} | {seconds:.1f} | {speed:.1f} | {peak} |"


if __name__ == "__main__":
    main()
