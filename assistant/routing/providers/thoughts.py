"""Takes out of a streamed answer what a model thought aloud: `<think>...</think>` at its start.

Thinking is switched off in every request; models whose template does not know the switch write it
into the answer.
"""

_OPEN, _CLOSE = "<think>", "</think>"


class Thoughts:
    """Reads one answer, piece by piece."""

    def __init__(self) -> None:
        self._held = ""
        self._read = self._start

    def without(self, piece: str) -> str:
        """Take the next piece; return what of the answer can be shown now."""
        self._held += piece
        return self._read()

    def _start(self) -> str:
        begun = self._held.lstrip()
        if begun.startswith(_OPEN):
            self._read = self._thinking
        elif not _OPEN.startswith(begun):
            self._read = self._answering
        else:
            return ""
        return self._read()

    def _thinking(self) -> str:
        _, closed, rest = self._held.partition(_CLOSE)
        if closed:
            self._held, self._read = rest, self._gap
        return self._read() if closed else ""

    def _gap(self) -> str:
        self._held = self._held.lstrip()
        if self._held:
            self._read = self._answering
        return self._answering()

    def _answering(self) -> str:
        shown, self._held = self._held, ""
        return shown
