"""How long answers take while files are read in the background, beside the same server at rest.

One `aei serve` with its own worker on a new store that holds the filings of the evaluation data (or
the samples). Questions are asked one by one by REST: first at rest, then while small files that
were handed in are being read, and again at rest. The bar is a p95 of at most twice the one at
rest.
"""

import os
import random
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from assistant.evals.cases import read_cases
from assistant.evals.report import this_machine, write_section
from assistant.settings import Settings
from benchmarks.store import AEI, DOCS, SAMPLE_CASES, environment, fill, parser

_WARM_UP = 5
_AT_ONCE = 20  # files in one request
_WORDS = Path(__file__).read_text("utf-8").split()


@dataclass(frozen=True)
class Asked:
    """Answer times in seconds, sorted."""

    what: str
    each: list[float]

    def quantile(self, share: float) -> float:
        """Return a quantile in milliseconds (nearest rank)."""
        return 1000 * self.each[min(len(self.each) - 1, int(share * len(self.each)))]


def main() -> None:
    """Measure, print, and write on demand."""
    options = parser(__doc__ or "")
    options.add_argument("--files", type=int, default=500, help="how many files are handed in")
    options.add_argument("--calls", type=int, default=200, help="questions at rest")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="aei-bench-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)  # the database's own user has to reach its folder in here
        data_dir = Path(name) / "data"
        questions = _stock(data_dir)
        with serving(data_dir) as url, httpx.Client(base_url=url, timeout=120) as client:
            report = _measure(client, questions, given.files, given.calls)
        time.sleep(4)  # the database stops shortly after its last user
    print(report)
    if given.write:
        write_section(DOCS, "responsiveness", report)


def _stock(data_dir: Path) -> list[str]:
    """Fill the store; return questions about what is in it."""
    folder = Settings().eval_dir / "financebench"
    cases = SAMPLE_CASES
    if (folder / "questions.jsonl").is_file():
        fill(data_dir, str(folder / "pdfs"))
        cases = folder / "questions.jsonl"
    else:
        fill(data_dir, "--samples")
    return [case.question for case in read_cases(cases)]


@contextmanager
def serving(data_dir: Path) -> Iterator[str]:
    """Run `aei serve` on a free port; yield its URL."""
    command = [*AEI, "serve", "--port", "0"]
    process = subprocess.Popen(
        command, env=environment(data_dir), stdout=subprocess.PIPE, text=True
    )
    try:
        yield _url(process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _url(process: subprocess.Popen[str]) -> str:
    if process.stdout is None:
        sys.exit("aei serve has no output")
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        while process.poll() is None:
            line = process.stdout.readline() if ready.select(1) else ""
            if "http://" in line:
                return line[line.index("http://") :].split('"')[0].strip()
    sys.exit("aei serve did not start")


def _measure(client: httpx.Client, questions: Sequence[str], files: int, calls: int) -> str:
    asked = [questions[n % len(questions)] for n in range(calls)]
    for question in asked[:_WARM_UP]:
        _ask(client, question)
    before = Asked("at rest", sorted(_ask(client, question) for question in asked))
    start = time.perf_counter()
    jobs = _hand_in(client, files)
    during = []
    while not _over(client, jobs):
        during += [_ask(client, random.choice(questions)) for _ in range(10)]
    seconds = time.perf_counter() - start
    busy = Asked("while files are read", sorted(during))
    after = Asked("at rest again", sorted(_ask(client, question) for question in asked))
    return _report([before, busy, after], files, seconds)


def _ask(client: httpx.Client, question: str) -> float:
    start = time.perf_counter()
    client.post("/api/v1/ask", json={"question": question}).raise_for_status()
    return time.perf_counter() - start


def _hand_in(client: httpx.Client, files: int) -> list[str]:
    """Hand small files in; return their jobs' ids."""
    ids: list[str] = []
    numbers = range(files)
    for first in numbers[::_AT_ONCE]:
        batch = [
            ("files", (f"memo {n}.txt", _memo(n), "text/plain"))
            for n in numbers[first : first + _AT_ONCE]
        ]
        answer = client.post("/api/v1/documents", files=batch).raise_for_status().json()
        ids += [job["job_id"] for job in answer["jobs"]]
    return ids


def _memo(number: int) -> bytes:
    """Return a page or two of words that no other file has in this order."""
    drawn = random.Random(number)
    paragraphs = [" ".join(drawn.choices(_WORDS, k=120)) for _ in range(6)]
    return "\n\n".join([f"Memo {number}", *paragraphs]).encode()


def _over(client: httpx.Client, jobs: Sequence[str]) -> bool:
    job = client.get(f"/api/v1/jobs/{jobs[-1]}").raise_for_status().json()
    if job["state"] not in {"published", "rejected", "dead"}:
        return False
    states = ["queued", "reading", "embedding", "storing"]
    still = client.get("/api/v1/jobs", params={"state": states}).raise_for_status().json()["jobs"]
    return not still


def _report(results: Sequence[Asked], files: int, seconds: float) -> str:
    idle = max(results[0].quantile(0.95), results[-1].quantile(0.95))
    lines = [
        "## Answers while files are read",
        "",
        f"`python -m benchmarks.responsiveness`, {datetime.now(UTC).date()}, {this_machine()} "
        f"(load {os.getloadavg()[0]:.1f} at the end). {files} small files handed to a running "
        f"`aei serve`, read in {seconds:.0f} s; questions one by one by REST, whole answers.",
        "",
        "| | questions | p50, ms | p95, ms |",
        "|---|---:|---:|---:|",
    ]
    lines += [
        f"| {one.what} | {len(one.each)} | {one.quantile(0.5):.1f} | {one.quantile(0.95):.1f} |"
        for one in results
    ]
    ratio = results[1].quantile(0.95) / idle
    return "\n".join([*lines, "", f"p95 while files are read, of the higher at rest: {ratio:.2f}."])


if __name__ == "__main__":
    main()
