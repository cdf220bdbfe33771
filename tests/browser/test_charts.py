"""Charts as Chromium draws them with Plotly's own script, in light and dark, with nothing from outside."""

import json
from importlib import resources

import pytest

from assistant.domain.sql import SqlRows
from assistant.nl2sql.charts import choose, figure
from tests.unit.nl2sql.test_charts import SHAPES

MARKS = ".scatterlayer path, .barlayer path"
PLOTLY = resources.files("plotly") / "package_data" / "plotly.min.js"


@pytest.mark.parametrize("ground", ["#ffffff", "#1a1a1a"])
def test_every_shape_is_drawn(chromium, ground):
    results = [
        SqlRows(tuple(columns.split()), tuple(rows), False, 0.0) for columns, rows, *_ in SHAPES
    ]
    figures = [figure(choose(rows, {}), rows, {}) for rows in results]
    page = chromium.new_page(viewport={"width": 420, "height": 900})
    outside, errors = [], []
    page.on("request", lambda request: outside.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_content(f"<body style='background:{ground}'>")
    page.add_script_tag(content=PLOTLY.read_text("utf-8"))
    for number, drawn in enumerate(figures):
        marks, title = page.evaluate(
            """async ([number, drawn, marks]) => {
                const place = document.body.appendChild(document.createElement("div"));
                place.style.height = "320px";
                await Plotly.newPlot(place, drawn.data, drawn.layout);
                return [place.querySelectorAll(marks).length, place.querySelector(".gtitle").textContent];
            }""",
            [number, json.loads(json.dumps(drawn)), MARKS],
        )
        assert marks > 0, drawn["layout"]["title"]
        assert title == choose(results[number], {}).title
    page.close()
    assert outside == []
    assert errors == []
