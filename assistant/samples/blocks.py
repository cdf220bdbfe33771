"""What a sample filing is made of, and the template language it is written in.

    template (Markdown) + values + tables ──parse──> blocks ──pdf / word / web / text──> bytes

A template is paragraphs parted by blank lines. `#` to `####` are headings, `- ` begins a list item,
`[page]` a new page, `[table NAME]` a table, `^` a centred line, `~` a small one, `!` a boxed notice. `{...}` is filled
in with `str.format`, so a missing value fails instead of leaving a gap. One language for four
formats keeps the words of a filing out of the code that lays it out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

Cell = int | Decimal | str | None

SAMPLE_NOTICE = "Sample filing of a fictional company"


class RowKind(StrEnum):
    """How a row is set: a total has a rule above it, a grand total also two below."""

    LINE = "line"
    HEAD = "head"
    TOTAL = "total"
    GRAND = "grand"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table. `concept` is its XBRL name, where the format has tags."""

    label: str
    cells: tuple[Cell, ...] = ()
    kind: RowKind = RowKind.LINE
    dollar: bool = False
    indent: int = 0
    concept: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under column heads. `units` is the line under the title, in parentheses."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    title: str = ""
    units: str = ""
    span: str = ""

    def row(self, label: str) -> Row:
        """Return the first row of that label. Raises `KeyError`."""
        for row in self.rows:
            if row.label == label:
                return row
        raise KeyError(label)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is the filing's title, level 2 an Item."""

    text: str
    level: int


class Tone(StrEnum):
    """How a paragraph is set."""

    BODY = "body"
    CENTRED = "centred"
    SMALL = "small"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str
    tone: Tone = Tone.BODY


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageBreak:
    """A new page, in formats that have pages."""


Block = Heading | Paragraph | Bullets | Table | PageBreak

_TONES = {"^": Tone.CENTRED, "~": Tone.SMALL, "!": Tone.NOTICE}


def cell_text(cell: Cell) -> str:
    """Return a cell as a filing prints it: (1,234) for a negative, a dash for nothing."""
    if isinstance(cell, str):
        return cell
    if not cell:
        return "—"
    text = f"{abs(cell):,.2f}" if isinstance(cell, Decimal) else f"{abs(cell):,}"
    return f"({text})" if cell < 0 else text


def percent(part: int, whole: int) -> str:
    """Return `part` of `whole` in percent, to one decimal place."""
    return f"{100 * part / whole:.1f}%"


def growth(now: int, before: int) -> str:
    """Return the change in words: "increased 7.4%", "decreased 2.7%", "was unchanged"."""
    if now == before:
        return "was unchanged"
    verb = "increased" if now > before else "decreased"
    return f"{verb} {abs(100 * (now - before) / before):.1f}%"


def parse(template: str, values: Mapping[str, object], tables: Mapping[str, Table]) -> list[Block]:
    """Return the blocks of a template.

    Args:
        template: The text of the filing.
        values: What `{...}` stands for.
        tables: What `[table NAME]` stands for.

    Raises:
        KeyError: A value or a table that the template names is missing.
    """
    chunks = (chunk.strip() for chunk in template.format_map(values).split("\n\n"))
    return [_block(chunk, tables) for chunk in chunks if chunk]


def _block(chunk: str, tables: Mapping[str, Table]) -> Block:
    if chunk == "[page]":
        return PageBreak()
    if chunk.startswith("[table "):
        return tables[chunk[len("[table ") : -1]]
    if chunk.startswith("#"):
        marks, _, text = chunk.partition(" ")
        return Heading(_one_line(text), len(marks))
    if chunk.startswith("- "):
        return Bullets(tuple(_one_line(item) for item in chunk[2:].split("\n- ")))
    tone = _TONES.get(chunk[0])
    return Paragraph(_one_line(chunk[1:]), tone) if tone else Paragraph(_one_line(chunk))


def _one_line(text: str) -> str:
    return " ".join(text.split())
