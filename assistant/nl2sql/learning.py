"""Drafts a semantic layer for a database that nobody described, as a file for somebody to review.

What is certain comes from the database: comments, limited values, keys. The rest is guessed from names
(`unit_price` is called "unit price", and "price"), and the file says what to look at. A value is named
only where everybody may see it.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from assistant.domain.sql import ReadableSchema, ReadableTable
from assistant.nl2sql.schema import Survey

_MOST_SHOWN = 7  # columns of a list
_MOST_TOLD = 12  # stored values that are named for the reviewer
_NUMERIC = ("numeric", "double", "real", "integer", "bigint", "smallint", "money")
_TIMES = ("timestamp", "date")
_SHORT = {
    "qty": "quantity", "amt": "amount", "num": "number", "no": "number", "nr": "number", "cust": "customer",
    "prod": "product", "addr": "address", "descr": "description", "desc": "description", "dob": "date of birth",
    "pct": "percent", "avg": "average", "cnt": "count", "bal": "balance", "acct": "account", "txn": "transaction",
    "inv": "invoice", "tel": "phone", "dept": "department", "emp": "employee", "mgr": "manager", "cat": "category",
    "org": "organisation", "lang": "language", "img": "image", "ref": "reference", "max": "maximum",
    "min": "minimum", "curr": "currency", "ts": "time", "dt": "date", "yr": "year", "mth": "month", "grp": "group",
}  # fmt: skip
_ALSO = {
    "customer": ("client", "buyer"), "product": ("item", "article"), "employee": ("staff", "worker"),
    "order": ("purchase",), "amount": ("sum", "value"), "quantity": ("amount", "how many"),
    "price": ("cost",), "revenue": ("sales", "income"), "country": ("nation",), "city": ("town",),
    "phone": ("telephone",), "supplier": ("vendor",), "invoice": ("bill",), "status": ("state",),
    "category": ("kind", "type"), "department": ("team",), "salary": ("pay", "wage"), "name": ("called",),
    "rating": ("score", "stars"), "discount": ("reduction",), "shipment": ("delivery",),
    "payment": ("transaction",), "store": ("shop", "branch"), "ticket": ("case",), "user": ("account",),
    "vehicle": ("car",), "patient": ("case",), "student": ("pupil",), "teacher": ("instructor",),
}  # fmt: skip
_ENDINGS = {"at", "on", "date", "time", "id", "code", "percent", "usd", "eur", "gbp", "kg", "km"}
_RATES = set("price pct percent percentage rate ratio score rating age avg average".split())  # noqa: SIM905
_HEAD = """\
# What the database means: drafted from its names, comments, keys and values. Please review:
#  - `says`: a sentence a table and a column. Empty ones have no comment in the database.
#  - `synonyms`: what people call it. Those here are split from names; add the words of your field.
#  - `values`: words that people use for stored values ("cancelled" = "X"). Stored ones are found by themselves.
#  - `time`: the column that "last month" is about. `shown`: the columns of a list. `owner`: whose row it is.
#  - `unit`: USD, kg, %, ... Empty: none is shown.
#  - `named_by`: the column with the names that people use for a code.
#  - [[metrics]]: figures with their SQL. Sums and averages are guessed from numbers; delete what is no measure.
# Use it: AEI_SQL_LAYER=<this file>. A word that it has no place for is an error, so nothing is lost by a typo.
"""


def draft(survey: Survey) -> str:
    """Return the draft of a layer in TOML, for the tables of a survey."""
    parts = [_HEAD]
    for table in survey.schema.tables.values():
        parts.append("\n".join(_table(table, survey)))
    parts += ["\n".join(_join(*one)) for one in _guessed_joins(survey.schema)]
    for table in survey.schema.tables.values():
        parts += ["\n".join(one) for one in _metrics(table, _keys(survey.schema))]
    return "\n\n".join(parts) + "\n"


def called(name: str, table: str = "") -> tuple[str, ...]:
    """Return what people may call a column or table, from its name.

    Args:
        name: As the database has it.
        table: The table that a column is in, whose name it may begin with.
    """
    words = [_SHORT.get(word, word) for word in _words(name)]
    whole = " ".join(words)
    found = [whole]
    of = [_singular(word) for word in _words(table)]
    if of and words[: len(of)] == of and len(words) > len(of):
        words = words[len(of) :]
        found.append(" ".join(words))
    while len(words) > 1 and words[-1] in _ENDINGS:
        words = words[:-1]
        found.append(" ".join(words))
    if len(words) > 1 and len(words[-1]) > 2:
        found.append(words[-1])
    found += [also for word in words[-1:] for also in _ALSO.get(_singular(word), ())]
    return tuple(dict.fromkeys(one for one in found if one and one not in _ENDINGS))


def _table(table: ReadableTable, survey: Survey) -> Iterator[str]:
    yield f"[tables.{_key(table.name)}]"
    yield f"says = {_text(table.comment)}"
    yield f"synonyms = {_list(called(table.name))}"
    if time := _time(table):
        yield f"time = {_text(time)}"
    owners = [one for one in ("user_id", "owner_id") if table.owned and one in table.columns]
    yield from (f"owner = {_text(one)}" for one in owners[:1])
    yield f"shown = {_list(_shown(table))}"
    for column in table.columns:
        yield from _column(column, table, survey)


def _column(column: str, table: ReadableTable, survey: Survey) -> Iterator[str]:
    yield f"[tables.{_key(table.name)}.columns.{_key(column)}]"
    stored = survey.values.get(f"{table.name}.{column}", ())
    if stored and len(stored) <= _MOST_TOLD:
        yield "# stored: " + ", ".join(map(_text, stored))
    yield f"says = {_text(table.comments.get(column, ''))}"
    yield f"synonyms = {_list(called(column, table.name))}"
    if unit := _unit(column, table.columns[column]):
        yield f"unit = {_text(unit)}"
    if _named_by(column, table):
        yield 'named_by = "name"'
    if choices := table.choices.get(column):
        words = ((one.casefold().replace("_", " "), one) for one in choices)
        yield "values = { " + ", ".join(f"{_text(w)} = {_text(v)}" for w, v in words) + " }"


def _time(table: ReadableTable) -> str:
    """Return the column that a period is most likely about: the day of the thing itself."""
    times = [one for one, kind in table.columns.items() if kind.startswith(_TIMES)]
    of = {word[:4] for word in _words(table.name)}
    own = [one for one in times if of & {word[:4] for word in _words(one)}]
    born = [
        one for one in times if {"created", "placed", "occurred", "happened"} & set(_words(one))
    ]
    return next(iter([*own, *born, *times]), "")


def _shown(table: ReadableTable) -> list[str]:
    plain = [one for one, kind in table.columns.items() if not kind.startswith("json")]
    return plain[:_MOST_SHOWN]


def _unit(column: str, kind: str) -> str:
    words = set(_words(column))
    if kind.startswith(_NUMERIC) and words & {"pct", "percent", "percentage"}:
        return "%"
    return next((word.upper() for word in ("usd", "eur", "gbp", "kg", "km") if word in words), "")


def _named_by(column: str, table: ReadableTable) -> bool:
    text = table.columns[column].startswith(("text", "character", "varchar"))
    return text and table.key == (column,) and "name" in table.columns and column != "name"


def _metrics(table: ReadableTable, keys: set[str]) -> Iterator[list[str]]:
    name = table.name
    thing = " ".join(_words(name))
    yield _metric(f"number of {thing}", "count(*)", name, (f"{_singular(thing)} count",))
    measures = [
        one
        for one, kind in table.columns.items()
        if kind.startswith(_NUMERIC) and f"{name}.{one}" not in keys and not _counts_nothing(one)
    ]
    for one in measures:
        said, place = called(one, name), f"{name}.{one}"
        if not _RATES & set(_words(one)):
            totals = [f"{word} {other}" for other in said[:2] for word in ("total", "sum of")]
            yield _metric(totals[0], f"sum({place})", name, totals[1:])
        means = [f"{word} {other}" for other in said[:2] for word in ("average", "mean")]
        yield _metric(means[0], f"avg({place})", name, means[1:])
    prices = [one for one in measures if "price" in _words(one)]
    counts = [one for one in measures if set(_words(one)) & {"quantity", "qty", "units"}]
    if prices and counts:
        value = f"sum({name}.{counts[0]} * {name}.{prices[0]})"
        yield _metric(
            "revenue", value, name, ("sales", "turnover", "total value", "income", "spend", "spent")
        )


def _counts_nothing(column: str) -> bool:
    return bool(
        set(_words(column)) & {"id", "no", "nr", "year", "month", "day", "zip", "code", "version"}
    )


def _metric(name: str, sql: str, table: str, synonyms: Sequence[str]) -> list[str]:
    return [
        "[[metrics]]",
        f"name = {_text(name)}",
        f"sql = {_text(sql)}",
        f"tables = {_list([table])}",
        f"synonyms = {_list(synonyms)}",
    ]


def _keys(schema: ReadableSchema) -> set[str]:
    own = {f"{one.name}.{key}" for one in schema.tables.values() for key in one.key}
    return own | {f"{one.table}.{column}" for one in schema.references for column in one.columns}


def _guessed_joins(schema: ReadableSchema) -> Iterator[tuple[str, str, str]]:
    """Return joins that names suggest and no foreign key tells: `orders.customer_id` is a customer's."""
    told = {(one.table, one.other) for one in schema.references}
    keys = {one.key[0]: one.name for one in schema.tables.values() if len(one.key) == 1}
    for table in schema.tables.values():
        for column in table.columns:
            other = keys.get(column, table.name)
            if other != table.name and column != "id" and (table.name, other) not in told:
                yield table.name, other, f"{table.name}.{column} = {other}.{column}"


def _join(left: str, right: str, on: str) -> list[str]:
    return [
        "[[joins]]  # guessed: both have a column of this name",
        f"left = {_text(left)}",
        f"right = {_text(right)}",
        f"on = {_text(on)}",
    ]


def _words(name: str) -> list[str]:
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return [word.casefold() for word in re.split(r"[^A-Za-z0-9]+", apart) if word]


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _list(some: Iterable[str]) -> str:
    return "[" + ", ".join(_text(one) for one in some) + "]"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_]+", name) else _text(name)
