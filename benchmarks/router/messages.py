"""The messages the router's classifiers learn from: our own, with slots filled by a fixed seed.

`training.txt` holds a message a line: intent | why it is sensitive, or - | simple or complex | text,
then, after `<<<`, the message before it. `{co}` is a company, `{t}` a symbol, `{n}` a number of shares ...
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("training.txt")
_COMPANIES = [
    "Apple",
    "Microsoft",
    "Nike",
    "Pepsi",
    "Boeing",
    "Intel",
    "Ford",
    "Walmart",
    "Costco",
    "Tesla",
    "Amazon",
    "Netflix",
    "Pfizer",
    "Merck",
    "JPMorgan",
    "Citigroup",
    "Exxon",
    "Chevron",
    "3M",
    "Adobe",
    "Oracle",
    "Caterpillar",
    "Coca-Cola",
    "Home Depot",
    "Lockheed Martin",
    "American Express",
    "Best Buy",
    "CVS Health",
    "General Mills",
    "Johnson & Johnson",
    "Kraft Heinz",
    "Verizon",
]
_SYMBOLS = [
    "AAPL",
    "MSFT",
    "NVDA",
    "TSLA",
    "AMZN",
    "META",
    "GOOGL",
    "JPM",
    "XOM",
    "NFLX",
    "AMD",
    "INTC",
    "NKE",
    "PEP",
    "BA",
    "F",
    "GM",
    "WMT",
    "DIS",
    "KO",
]
_NAMES = [
    "Maria Lopez",
    "John Carter",
    "Aisha Khan",
    "Wei Zhang",
    "Hans Becker",
    "Chloe Martin",
    "Luca Rossi",
    "Emma Olsen",
    "David Cohen",
    "Sofia Marino",
    "Kenji Sato",
    "Olga Petrova",
    "Daniel Brown",
    "Fatima Noor",
]
_CLIENTS = ["Hartwell Trust", "Northgate Pension", "Silverlake Family Office", "Brandt Holding"]
_SLOT = re.compile(r"\{(\w+?)(\d?)\}")


@dataclass(frozen=True)
class Message:
    """A labelled message. `group` is the line it was made from."""

    group: int
    intent: str
    sensitive: bool
    complex: bool
    text: str
    previous: str = ""


def messages(copies: int = 3, seed: int = 7) -> Iterator[Message]:
    """Yield every line, filled up to `copies` times where it has slots."""
    chance = random.Random(seed)
    lines = [line for line in SOURCE.read_text("utf-8").splitlines() if line.strip()]
    for group, line in enumerate(lines):
        intent, why, complexity, rest = line.split("|", 3)
        for _ in range(copies if _SLOT.search(rest) else 1):
            text, _, previous = _filled(rest, chance).partition(" <<< ")
            yield Message(group, intent, why != "-", complexity == "c", text, previous)


def _filled(text: str, chance: random.Random) -> str:
    chosen: dict[str, str] = {}

    def fill(slot: re.Match[str]) -> str:
        if slot[0] not in chosen:
            value = _value(slot[1], chance)
            while value in chosen.values():
                value = _value(slot[1], chance)
            chosen[slot[0]] = value
        return chosen[slot[0]]

    return _SLOT.sub(fill, text)


def _value(slot: str, chance: random.Random) -> str:
    number = chance.randint
    made = {
        "co": lambda: chance.choice(_COMPANIES),
        "d": lambda: str(number(1, 9)),
        "t": lambda: _cased(chance.choice(_SYMBOLS), chance),
        "y": lambda: str(number(2015, 2026)),
        "n": lambda: chance.choice([f"{number(1, 90)}00", f"{number(1, 90)}k", f"{number(1, 9)},{number(100, 999)}"]),
        "p": lambda: f"{number(8, 900)}.{number(0, 99):02}" if chance.random() < 0.6 else str(number(8, 900)),
        "m": lambda: chance.choice([f"${number(2, 900)}k", f"{number(2, 90)} million", f"${number(10, 999)},000", f"€{number(2, 40)}m"]),
        "name": lambda: chance.choice(_NAMES),
        "client": lambda: chance.choice(_CLIENTS),
        "user": lambda: chance.choice(["j.carter", "omar2", "trader_17", "lena.b", "mike88", "chen.w", "sara", "bob"]),
        "acct": lambda: chance.choice([f"U{number(1000000, 9999999)}", str(number(10000000, 99999999)), f"AC-{number(10000, 99999)}"]),
        "proj": lambda: chance.choice(["Falcon", "Orion", "Maple", "Neptune", "Granite"]),
        "dob": lambda: chance.choice([f"{number(1, 28)}.{number(1, 12)}.{number(1950, 2004)}", f"{number(1950, 2004)}-0{number(1, 9)}-1{number(0, 9)}"]),
        "phone": lambda: chance.choice([f"+1 415 555 0{number(100, 199)}", f"+49 151 {number(1000000, 9999999)}", f"(212) 555-0{number(100, 199)}"]),
        "email": lambda: chance.choice(["m.lopez", "jcarter", "aisha", "hb77"]) + "@" + chance.choice(["example.com", "mail.example.org"]),
        "ssn": lambda: f"{number(100, 650)}-{number(10, 99)}-{number(1000, 9999)}",
        "pw": lambda: chance.choice(["Sommer2024!", "hunter42", "Pa55w0rd#", "qwertz123", "Tr0ub4dor&3"]),
        "key": lambda: chance.choice(["sk-live-", "sk-or-v1-", "ghp_", "AKIA"]) + "".join(chance.choices("abcdef0123456789XYZ", k=24)),
        "jwt": lambda: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0." + "".join(chance.choices("abcDEF012", k=16)),
        "coded": lambda: chance.choice(["cGFzczpTZWNyZXQxMjM=", "YWRtaW46bGV0bWVpbjQy", "bG9naW46cXdlcnR6OTk="]),
        "iban": lambda: chance.choice(["DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819"]),
        "card": lambda: chance.choice(["4111 1111 1111 1111", "5500-0000-0000-0004"]),
    }  # fmt: skip
    return made[slot]()


def _cased(symbol: str, chance: random.Random) -> str:
    return symbol.lower() if chance.random() < 0.25 else symbol
