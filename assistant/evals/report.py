"""Shows results: a table for people, the contract's JSON for scripts, Markdown for the docs."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from assistant.evals.metrics import Judged, Metrics, Ranks
from assistant.evals.run import Result

_HEADER = """# Evaluation

What the assistant was measured on, how, and what came out. The parts between the marks are written
by commands; what they leave out is said in them.
"""
_COLUMNS = {
    "retrieval": (
        "page_hit@1",
        "page_hit@3",
        "page_hit@5",
        "page_hit@10",
        "document_hit@5",
        "mrr",
    ),
    "answers": (
        "n_figure",
        "figure_right",
        "figure_wrong",
        "figure_refused",
        "words_right",
        "unanswerable_refused",
        "refused",
    ),
}
_CPU_INFO = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True)
class Machine:
    """Where figures were measured."""

    cpu: str
    cores: int
    python: str

    def __str__(self) -> str:
        return f"{self.cpu}, {self.cores} cores, Python {self.python}"


def this_machine() -> Machine:
    """Return the machine that this runs on; its cores are those this process may use."""
    return Machine(_cpu_model(), len(os.sched_getaffinity(0)), platform.python_version())


def print_table(result: Result, console: Console) -> None:
    """Print a result as a table, then its warnings, to a console (stdout or stderr).

    A line a metric and a column a question type, so that it fits 80 columns uncut.
    """
    title = f"{result.suite}: {result.dataset} ({result.n} questions, {result.seconds:.1f} s)"
    table = Table(title=title, title_justify="left")
    kinds = list(result.outcomes[0].by_kind)
    table.add_column("", no_wrap=True)
    for kind in ("all", *kinds):
        table.add_column(kind.replace("-", " "), justify="right")
    for outcome in result.outcomes:
        groups = [outcome.all, *(outcome.by_kind[kind] for kind in kinds)]
        table.add_section()
        table.add_row(outcome.mode.value.replace("_", " "), style="bold")
        for name in ("n", *_COLUMNS[result.suite]):
            table.add_row(f"  {name}", *(_shown(metrics[name]) for metrics in groups))
    console.print(table)
    for warning in result.warnings:
        console.print(f"Warning: {warning}", style="yellow", markup=False)


def to_json(result: Result) -> dict[str, Any]:
    """Return the contract's `{"dataset", "n", "metrics", "seconds"}`, and what was left out.

    `metrics` holds, under the name of each scope, the figures and `by_question_type`; `questions`
    says how each question ended, so that a miss can be looked into.
    """
    metrics = {
        outcome.mode.value: {**outcome.all, "by_question_type": outcome.by_kind}
        for outcome in result.outcomes
    }
    return {
        "dataset": result.dataset,
        "suite": result.suite,
        "n": result.n,
        "metrics": metrics,
        "seconds": round(result.seconds, 3),
        "left_out": result.left_out,
        "missing_documents": list(result.missing),
        "warnings": list(result.warnings),
        "questions": [
            {"id": scored.case.id, "scope": outcome.mode.value, **_ending(scored)}
            for outcome in result.outcomes
            for scored in outcome.questions
        ],
    }


def markdown(results: Sequence[Result], machine: Machine, on: date, command: str) -> str:
    """Return the generated part of the docs: how it was measured, then a table a result."""
    parts = [f"`{command}`, {on.isoformat()}, {machine}."]
    for result in results:
        names = _COLUMNS[result.suite]
        lines = [
            f"## {result.suite.capitalize()}: {result.dataset}",
            "",
            f"{result.n} questions, {result.seconds:.1f} s.",
            "",
            "| " + " | ".join(("scope", "questions", "n", *names)) + " |",
            "|---|---|" + "---:|" * (1 + len(names)),
        ]
        for scope, kind, metrics in _rows(result):
            cells = [scope, kind, *(_shown(metrics[name]) for name in ("n", *names))]
            lines.append("| " + " | ".join(cells) + " |")
        lines += [f"\n{warning}" for warning in result.warnings]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def write_markdown(
    path: Path, results: Sequence[Result], machine: Machine, on: date, command: str
) -> None:
    """Write results into the section "figures" of a Markdown file.

    Args:
        path: The file; it is made when it is missing.
        results: What was found, in the order of the report.
        machine: Where it was measured.
        on: The day of the measurement.
        command: The command line that repeats it.
    """
    write_section(path, "figures", markdown(results, machine, on, command))


def write_section(path: Path, name: str, body: str) -> None:
    """Put `body` between the marks of a section of a Markdown file; the rest of the file stays.

    The file is made when it is missing, the marks are added at its end when it has none.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    text = path.read_text("utf-8") if path.exists() else _HEADER
    before, found, rest = text.partition(begin)
    _, _, after = rest.partition(end) if found else ("", "", "\n")
    before = before if found else before.rstrip("\n") + "\n\n"
    path.write_text(f"{before}{begin}\n{body}\n{end}{after}", "utf-8")


def _ending(scored: Ranks | Judged) -> dict[str, Any]:
    match scored:
        case Ranks():
            return {"page_rank": scored.page, "document_rank": scored.document}
        case Judged():
            return {
                "verdict": scored.verdict.value,
                "compared_by": scored.gold.value,
                "gold": scored.case.answer,
                "answer": scored.text,
            }


def _rows(result: Result) -> list[tuple[str, str, Metrics]]:
    rows: list[tuple[str, str, Metrics]] = []
    for outcome in result.outcomes:
        scope = outcome.mode.value.replace("_", " ")
        rows.append((scope, "all", outcome.all))
        rows += [(scope, kind, metrics) for kind, metrics in outcome.by_kind.items()]
    return rows


def _shown(value: float | int | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _cpu_model() -> str:
    if _CPU_INFO.exists():
        for line in _CPU_INFO.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
