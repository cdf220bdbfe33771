"""The page of costs: what it says, and that names in it are only text."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from assistant.api.routes import costs
from assistant.domain.answers import Destination
from assistant.domain.costs import Budget, Price, Tally
from assistant.domain.people import Role
from assistant.domain.statements import By, Statement, Used

pytestmark = pytest.mark.anyio
HOSTILE = '<script>alert(1)</script>"><img src=https://example.com/x>'
TODAY = datetime.now(UTC).date()
PRICE = Price(Decimal("0.000003"), Decimal("0.000015"))
TALLIES = (
    Tally(TODAY, HOSTILE, "analyst", HOSTILE, Destination.CLOUD, 1, 5000, 300, Decimal("0.0195")),
    Tally(TODAY, "bob", "viewer", "qwen3:8b", Destination.LOCAL, 3, 9000, 600),
)


@dataclass
class Counted:
    """A meter that counted these."""

    tallies: tuple = TALLIES
    asked: list = field(default_factory=list)

    async def statement(self, days):
        self.asked.append(days)
        budgets = (
            Used(Budget(Decimal(1)), Decimal("0.0195")),
            Used(Budget(Decimal(0), who=HOSTILE), Decimal(0)),
            Used(Budget(Decimal("0.01"), role=Role.ANALYST), Decimal("0.0195")),
        )
        return Statement(days, HOSTILE, PRICE, False, budgets, self.tallies)


def app(**given):
    return SimpleNamespace(meter=Counted(**given))


async def test_the_page_says_share_spend_and_saving():
    shown = (await costs.show(app(), days=14)).body.decode()
    assert "75%" in shown
    assert "3 of 4 answers" in shown
    assert "0.0195 USD" in shown
    assert "0.0360 USD" in shown  # 9,000 read and 600 written at the cloud model's price
    assert "Of everybody: 0.0195 of 1.00 USD" in shown
    assert "its own is not known" in shown


async def test_a_name_is_only_text():
    page = await costs.show(app(), days=14)
    shown = page.body.decode()
    assert "<script" not in shown
    assert "<img" not in shown
    assert "&lt;script&gt;" in shown
    assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_an_empty_ledger_has_a_page():
    shown = (await costs.show(app(tallies=()), days=366)).body.decode()
    assert "No question was answered yet" in shown
    assert "none" in shown


async def test_the_figures_are_json_too():
    told = await costs.costs(app(), By.USER, 7)
    assert [row["user"] for row in told["rows"]] == [HOSTILE, "bob"]
    assert told["total"]["answers"] == 4
    assert told["total"]["saving_usd"] == pytest.approx(0.036)
    assert told["budgets"][2] == {
        "user": None,
        "role": "analyst",
        "usd_per_day": 0.01,
        "used_today_usd": 0.0195,
    }
