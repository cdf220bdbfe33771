"""Who trades in the sample: sixty people who do not exist, and their portfolios."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from assistant.domain.trading import MarketRows
from assistant.samples.market.listing import LAST_DAY, listed

_FIRST = """
Amara Beatriz Callum Dalia Emeka Farida Gideon Hanna Ilse Jonas Keiko Liora Mateo Nadia Oskar Priya Quentin
Rosa Samir Tove Ulla Viktor Wanda Ximena Yusuf Zora
"""
_LAST = """
Adeyemi Brandt Castellano Dubois Eriksen Fairweather Gupta Halloran Ito Jansen Kowalski Lindqvist Moreau
Novak Okafor Petrov Quispe Rahman Sokolov Tanaka Underhill Vasquez Whitlock Yamada Zeller
"""
_SEGMENTS = (
    *("short_term_trader", "long_term_investor", "short_term_trader"),
    *("portfolio_manager", "long_term_investor", "quant"),
) * 10
_PORTFOLIOS = ("Core", "Retirement", "Practice")
_STRATEGIES = ("growth", "value", "income", "momentum", "index", "long_short")


@dataclass(frozen=True, slots=True)
class Holder:
    """A portfolio and what its owner does with it. `since` is the first day that it trades."""

    portfolio_id: int
    user_id: int
    name: str
    strategy: str
    currency: str
    benchmark: str
    is_paper: bool
    since: date
    segment: str
    favourites: tuple[str, ...]


@dataclass(frozen=True)
class Accounts:
    """The rows of `users`, and the portfolios."""

    users: MarketRows
    holders: tuple[Holder, ...]


def accounts() -> Accounts:
    """Return the account holders and their portfolios."""
    random = Random(43)  # noqa: S311 -- a sample, no secret
    rows, holders = list[tuple[object, ...]](), list[Holder]()
    for number, segment in enumerate(_SEGMENTS, 1):
        joined = date(2023, 1, 9) + timedelta(days=int(1080 * random.random() ** 1.6))
        watchlist = tuple(sorted(random.sample([one.symbol for one in listed()], 8)))
        rows.append(_user(random, number, segment, joined, watchlist))
        for name in _PORTFOLIOS[: random.choice((1, 2, 2, 3))]:
            holders.append(
                Holder(
                    *(len(holders) + 1, number, name, random.choice(_STRATEGIES)),
                    *(random.choice(("USD",) * 8 + ("EUR", "GBP")), random.choice(("SPY", "QQQ"))),
                    *(name == "Practice", joined + timedelta(days=random.randint(0, 25))),
                    *(segment, watchlist),
                )
            )
    columns = (
        "user_id username full_name email password_hash tax_id country segment risk_tolerance "
        "experience kyc_status is_active created_at last_login preferences"
    )
    return Accounts(MarketRows(tuple(columns.split()), rows), tuple(holders))


def moment(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """Return a moment of a day in UTC."""
    return datetime.combine(day, time(hour, minute, second, tzinfo=UTC))


def _user(
    random: Random, number: int, segment: str, joined: date, watchlist: tuple[str, ...]
) -> tuple[object, ...]:
    first, last = random.choice(_FIRST.split()), random.choice(_LAST.split())
    name = f"{first}.{last}{number}".lower()
    seen = LAST_DAY - timedelta(days=random.choice((0, 0, 0, 1, 1, 2, 4, 8, 21, 60)))
    seen = max(seen, joined)
    preferences = {
        "theme": random.choice(("dark", "light")),
        "alerts": {"email": random.random() < 0.7, "push": random.random() < 0.5},
        "default_horizon": random.choice(("1d", "5d", "20d")),
        "watchlist": watchlist,
    }
    return (
        *(number, name, f"{first} {last}", f"{name}@example.com", "", f"sample-{number:04}"),
        *(random.choice(("US",) * 5 + ("GB", "DE", "CA", "FR", "JP", "IN")), segment),
        random.choice(("conservative", "moderate", "moderate", "aggressive")),
        random.choice(("beginner", "intermediate", "advanced")),
        random.choice(("verified",) * 8 + ("pending", "rejected")),
        *(random.random() < 0.92, moment(joined, 9, random.randint(0, 59))),
        moment(seen, 12, random.randint(0, 59)) if random.random() < 0.96 else None,
        json.dumps(preferences, sort_keys=True),
    )
