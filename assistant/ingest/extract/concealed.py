"""Hidden text as it is met while a file is read: runs of the same kind become one finding."""

from dataclasses import dataclass, field

from assistant.domain.findings import LONGEST_EXCERPT, MOST_FINDINGS, Finding, hidden_text

_BEFORE = 60  # characters of the text in front of it, to find the place by


@dataclass(slots=True)
class Concealed:
    """Collects hidden text. `seen` is told of the text between, `add` of what is hidden."""

    _runs: list[tuple[str, str, list[str]]] = field(default_factory=list)
    _last: str = ""
    _open: bool = False

    def seen(self, text: str) -> None:
        """Take note of text that is seen."""
        if text.strip():
            self._last, self._open = text, False

    def add(self, text: str, rule: str) -> None:
        """Take hidden text; what says nothing is no finding."""
        if not any(map(str.isalnum, text)):
            return
        if self._open and self._runs[-1][0] == rule:
            run = self._runs[-1][2]
            if sum(map(len, run)) < LONGEST_EXCERPT:
                run.append(text)
        elif len(self._runs) < MOST_FINDINGS:
            before = " ".join(self._last.split())[-_BEFORE:]
            self._runs.append((rule, f"after \u201c{before}\u201d" if before else "", [text]))
        self._open = bool(self._runs) and self._runs[-1][0] == rule

    def findings(self) -> tuple[Finding, ...]:
        """Return what was hidden, in the order it was met."""
        return tuple(hidden_text(" ".join(run), rule, where=at) for rule, at, run in self._runs)
