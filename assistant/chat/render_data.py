"""Rows of the database as what a chat page may show: Markdown, and the content of its elements. Pure.

Values and names come from a database that anyone may have written to; they are made inert like text of
filings. The statement stands in a code block whose fence is longer than any run of backticks in it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from urllib.parse import quote

from assistant.chat.safe_markdown import plain
from assistant.domain.answers import Answer, Destination, Route
from assistant.domain.events import DataStep
from assistant.domain.queries import DataResult, Drafted, Failed, Linked, Linking
from assistant.nl2sql.charts import figure
from assistant.nl2sql.formats import head, shown
from assistant.nl2sql.present import laid_out
from assistant.tools.query_database import counted

SHOWN = 200  # rows that the page gets; the files hold more
_SMALL = 4  # columns of a single row that reads better as a list
_PLACES = 6  # decimals that a cell shows at most
_LONGEST = 300  # characters of a cell
_WRITTEN = {
    Destination.BUILTIN: "Query made from verified examples and what is known of the data",
    Destination.LOCAL: "Query written by a local model",
    Destination.CLOUD: "Query written by a cloud model",
}
_NONE = "**There are no such rows.**"
_BACKTICKS = re.compile("`+")


def route_of_rows(route: Route) -> tuple[str, str]:
    """Return where a query was written, on one short line, and why there."""
    reasons = "\n".join(f"- {plain(reason)}" for reason in route.reasons)
    return _WRITTEN[route.destination], f"{_WRITTEN[route.destination]}.\n\n{reasons}"


def step_title(event: DataStep) -> str:
    """Return what happened on the way to the rows, on one short line."""
    match event:
        case Linked(linking):
            return f"Looks at {', '.join(linking.tables) or 'the whole database'}"
        case Drafted(attempt=1):
            return "Wrote the query"
        case Drafted(attempt=attempt):
            return f"Wrote the query anew (attempt {attempt})"
        case Failed(attempt=attempt):
            return f"Attempt {attempt} could not be run"


def step_markdown(event: DataStep) -> str:
    """Return the same with its particulars."""
    match event:
        case Linked(linking):
            return _linking(linking)
        case Drafted(sql):
            return code(sql)
        case Failed(sql, _, why):
            return f"{plain(why)}\n\n{code(sql)}"


def _linking(linking: Linking) -> str:
    lines = [
        f"- {plain(one.text)}: {plain(one.column)} is {plain(one.value)}" for one in linking.values
    ]
    columns = ", ".join(map(plain, linking.columns))
    return "\n".join([*([f"Columns: {columns}\n"] if columns else []), *lines])


def code(sql: str) -> str:
    """Return a statement as a code block, which the page shows with a copy button."""
    longest = max(map(len, _BACKTICKS.findall(sql)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}sql\n{laid_out(sql).strip()}\n{fence}"


def result_markdown(answer: Answer, result: DataResult) -> str:
    """Return what stands above chart and table: what was computed, and how many rows there are."""
    said = [plain(result.explanation)] if result.explanation else []
    if is_list(result):
        said.append(_figures(result))
    else:
        count = counted(result, SHOWN)
        said.append(f"**{count[:1].upper()}{count[1:]}**" if result.row_count else _NONE)
    return "\n\n".join([*said, *_reconciled(result)])


def _reconciled(result: DataResult) -> list[str]:
    """Return what filings say of the same figures: a notice where they disagree, else a line."""
    lines = [
        f"- {plain(one.sentence)} "
        f"[Open the filing](/viewer/{quote(one.filing_id, safe='')}?page={one.page})"
        for one in result.reconciled
    ]
    if not lines:
        return []
    differ = not all(one.agree for one in result.reconciled)
    headline = "#### The filings say otherwise" if differ else "**The filings say the same**"
    return [headline, "\n".join(lines)]


def is_list(result: DataResult) -> bool:
    """Return whether a result is a single row of few figures, which needs no table."""
    rows = result.rows
    return rows is not None and len(rows.rows) == 1 and len(rows.columns) <= _SMALL


def _figures(result: DataResult) -> str:
    if result.rows is None:
        return ""
    lines = []
    for name, value in zip(result.rows.columns, result.rows.rows[0], strict=True):
        unit = result.units.get(name, "")
        lines.append(
            f"- {plain(head(name, unit))}: **{plain(shown(value, name, unit)) or 'none'}**"
        )
    return "\n".join(lines)


def details_markdown(answer: Answer, result: DataResult, links: Mapping[str, str]) -> str:
    """Return what stands below: the statement, the files, and what is to be known of the data.

    Args:
        answer: The answer with its notes.
        result: What the database gave.
        links: Addresses of files with all rows, by what a link is called.
    """
    files = " · ".join(f"[{name}]({address})" for name, address in links.items())
    parts = ["##### The query", code(result.sql)]
    if files:
        parts.append(f"All rows: {files}")
    notes = "\n".join(f"- {plain(note)}" for note in answer.notes)
    return "\n\n".join([*parts, *([notes] if notes else [])])


def table_json(result: DataResult) -> str:
    """Return the rows as the page's sortable table takes them."""
    if result.rows is None:
        return json.dumps({"columns": [], "index": [], "data": []})
    rows = result.rows.rows[:SHOWN]
    heads = _heads(result.rows.columns, result.units)
    data = [[_cell(value) for value in row] for row in rows]
    return json.dumps({"columns": heads, "index": list(range(1, len(rows) + 1)), "data": data})


def chart_json(result: DataResult) -> str:
    """Return the chart as Plotly draws it; empty where the table says as much."""
    if result.chart is None or result.rows is None:
        return ""
    drawn = figure(result.chart, result.rows, result.units)
    return json.dumps(drawn | {"config": {"displayModeBar": False, "responsive": True}})


def _heads(columns: Sequence[str], units: Mapping[str, str]) -> list[str]:
    """Return the columns' heads, each once: the page keeps cells by head, and reads a dot as a path."""
    heads: list[str] = []
    for name in columns:
        told = head(name, units.get(name, "")).replace(".", "\u2024") or "column"
        count = sum(one == told or one.startswith(f"{told} #") for one in heads)
        heads.append(f"{told} #{count + 1}" if count else told)
    return heads


def _cell(value: object) -> object:
    """Return a value that sorts as what it is: numbers as numbers, moments from the year on."""
    match value:
        case None | int():
            return shown(value) if isinstance(value, bool) else value
        case Decimal() | float():
            number = round(float(value), _PLACES)
            return number if abs(number) < float("inf") else str(number)
        case datetime():
            return value.strftime("%Y-%m-%d" if value.time() == time() else "%Y-%m-%d %H:%M:%S")
        case date():
            return value.isoformat()
        case _:
            return shown(value)[:_LONGEST]
