"""Chooses a chart by the shape of a result, and draws it as Plotly's JSON.

    a time and a number          line   (several lines by a category of few values)
    a category and a number      bar    (the largest first, 30 at most)
    two numbers                  scatter
    one number over many rows    histogram
    one row, ids, texts          nothing: a drawing would say no more than the table

The drawing is plain data: nothing of Plotly is imported, and nothing in it is loaded from elsewhere.
Colours keep a contrast of 3 to 1 on white and on black; texts of the data are escaped, because Plotly
takes some HTML.
"""

import html
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from assistant.domain.queries import Chart, ChartKind
from assistant.domain.sql import SqlRows
from assistant.nl2sql.formats import head, shown
from assistant.nl2sql.wording import is_key, name_in_words

MOST_BARS = 30
"""The bars of one chart; the largest are drawn."""
COLOURS = (
    "#3d7fc1", "#c96f1b", "#2f8f63", "#b8559a", "#7d72cf", "#8f7a00", "#2d8c9e", "#cc4a58",
)  # fmt: skip
"""Of lines and bars, in order."""
_GREY = "#797d84"
_SCALES = ((1e12, " trn"), (1e9, " bn"), (1e6, " m"))
_MOST_LINES = 4  # numbers in one chart
_MOST_SERIES = len(COLOURS)
_FEWEST_POINTS = 5
_MANY_ROWS = 12
_LONGEST = 60  # characters of a name in a chart
_Row = Sequence[object]


def choose(rows: SqlRows, units: Mapping[str, str]) -> Chart | None:
    """Return the chart that fits a result; None where a drawing says nothing."""
    if len(rows.rows) < 2 or len(set(rows.columns)) < len(rows.columns):
        return None
    kinds = {
        name: _kind(name, [row[i] for row in rows.rows]) for i, name in enumerate(rows.columns)
    }
    of = {kind: [name for name in rows.columns if kinds[name] == kind] for kind in _KINDS}
    numbers = of["number"]
    if not numbers or of["other"] or (of["key"] and (of["category"] or of["time"])):
        return None
    alike = _alike(numbers, units)
    if len(of["time"]) == 1:
        return _over_time(rows, of["time"][0], of["category"], alike)
    if of["time"]:
        return None
    if names := of["category"] or of["key"]:
        return _by_category(rows, names, alike)
    return _of_numbers(rows, numbers)


_KINDS = ("time", "number", "category", "key", "other")


