"""Sets a sample filing as an XHTML page with inline-XBRL tags, as the SEC publishes them.

Figures whose row has a concept are `ix:nonFraction` elements with a context a column, the scale of
the statement (6: millions) and the sign; the contexts stand in a hidden `ix:header`.
"""

from decimal import Decimal
from html import escape

from assistant.samples.blocks import (
    Block,
    Bullets,
    Cell,
    Heading,
    PageBreak,
    Paragraph,
    Row,
    RowKind,
    Table,
    Tone,
    cell_text,
)

_STYLE = """
body { font: 11pt/1.4 "Times New Roman", Times, serif; max-width: 46em; margin: 2em auto;
  padding: 0 1em; color: #1a1a1a; }
h1 { text-align: center; font-size: 1.6em; } h2 { font-size: 1.15em; margin-top: 1.8em; }
h3, h4 { margin: 1.2em 0 .4em; } .centred { text-align: center; } .small { font-size: .85em; }
.notice { text-align: center; font-style: italic; border: 1px solid #4a4a4a; padding: .6em; }
table { border-collapse: collapse; width: 100%; margin: 1em 0 1.6em; font-size: .92em; }
caption { font-weight: bold; } caption span { font-weight: normal; font-style: italic; }
th { font-size: .85em; vertical-align: bottom; border-bottom: 1px solid #4a4a4a; padding: 2px 6px; }
td { padding: 2px 6px; } td.n { text-align: right; white-space: nowrap; width: 6.5em; }
tbody tr:nth-child(odd) { background: #eaf1f7; }
tr.head td, tr.total td, tr.grand td { font-weight: bold; } td.i { padding-left: 1.4em; }
tr.total td.n, tr.grand td.n { border-top: 1px solid #4a4a4a; }
tr.grand td.n { border-bottom: 3px double #4a4a4a; }
"""

_PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:ix="http://www.xbrl.org/2013/inlineXBRL" \
xmlns:us-gaap="http://fasb.org/us-gaap/2024" xmlns:xbrli="http://www.xbrl.org/2003/instance" \
xmlns:iso4217="http://www.xbrl.org/2003/iso4217" lang="en">
<head><meta charset="UTF-8"/><title>{title}</title><style>{style}</style></head>
<body>
<div style="display:none"><ix:header><ix:resources>
{contexts}
<xbrli:unit id="usd"><xbrli:measure>iso4217:USD</xbrli:measure></xbrli:unit>
</ix:resources></ix:header></div>
{body}
</body>
</html>
"""


def render_html(blocks: list[Block], title: str) -> bytes:
    """Return the filing as UTF-8 XHTML."""
    columns: dict[str, str] = {}
    for block in blocks:
        if isinstance(block, Table):
            for column in block.columns:
                columns.setdefault(column, f"c{len(columns) + 1}")
    body = "\n".join(filter(None, (_block(block, columns) for block in blocks)))
    contexts = "\n".join(_context(column, number) for column, number in columns.items())
    page = _PAGE.format(title=escape(title), style=_STYLE, contexts=contexts, body=body)
    return page.encode()


def _context(column: str, number: str) -> str:
    return (
        f'<xbrli:context id="{number}"><xbrli:entity><xbrli:identifier scheme="placeholder">'
        f"0000000000</xbrli:identifier></xbrli:entity><!-- {escape(column)} --></xbrli:context>"
    )


def _block(block: Block, columns: dict[str, str]) -> str:
    match block:
        case Heading():
            return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
        case Paragraph(text=text, tone=Tone.BODY):
            return f"<p>{escape(text)}</p>"
        case Paragraph():
            return f'<p class="{block.tone.value}">{escape(block.text)}</p>'
        case Bullets():
            items = "".join(f"<li>{escape(item)}</li>" for item in block.items)
            return f"<ul>{items}</ul>"
        case Table():
            return _table(block, columns)
        case PageBreak():
            return ""


def _table(table: Table, columns: dict[str, str]) -> str:
    heads = "".join(f"<th>{escape(column)}</th>" for column in table.columns)
    rows = "\n".join(_row(row, [columns[c] for c in table.columns]) for row in table.rows)
    caption = f"{escape(table.title)}<br/><span>{escape(table.units)}</span>"
    return (
        f"<table><caption>{caption}</caption>\n<thead><tr><th></th>{heads}</tr></thead>\n"
        f"<tbody>\n{rows}\n</tbody></table>"
    )


def _row(row: Row, contexts: list[str]) -> str:
    indent = ' class="i"' if row.indent else ""
    cells = row.cells or ("",) * len(contexts)
    figures = "".join(
        f'<td class="n">{_figure(row, cell, context)}</td>'
        for cell, context in zip(cells, contexts, strict=True)
    )
    kind = "" if row.kind is RowKind.LINE else f' class="{row.kind.value}"'
    return f"<tr{kind}><td{indent}>{escape(row.label)}</td>{figures}</tr>"


def _figure(row: Row, cell: Cell, context: str) -> str:
    text = cell_text(cell)
    sign = "$ " if row.dollar else ""
    if not row.concept or not cell or isinstance(cell, str):
        return escape(sign + text)
    scale = 0 if isinstance(cell, Decimal) else 6
    minus = ' sign="-"' if cell < 0 else ""
    tag = (
        f'<ix:nonFraction name="us-gaap:{row.concept}" contextRef="{context}" unitRef="usd" '
        f'scale="{scale}" decimals="{-scale or 2}" format="ixt:num-dot-decimal"{minus}>'
        f"{text.strip('()')}</ix:nonFraction>"
    )
    return f"{sign}({tag})" if cell < 0 else sign + tag
