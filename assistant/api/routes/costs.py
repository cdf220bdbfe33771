"""GET /api/v1/costs as JSON, and the page `/costs`: what language models cost, and what was saved.

The page is made on the server and has no script; its bars are SVG, so nothing is fetched from
anywhere else.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from assistant.accounts import costs_json
from assistant.api.pages import html
from assistant.api.schemas import CurrentApp
from assistant.domain.statements import By, Line
from assistant.wire import Json

router = APIRouter(prefix="/costs", tags=["costs"])
page = APIRouter(prefix="/costs", include_in_schema=False)

_Days = Annotated[int, Query(ge=1, le=366, description="How many days (UTC), with today.")]
_SHOWN_DAYS = 14
_DRAWN = 31  # bars


@router.get("", summary="What language models cost, and what was saved")
async def costs(app: CurrentApp, by: By = By.DAY, days: _Days = 30) -> Json:
    """Return a row a day, user or model, and today's budgets. Money is in US dollars."""
    return costs_json(await app.meter.statement(days), by)


@page.get("")
async def show(app: CurrentApp, days: _Days = _SHOWN_DAYS, theme: str = "") -> HTMLResponse:
    """Return the page."""
    statement = await app.meter.statement(days)
    by_day = statement.lines(By.DAY)
    return html(
        "costs.html",
        statement=statement,
        total=statement.total,
        by_day=by_day,
        chart=_every_day(by_day, days),
        by_model=statement.lines(By.MODEL),
        by_user=statement.lines(By.USER),
        longest=max((line.answers for line in by_day), default=0),
        theme=theme,
        share=_percent(statement.total),
        used=[(one, _width(one.usd, one.budget.usd)) for one in statement.budgets],
    )


def _every_day(counted: Sequence[Line], days: int) -> list[Line]:
    """Return a line for each of the last days, oldest first, also where nothing was counted."""
    known = {line.name: line for line in counted}
    today = datetime.now(UTC).date()
    names = [str(today - timedelta(days=back)) for back in range(min(days, _DRAWN) - 1, -1, -1)]
    return [known.get(name, Line(name)) for name in names]


def _percent(line: Line) -> str:
    return "none" if line.share_without_cloud is None else f"{line.share_without_cloud:.0%}"


def _width(part: Decimal, whole: Decimal) -> float:
    """Return how far a bar of 100 is filled."""
    return float(min(Decimal(100), 100 * part / whole)) if whole else 100.0