def _kind(name: str, values: Sequence[object]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "other"
    if all(isinstance(value, datetime | date) for value in known):
        return "time"
    if all(isinstance(value, int | float | Decimal) and value is not True for value in known):
        whole = all(isinstance(value, int) for value in known)
        if is_key(name) and whole:
            return "time" if name.lower().endswith("year") else "key"
        return "number" if all(_finite(value) for value in known) else "other"
    return "category" if all(isinstance(value, str | bool) for value in known) else "other"


def _finite(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and abs(float(value)) < float("inf")


def _alike(numbers: Sequence[str], units: Mapping[str, str]) -> tuple[str, ...]:
    """Return the numbers that can share an axis with the first: those of its unit."""
    unit = units.get(numbers[0], "")
    return tuple(one for one in numbers if units.get(one, "") == unit)[:_MOST_LINES]


def _over_time(
    rows: SqlRows, x: str, categories: Sequence[str], numbers: tuple[str, ...]
) -> Chart | None:
    if len(rows.rows) < 3 and not categories:
        return None
    if not categories and _distinct(rows, x):
        return _chart(ChartKind.LINE, x, numbers)
    if len(categories) == 1 and _distinct(rows, x, categories[0]):
        if len(_values(rows, categories[0])) == 1:
            return _chart(ChartKind.LINE, x, numbers)
        if len(_values(rows, categories[0])) <= _MOST_SERIES:
            several = len(_values(rows, x)) > 1
            return _chart(ChartKind.LINE, x, numbers[:1], categories[0]) if several else None
    return None


def _by_category(rows: SqlRows, names: Sequence[str], numbers: tuple[str, ...]) -> Chart | None:
    if len(names) == 1 and _distinct(rows, names[0]):
        return _chart(ChartKind.BAR, names[0], numbers)
    if len(names) == 2 and _distinct(rows, *names):
        series = min(names, key=lambda name: len(_values(rows, name)))
        x = next(name for name in names if name != series)
        if len(_values(rows, series)) <= _MOST_SERIES:
            return _chart(ChartKind.BAR, x, numbers[:1], series)
    return None


def _of_numbers(rows: SqlRows, numbers: Sequence[str]) -> Chart | None:
    if len(numbers) == 1:
        many = len(rows.rows) >= _MANY_ROWS and len(_values(rows, numbers[0])) > 2
        return _chart(ChartKind.HISTOGRAM, numbers[0], ()) if many else None
    if len(numbers) != 2:
        return None
    x, y = numbers
    if len(rows.rows) <= MOST_BARS and _distinct(rows, x) and _is_whole(rows, x):
        return _chart(ChartKind.BAR, x, (y,))
    return _chart(ChartKind.SCATTER, x, (y,)) if len(rows.rows) >= _FEWEST_POINTS else None


def _is_whole(rows: SqlRows, name: str) -> bool:
    values = [value for value in _column(rows, name) if value is not None]
    return all(float(str(value)).is_integer() and abs(float(str(value))) < 1000 for value in values)


def _chart(kind: ChartKind, x: str, y: tuple[str, ...], series: str = "") -> Chart:
    what = " and ".join(name_in_words(one) for one in y)
    title = f"{what} by {name_in_words(x)}" if what else f"How {name_in_words(x)} is spread"
    title += f" and {name_in_words(series)}" if series else ""
    return Chart(kind, x, y, series, title[:1].upper() + title[1:])


def _column(rows: SqlRows, name: str) -> list[object]:
    place = rows.columns.index(name)
    return [row[place] for row in rows.rows]


def _values(rows: SqlRows, name: str) -> set[object]:
    return set(_column(rows, name))


def _distinct(rows: SqlRows, *names: str) -> bool:
    keys = list(zip(*(_column(rows, name) for name in names), strict=True))
    return len(set(keys)) == len(keys)


def figure(chart: Chart, rows: SqlRows, units: Mapping[str, str]) -> dict[str, Any]:
    """Return the drawing of a result: `data` and `layout` as Plotly reads them.

    Args:
        chart: What to draw, of these rows.
        rows: The result.
        units: The units of its columns.
    """
    drawn = _sorted(chart, rows)
    y_unit = units.get(chart.y[0], "") if chart.y else ""
    return {
        "data": _traces(chart, drawn, units),
        "layout": {
            "title": {"text": _safe(_titled(chart, rows)), "font": {"size": 15}},
            "font": {"family": "system-ui, sans-serif", "size": 12, "color": _GREY},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": list(COLOURS),
            "margin": {"l": 70, "r": 20, "t": 50, "b": 60},
            "showlegend": bool(chart.series) or len(chart.y) > 1,
            "legend": {"orientation": "h", "y": -0.25},
            "barmode": "group",
            "xaxis": _x_axis(chart, drawn, units),
            "yaxis": _y_axis(chart, y_unit, _scale(chart, rows)),
        },
    }


def _titled(chart: Chart, rows: SqlRows) -> str:
    bars, title = len(_values(rows, chart.x)), chart.title
    if chart.kind is ChartKind.BAR and bars > MOST_BARS and not _is_ordered(rows, chart.x):
        title += f" (the {MOST_BARS} largest of {bars})"
    if rows.read > len(rows.rows):
        title += f" (of the first {len(rows.rows):,} of {rows.read:,} rows)"
    return title


def _scale(chart: Chart, rows: SqlRows) -> tuple[float, str]:
    """Return what the drawn numbers are divided by, and what stands behind them then."""
    values = [abs(_as_float(one) or 0) for y in chart.y for one in _column(rows, y)]
    most = max(values, default=0)
    return next((scale for scale in _SCALES if most >= 2 * scale[0]), (1, ""))


def _sorted(chart: Chart, rows: SqlRows) -> SqlRows:
    """Return the rows in the order they are drawn in: by time, or the largest bars first."""
    place = rows.columns.index(chart.x)
    if chart.kind is ChartKind.LINE or (chart.kind is ChartKind.BAR and _is_ordered(rows, chart.x)):
        kept = [row for row in rows.rows if row[place] is not None]
        ordered = sorted(kept, key=lambda row: _sortable(row[place]))
    elif chart.kind is ChartKind.BAR:
        ordered = _largest(chart, rows, place)
    else:
        ordered = list(rows.rows)
    return replace(rows, rows=tuple(tuple(row) for row in ordered))


def _is_ordered(rows: SqlRows, x: str) -> bool:
    return _kind(x, _column(rows, x)) in {"number", "time"}


def _sortable(value: object) -> float:
    match value:
        case datetime():
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
        case date():
            return float(value.toordinal())
        case _:
            return float(str(value))


def _largest(chart: Chart, rows: SqlRows, place: int) -> list[tuple[object, ...]]:
    y = rows.columns.index(chart.y[0])
    total: dict[object, float] = {}
    for row in rows.rows:
        total[row[place]] = total.get(row[place], 0) + (_as_float(row[y]) or 0)
    first = sorted(total, key=lambda name: (-total[name], str(name)))[:MOST_BARS]
    rank = {name: number for number, name in enumerate(first)}
    kept = [row for row in rows.rows if row[place] in rank]
    return sorted(kept, key=lambda row: rank[row[place]])


def _traces(chart: Chart, rows: SqlRows, units: Mapping[str, str]) -> list[dict[str, Any]]:
    x = _column(rows, chart.x)
    if chart.kind is ChartKind.HISTOGRAM:
        spread = {"type": "histogram", "x": [_plain(one) for one in x]}
        return [spread | {"marker": {"color": COLOURS[0]}, "name": head(chart.x)}]
    if chart.series:
        which = _column(rows, chart.series)
        lines: dict[object, list[_Row]] = {}
        for one, row in zip(which, rows.rows, strict=True):
            lines.setdefault(one, []).append(row)
        return [
            _trace(chart, number, shown(one) or "(none)", lines[one], rows, chart.y[0], units)
            for number, one in enumerate(sorted(lines, key=str))
        ]
    return [
        _trace(chart, number, head(y), rows.rows, rows, y, units)
        for number, y in enumerate(chart.y)
    ]


def _trace(
    chart: Chart, number: int, name: str, drawn: Sequence[_Row], rows: SqlRows, y: str,
    units: Mapping[str, str],
) -> dict[str, Any]:  # fmt: skip
    places = rows.columns.index(chart.x), rows.columns.index(y)
    colour = COLOURS[number % len(COLOURS)]
    looks: dict[ChartKind, dict[str, Any]] = {
        ChartKind.BAR: {"type": "bar", "marker": {"color": colour}},
        ChartKind.SCATTER: {"type": "scatter", "mode": "markers", "marker": {"color": colour}},
        ChartKind.LINE: {"type": "scatter", "mode": "lines", "line": {"color": colour, "width": 2}},
        ChartKind.HISTOGRAM: {"type": "histogram"},
    }
    before, after = _around(units.get(y, ""))
    scale, large = _scale(chart, rows)
    values = (_as_float(row[places[1]]) for row in drawn)
    return looks[chart.kind] | {
        "name": _safe(name),
        "x": [_plain(row[places[0]]) for row in drawn],
        "y": [None if value is None else value / scale for value in values],
        "hovertemplate": f"%{{x}}<br>{before}%{{y:,.4~f}}{large}{after}<extra>{_safe(name)}</extra>",
    }


def _x_axis(chart: Chart, rows: SqlRows, units: Mapping[str, str]) -> dict[str, Any]:
    unit = units.get(chart.x, "")
    axis: dict[str, Any] = {"title": _axis_title(head(chart.x, unit)), "gridcolor": _GRID}
    axis |= {"automargin": True, "zerolinecolor": _GREY}
    if chart.kind is ChartKind.BAR:
        return axis | {"type": "category", "showgrid": False}
    values = [one for one in _column(rows, chart.x) if one is not None]
    if values and isinstance(values[0], date):
        return axis | {"type": "date"}
    return axis | {"tickformat": "d" if is_key(chart.x) else ",~f"} | _marked(unit)


_GRID = "rgba(127,127,127,0.25)"


def _axis_title(text: str) -> dict[str, Any]:
    return {"text": _safe(text), "standoff": 12}


def _y_axis(chart: Chart, unit: str, scale: tuple[float, str]) -> dict[str, Any]:
    title = "number of rows" if chart.kind is ChartKind.HISTOGRAM else head(chart.y[0], unit)
    if len(chart.y) > 1:
        title = unit
    shape = {"title": _axis_title(title), "gridcolor": _GRID, "zerolinecolor": _GREY}
    return shape | {"automargin": True, "tickformat": ",~f"} | _marked(unit, scale[1])


def _marked(unit: str, large: str = "") -> dict[str, str]:
    before, after = _around(unit)
    return {"tickprefix": before, "ticksuffix": f"{large}{after}"}


def _around(unit: str) -> tuple[str, str]:
    return ("$", "") if unit == "USD" else ("", "%" if unit == "%" else "")


def _plain(value: object) -> object:
    match value:
        case datetime():
            utc = value.astimezone(UTC) if value.tzinfo else value
            return utc.replace(tzinfo=None).isoformat(sep=" ")
        case date():
            return value.isoformat()
        case int() | float() | Decimal() if not isinstance(value, bool):
            return value if isinstance(value, int) else float(value)
        case _:
            return _name(value)


def _name(value: object) -> str:
    return _safe(shown(value) or "(none)")


def _safe(text: str) -> str:
    cut = text if len(text) <= _LONGEST * 2 else f"{text[: _LONGEST * 2]}…"
    return html.escape(cut, quote=False)


def _as_float(value: object) -> float | None:
    return float(value) if isinstance(value, int | float | Decimal) else None
