"""Sets a sample filing as plain text, 78 columns wide, as wire services print releases."""

import textwrap

from assistant.samples.blocks import (
    Block,
    Bullets,
    Heading,
    PageBreak,
    Paragraph,
    Table,
    Tone,
    cell_text,
)

_WIDTH = 78
_COLUMN = 16


def render_text(blocks: list[Block]) -> bytes:
    """Return the filing as UTF-8 text."""
    return ("\n\n".join(filter(None, map(_block, blocks))) + "\n").encode()


def _block(block: Block) -> str:
    match block:
        case Heading(text=text, level=1):
            return "\n".join(line.center(_WIDTH).rstrip() for line in textwrap.wrap(text, 60))
        case Heading():
            return f"{block.text.upper()}"
        case Paragraph(text=text, tone=Tone.CENTRED | Tone.NOTICE):
            return "\n".join(line.center(_WIDTH).rstrip() for line in textwrap.wrap(text, 70))
        case Paragraph():
            return textwrap.fill(block.text, _WIDTH)
        case Bullets():
            return "\n".join(
                textwrap.fill(item, _WIDTH, initial_indent="* ", subsequent_indent="  ")
                for item in block.items
            )
        case Table():
            return _table(block)
        case PageBreak():
            return ""


def _table(table: Table) -> str:
    label_width = _WIDTH - _COLUMN * len(table.columns)
    lines = [table.title.upper(), table.units] if table.units else [table.title.upper()]
    heads = "".join(head.rjust(_COLUMN) for head in table.columns)
    lines.append(" " * label_width + heads)
    lines.append("-" * _WIDTH)
    for row in table.rows:
        cells = "".join(cell_text(cell).rjust(_COLUMN) for cell in row.cells)
        lines.append(row.label.ljust(label_width) + cells)
    lines.append("-" * _WIDTH)
    return "\n".join(lines)
