"""The clock of the data, held against PostgreSQL's own: same names, same types, another day."""

from datetime import UTC, date, datetime

import psycopg
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from assistant.domain.sql import ReadableSchema, ReadableTable
from assistant.nl2sql.clock import at
from assistant.nl2sql.guard import Guard

THEN = date(1999, 12, 31)
SCHEMA = ReadableSchema(
    {"t": ReadableTable("t", {"day": "date", "at": "timestamptz", "word": "text"})}
)
GUARD = Guard(SCHEMA)
KEYWORDS = (
    *("current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"),
    *("current_timestamp(0)", "localtimestamp(2)", "current_time(1)", "localtime(3)"),
)
WORDS = (
    "date 'today'",
    "'NOW'::timestamptz",
    "cast(' tomorrow ' as timestamp)",
    "'yesterday'::date",
)
CALLED = ("now()", "transaction_timestamp()", "statement_timestamp()", "clock_timestamp()")
SOURCES = (*KEYWORDS[:1], *KEYWORDS[2:3], *KEYWORDS[4:6], *WORDS, *CALLED)
WRAPPED = (
    *(
        "{}",
        "({})",
        "({})::date",
        "(({})::date)",
        "date_trunc('month', {})",
        "extract(year from {})",
    ),
    *("({})::date - 7", "{} - interval '1 day'", "age({})", "to_char({}, 'YYYY-MM-DD HH24:MI')"),
    *("coalesce({}, {})", "case when true then {} end", "max({}) over ()", "array[{}]"),
)
PLACES = (
    *("select {}", "select {} as x", "select 1, {} from t", "select * from (select {}) s"),
    *("with a as (select {}) select * from a", "select (select {})", "select {} order by {}"),
    *("select {} from t group by {}", "select {} union all select {}", "select distinct {}"),
    *(
        "select count(*) filter (where {} is not null) from t",
        "select * from t where {} is not null",
    ),
    *("select * from t join lateral (select {}) l on true", "values ({})", "select {} limit 1"),
)
RELATIONS = (
    *("select * from transaction_timestamp()", "select * from clock_timestamp() as n"),
    *("select n.x from statement_timestamp() as n(x)", "select * from lateral now() as l"),
    "select * from t left join clock_timestamp() c on true cross join statement_timestamp()",
    "select statement_timestamp.statement_timestamp from statement_timestamp()",
)


@pytest.fixture
def connection(empty_database):
    with psycopg.connect(empty_database.url, autocommit=True) as opened:
        opened.execute("set timezone = 'UTC'")
        opened.execute("create table t (day date, at timestamptz, word text)")
        opened.execute("insert into t values ('1999-12-31', '1999-12-31 12:00+00', 'now')")
        yield opened


def asked(connection, statement):
    cursor = connection.execute(statement.encode())
    return [(one.name, one.type_code) for one in cursor.description], cursor.fetchall()


def judged(statement):
    verdict = GUARD.check(statement)
    return verdict.rewritten if verdict.allowed else ""


async def test_every_function_of_the_clock_that_the_guard_allows_is_set(connection):
    named = connection.execute(
        "select distinct proname from pg_proc where pronargs = 0 and prokind = 'f' and (prorettype in "
        "('date'::regtype, 'time'::regtype, 'timetz'::regtype, 'timestamp'::regtype, "
        "'timestamptz'::regtype) or proname = 'timeofday')"
    ).fetchall()
    calls = [f"{name}()" for (name,) in named]
    assert {*CALLED, "timeofday()"} < set(calls)
    for call in (*calls, *KEYWORDS, *WORDS):
        statement = judged(f"select {call}")
        if not statement:
            assert call not in {*CALLED, *KEYWORDS, *WORDS}
            continue
        head, rows = asked(connection, at(statement, THEN, SCHEMA))
        [[value]] = rows
        assert still(value), call
        if call.partition("(")[0] not in {"current_time", "timeofday"}:  # sqlglot writes them amiss
            assert head == asked(connection, statement)[0], call


def still(value):
    """Whether a value is of the day that was set, or has none and is of its close."""
    told = str(value)
    return "1999" in told or "2000-01-01" in told or told.startswith("21:00:00")


@given(st.sampled_from(SOURCES), st.sampled_from(WRAPPED), st.sampled_from(PLACES))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_wherever_a_clock_stands_only_the_day_changes(connection, source, wrapped, place):
    expression = wrapped.replace("{}", source)
    statement = judged(place.replace("{}", expression))
    assume(statement)
    try:
        head, _ = asked(connection, statement)
    except psycopg.Error:
        assume(False)  # PostgreSQL does not take it: a year of an interval, a clock beside itself
    then = at(statement, THEN, SCHEMA)
    assert judged(then) == then  # the guard reads it as it was written
    told, rows = asked(connection, then)
    assert told == head
    assert str(datetime.now(UTC).year) not in str(rows), then


@pytest.mark.parametrize("statement", RELATIONS)
async def test_a_clock_in_from_keeps_the_names_of_its_columns(connection, statement):
    allowed = judged(statement)
    assert allowed
    head, _ = asked(connection, allowed)
    told, rows = asked(connection, at(allowed, THEN, SCHEMA))
    assert told == head
    assert rows[0][-1] == datetime(1999, 12, 31, 21, tzinfo=UTC)


async def test_a_word_is_a_day_beside_a_date_and_a_word_beside_words(connection):
    for condition, count in {
        "day = 'today'": 1,
        "day between 'yesterday' and 'tomorrow'": 1,
        "day in ('today', 'tomorrow')": 1,
        "'now' > at": 1,
        "word = 'now'": 1,
        "day < 'today'": 0,
    }.items():
        statement = at(judged(f"select count(*) from t where {condition}"), THEN, SCHEMA)
        assert asked(connection, statement)[1] == [(count,)], condition


async def test_the_age_of_a_moment_counts_from_the_day_that_was_set(connection):
    statement = at(judged("select age(day), age(at), age(at, day) from t"), THEN, SCHEMA)
    [(days, hours, _)] = asked(connection, statement)[1]
    assert (days.total_seconds(), hours.total_seconds()) == (0, -12 * 3600)
