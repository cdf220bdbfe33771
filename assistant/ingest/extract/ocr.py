"""Reads the letters of a picture with the program `tesseract`, where it is installed.

    grey picture ── stdin of the program ── TSV: a line a word, with its box and a confidence

The program runs below the reading process, with its memory limit and a time of its own; a page
that takes too long costs its own text only. It is called directly: the wrappers for it add an
image library and read the same table.
"""

import csv
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

PROGRAM = "tesseract"
_LEAST_SURE = 25.0  # percent; below it the program guesses at specks and ornaments
_WORTH_READING = 50.0  # percent, mean over a page: below it the picture holds no text
_LONGEST_S = 30.0  # seconds for one page
_LINE, _WORD = "4", "5"  # the levels of the table
_ONE_THREAD = ("env", "OMP_THREAD_LIMIT=1")  # more are slower where files are read side by side
_OPTIONS = ("--psm", "3", "-c", "tessedit_do_invert=0")


class Picture(NamedTuple):
    """A grey picture: a byte a pixel, row after row from the top."""

    width: int
    height: int
    pixels: bytes


class SeenWord(NamedTuple):
    """A word and its box in pixels from the picture's upper left corner.

    `base` is where its line of text ends.
    """

    text: str
    left: int
    top: int
    right: int
    bottom: int
    base: int


@dataclass
class Recognition:
    """Text recognition for one file.

    Args:
        languages: The program's names of the languages, joined by "+".
        seconds: What all pages of the file may take together.
    """

    languages: str
    seconds: float
    _spent: float = field(default=0.0, init=False)

    @property
    def is_over(self) -> bool:
        """Whether the file's time is used up."""
        return self._spent >= self.seconds

    def read(self, picture: Picture) -> list[SeenWord]:
        """Return the words of a picture; none when it holds no text or took too long."""
        start = time.perf_counter()
        try:
            table = self._run(picture, min(_LONGEST_S, self.seconds - self._spent))
        except (OSError, subprocess.SubprocessError):
            return []
        finally:
            self._spent += time.perf_counter() - start
        return _words(table)

    def _run(self, picture: Picture, seconds: float) -> str:
        head = b"P5 %d %d 255\n" % (picture.width, picture.height)
        done = subprocess.run(  # noqa: S603 -- a fixed program, no shell, no text of the file's
            [*_ONE_THREAD, PROGRAM, "stdin", "stdout", "-l", self.languages, *_OPTIONS, "tsv"],
            input=head + picture.pixels,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=max(seconds, 0.1),
            check=True,
        )
        return done.stdout.decode("utf-8", "replace")


def is_installed() -> bool:
    """Say whether the program can be found."""
    return shutil.which(PROGRAM) is not None


def installed_languages() -> frozenset[str] | None:
    """Return the languages that the program can read, or None when it is not installed."""
    if not is_installed():
        return None
    try:
        done = subprocess.run(  # noqa: S603 -- as above
            [PROGRAM, "--list-langs"],
            capture_output=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    names = done.stdout.decode("utf-8", "replace").splitlines()[1:]
    return frozenset(name.strip() for name in names) - {"", "osd"}


def _words(table: str) -> list[SeenWord]:
    rows = csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    found = list(_certain(rows))
    mean = sum(sure for _, sure in found) / max(len(found), 1)
    return [word for word, _ in found] if mean >= _WORTH_READING else []


def _certain(rows: "csv.DictReader[str]") -> Iterator[tuple[SeenWord, float]]:
    """Yield the words that were recognised, with the program's confidence in percent."""
    base = 0
    for row in rows:
        try:
            left, top = int(row["left"]), int(row["top"])
            right, bottom = left + int(row["width"]), top + int(row["height"])
            sure = float(row["conf"])
        except (KeyError, TypeError, ValueError):
            continue
        if row["level"] == _LINE:
            base = bottom
        text = (row.get("text") or "").strip()
        if row["level"] == _WORD and text and sure >= _LEAST_SURE:
            yield SeenWord(text, left, top, right, bottom, base), sure
