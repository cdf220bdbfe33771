"""The list of a batch of dropped files: a line a file, a headline that counts, a note."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.chat.render import file_name, outcome_markdown
from assistant.domain.ingestion import IngestOutcome, IngestStatus
from assistant.domain.jobs import Job, JobState

_LONGEST_LIST = 40  # lines; a longer list shows the files in work, the refused and the counts


@dataclass(eq=False)
class Line:
    """A file and where it stands."""

    name: str
    job: Job | None = None
    outcome: IngestOutcome | None = None

    def markdown(self) -> str:
        """Return the line as the list shows it."""
        if self.outcome is not None:
            return outcome_markdown(self.outcome)
        if self.job is None or self.job.state is JobState.QUEUED:
            tried = self.job is not None and self.job.attempts > 0
            return (
                f"○ **{file_name(self.name)}**: {'waiting to try again' if tried else 'waiting'}…"
            )
        return f"◐ **{file_name(self.name)}**: {self.job.state.value}…"


@dataclass
class Board:
    """The list of a batch."""

    lines: list[Line]
    note: str = ""
    finished: bool = False
    changed: bool = False

    @property
    def outcomes(self) -> list[IngestOutcome]:
        """How each finished file ended."""
        return [line.outcome for line in self.lines if line.outcome]

    @property
    def waiting(self) -> list[str]:
        """The jobs that are not over."""
        return [line.job.id for line in self.lines if line.job and not line.outcome]

    @property
    def begun(self) -> bool:
        """Whether a worker has taken any of the files."""
        return any(line.job and line.job.attempts for line in self.lines)

    def place(self, job: Job, line: Line) -> Line:
        """Put a job on a line; where that has one, on a new line below it. Return the job's line."""
        self.changed = True
        if line.job is None:
            line.name, line.job = job.path, job
            return line
        below = Line(job.path, job)
        self.lines.insert(self.lines.index(line) + 1, below)
        return below

    def see(self, jobs: Sequence[Job], outcomes: Sequence[IngestOutcome | None]) -> None:
        """Note where jobs stand, and how those that are over ended."""
        lines = {line.job.id: line for line in self.lines if line.job}
        for job, outcome in zip(jobs, outcomes, strict=True):
            lines[job.id].job, lines[job.id].outcome = job, outcome
        self.changed = True

    def markdown(self) -> str:
        """Return the headline, the lines and a note."""
        lines = self.lines if len(self.lines) <= _LONGEST_LIST else self._short()
        parts = [self._headline(), "\n".join(line.markdown() for line in lines), self.note]
        return "\n\n".join(part for part in parts if part)

    def _short(self) -> list[Line]:
        telling = [one for one in self.lines if _tells(one)]
        return telling[:_LONGEST_LIST]

    def _headline(self) -> str:
        total, done = len(self.lines), len(self.outcomes)
        if not self.finished:
            return f"Reading {_files(total)}: {done} done"
        counts = [
            (IngestStatus.INDEXED, "added"),
            (IngestStatus.DUPLICATE, "already there"),
            (IngestStatus.REJECTED, "refused"),
        ]
        found = ((sum(o.status is status for o in self.outcomes), word) for status, word in counts)
        told = ", ".join(f"{n} {word}" for n, word in found if n)
        return f"**{_files(total)}: {told or 'none read'}.**"


def _tells(line: Line) -> bool:
    if line.outcome is None:
        return line.job is not None and line.job.state is not JobState.QUEUED
    return line.outcome.status is IngestStatus.REJECTED


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
