"""Rows of the database as what a chat page may show: Markdown, and the content of its elements. Pure.

Values and names come from a database that anyone may have written to; they are made inert like text of
filings. The statement stands in a code block whose fence is longer than any run of backticks in it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from assistant.chat.safe_markdown import plain
from assistant.domain.answers import Answer
from assistant.domain.events import DataStep
from assistant.domain.queries import DataResult, Drafted, Failed, Linked, Linking
from assistant.tools.query_database import cell_text, counted, heading

SHOWN = 200  # rows that the page gets; the files hold more
_SMALL = 4  # columns of a single row that reads better as a list
_PLACES = 6  # decimals that a cell shows at most
_LONGEST = 300  # characters of a cell
_BACKTICKS = re.compile("`+")


def step_title(event: DataStep) -> str:
    """Return what happened on the way to the rows, on one short line."""
    match event:
        case Linked(linking):
            tables = ", ".join(map(plain, linking.tables)) or "nothing in the database"
            return f"Looks at {tables}"
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
    return f"{fence}sql\n{sql.strip()}\n{fence}"


def result_markdown(answer: Answer, result: DataResult) -> str:
    """Return what stands above chart and table: what was computed, and how many rows there are."""
    said = [plain(result.explanation)] if result.explanation else []
    if is_list(result):
        said.append(_figures(result))
    else:
        said.append(f"**{counted(result)}**" if result.row_count else "**There are no such rows.**")
    return "\n\n".join(said)


def is_list(result: DataResult) -> bool:
    """Return whether a result is a single row of few figures, which needs no table."""
    rows = result.rows
    return rows is not None and len(rows.rows) == 1 and len(rows.columns) <= _SMALL


def _figures(result: DataResult) -> str:
    if result.rows is None:
        return ""
    heads = [plain(heading(name, result.units)) for name in result.rows.columns]
    values = [plain(cell_text(value)) or "nothing" for value in result.rows.rows[0]]
    return "\n".join(f"- {head}: **{value}**" for head, value in zip(heads, values, strict=True))


def details_markdown(answer: Answer, result: DataResult, links: Mapping[str, str]) -> str:
    """Return what stands below: the statement, the files, and what is to be known of the data.

    Args:
        answer: The answer with its notes.
        result: What the database gave.
        links: Addresses of files with all rows, by what a link is called.
    """
    files = " · ".join(f"[{name}]({address})" for name, address in links.items())
    parts = ["##### How it was computed", code(result.sql)]
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


def _heads(columns: Sequence[str], units: Mapping[str, str]) -> list[str]:
    """Return the columns' heads, each once: the page keeps cells by head, and reads a dot as a path."""
    heads: list[str] = []
    for name in columns:
        head = heading(name, units).replace(".", "\u2024") or "column"
        count = sum(one == head or one.startswith(f"{head} #") for one in heads)
        heads.append(f"{head} #{count + 1}" if count else head)
    return heads


def _cell(value: object) -> object:
    """Return a value that sorts as what it is: numbers as numbers, moments from the year on."""
    match value:
        case None | int():
            return cell_text(value) if isinstance(value, bool) else value
        case Decimal() | float():
            number = round(float(value), _PLACES)
            return number if abs(number) < float("inf") else str(number)
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S")
        case date():
            return value.isoformat()
        case _:
            return cell_text(value)[:_LONGEST]
