"""The guard: reads pass and keep their meaning, everything else is refused, whatever it looks like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.sql import ReadableSchema, ReadableTable, Refusal
from assistant.nl2sql.guard import Guard


def table(name, columns, hidden=()):
    return ReadableTable(name, dict.fromkeys(columns.split(), "text"), frozenset(hidden))


SCHEMA = ReadableSchema(
    {
        one.name: one
        for one in (
            table("trades", "trade_id user_id symbol quantity price executed_at realized_pnl"),
            table("orders", "order_id user_id symbol status created_at"),
            table("instruments", "symbol name sector tags attributes"),
            table("users", "user_id username email preferences", ["password_hash", "tax_id"]),
        )
    }
)
GUARD = Guard(SCHEMA, max_rows=1000)

READS = [
    "SELECT * FROM trades WHERE symbol = 'AAPL' ORDER BY executed_at DESC",
    "SELECT count(*) FROM orders WHERE status = 'open';",
    "SELECT symbol FROM public.trades",
    'SELECT "symbol" AS "update" FROM trades',
    "SELECT 'DROP TABLE trades; --' AS said FROM orders",
    "SELECT $$; delete from trades$$ AS said",
    "SELECT symbol, sum(quantity * price) AS total FROM trades GROUP BY symbol HAVING sum(price) > 1 ORDER BY total",
    "WITH big AS (SELECT symbol, quantity FROM trades) SELECT b.symbol FROM big b WHERE b.quantity > 10",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12) SELECT i FROM n",
    "SELECT username FROM users u WHERE EXISTS (SELECT 1 FROM trades t WHERE t.user_id = u.user_id)",
    "SELECT i.symbol, tag FROM instruments i, unnest(i.tags) AS tag WHERE tag = 'ai'",
    "SELECT i.symbol, t.price FROM instruments i LEFT JOIN LATERAL (SELECT price FROM trades WHERE symbol = i.symbol LIMIT 1) t ON true",
    "SELECT * FROM (trades t JOIN orders o ON o.user_id = t.user_id)",
    "SELECT sum(price) OVER w FROM trades WINDOW w AS (PARTITION BY symbol ORDER BY executed_at)",
    "SELECT row_to_json(t) FROM trades t",
    "SELECT upper(attributes ->> 'esg'), (attributes -> 'beta')::numeric FROM instruments",
    "SELECT lower(attributes -> 'x') FROM instruments",
    "SELECT symbol FROM trades UNION SELECT symbol FROM orders ORDER BY symbol LIMIT 5",
    "(SELECT symbol FROM trades) EXCEPT ALL (SELECT symbol FROM orders)",
    "SELECT d::date FROM generate_series(DATE '2026-03-02', DATE '2026-03-20', interval '1 day') AS d",
    "SELECT x.symbol FROM jsonb_to_recordset('[]') AS x(symbol text, w numeric)",
    "SELECT date_trunc('month', executed_at), extract(dow FROM executed_at) FROM trades",
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY price) FROM trades",
    "SELECT DISTINCT ON (symbol) symbol, price FROM trades ORDER BY symbol, executed_at DESC",
    "SELECT symbol FROM trades FETCH FIRST 3 ROWS WITH TIES",
    "SELECT cast(symbol AS varchar(3)) FROM trades",
]


@pytest.mark.parametrize("sql", READS)
def test_a_read_of_what_is_readable_is_allowed(sql):
    verdict = GUARD.check(sql)
    assert verdict.allowed, verdict.reason


@pytest.mark.parametrize("sql", READS)
def test_what_is_run_passes_the_guard_itself_unchanged(sql):
    rewritten = GUARD.check(sql).rewritten
    assert GUARD.check(rewritten).rewritten == rewritten


@pytest.mark.parametrize(
    ("sql", "refusal"),
    [
        ("", Refusal.NOT_ONE_STATEMENT),
        ("; ;", Refusal.NOT_ONE_STATEMENT),
        ("SELECT 1; SELECT 2", Refusal.NOT_ONE_STATEMENT),
        ("SELECT 1; DROP TABLE trades", Refusal.NOT_ONE_STATEMENT),
        ("SELECT ';'; DELETE FROM orders; --'", Refusal.NOT_ONE_STATEMENT),
        ("I cannot answer that question.", Refusal.PARSE_ERROR),
        ("SELECT symbol FROM", Refusal.PARSE_ERROR),
        ("SELECT symbol, FROM trades", Refusal.PARSE_ERROR),
        ("SELECT symbol FROM trades LIMIT 5, 10", Refusal.PARSE_ERROR),
        ("SELECT * EXCEPT (price) FROM trades", Refusal.PARSE_ERROR),
        ("SELECT 1 \0", Refusal.PARSE_ERROR),
        ("DELETE FROM trades", Refusal.NOT_A_QUERY),
        ("EXPLAIN ANALYZE DELETE FROM trades", Refusal.NOT_A_QUERY),
        ("COPY trades TO '/tmp/x'", Refusal.NOT_A_QUERY),
        ("SET statement_timeout = 0", Refusal.NOT_A_QUERY),
        ("WITH x AS (DELETE FROM trades RETURNING *) SELECT * FROM x", Refusal.SIDE_EFFECT),
        ("SELECT * INTO evil FROM trades", Refusal.SIDE_EFFECT),
        ("SELECT * FROM trades FOR UPDATE", Refusal.SIDE_EFFECT),
        ("SELECT pg_sleep(10)", Refusal.FUNCTION),
        ('SELECT "pg_sleep"(10)', Refusal.FUNCTION),
        ("SELECT set_config('role', 'postgres', false)", Refusal.FUNCTION),
        ("SELECT current_setting('data_directory')", Refusal.FUNCTION),
        ("SELECT x.* FROM instruments i, LATERAL apply_fee_discount(2) x", Refusal.FUNCTION),
        ("SELECT 1 LIMIT (SELECT apply_fee_discount(1))", Refusal.FUNCTION),
        ("SELECT user", Refusal.FUNCTION),
        ("SELECT password_hash(u) FROM users u", Refusal.FUNCTION),
        ("SELECT 'users'::regclass", Refusal.TYPE),
        ("SELECT * FROM auth.user_secrets", Refusal.TABLE),
        ("SELECT * FROM pg_catalog.trades", Refusal.TABLE),
        ("SELECT * FROM pg_roles", Refusal.TABLE),
        ("SELECT x.symbol FROM trades t", Refusal.TABLE),
        ("SELECT 1 FROM (WITH pg_roles AS (SELECT 1) SELECT 1) x, pg_roles", Refusal.TABLE),
        ("WITH trades(symbol) AS (SELECT passwd FROM pg_shadow) SELECT * FROM trades", Refusal.TABLE),
        ("SELECT password_hash FROM users", Refusal.COLUMN),
        ("SELECT u.tax_id FROM users u", Refusal.COLUMN),
        ("SELECT profit FROM trades", Refusal.COLUMN),
        ("SELECT ctid FROM trades", Refusal.COLUMN),
        ("SELECT xmin FROM trades, generate_series(1, 2) AS g", Refusal.COLUMN),
        ("SELECT * FROM users", Refusal.COLUMN),
        ("SELECT u.* FROM users u", Refusal.COLUMN),
        ("SELECT u FROM users u", Refusal.COLUMN),
        ("SELECT users::text FROM users", Refusal.COLUMN),
        ("SELECT row_to_json(u) FROM users u", Refusal.COLUMN),
        ("SELECT count(*) FROM users GROUP BY tax_id", Refusal.COLUMN),
        ("SELECT username FROM users ORDER BY password_hash", Refusal.COLUMN),
        ("SELECT upper(password_hash -> 'x') FROM users", Refusal.COLUMN),
        ("SELECT email FROM users AS u(a, b, email)", Refusal.COLUMN),
        ("SELECT username FROM users NATURAL JOIN (SELECT 'x' AS tax_id) g", Refusal.COLUMN),
        ("SELECT username FROM users JOIN (SELECT 'x' AS tax_id) g USING (tax_id)", Refusal.COLUMN),
        ("SELECT (SELECT tax_id) FROM users", Refusal.COLUMN),
        ("SELECT t.price FROM trades t JOIN users u ON u.tax_id > '5'", Refusal.COLUMN),
        ("SELECT tax_id FROM (SELECT * FROM generate_series(1, 2)) g, users", Refusal.COLUMN),
        ("SELECT rpad('', 900000000, 'ab')", Refusal.TOO_COMPLEX),
        ("SELECT generate_series(1, 1000000000)", Refusal.TOO_COMPLEX),
        ("SELECT " + "(" * 3000 + "1" + ")" * 3000, Refusal.TOO_COMPLEX),
        ("SELECT price FROM trades LIMIT (SELECT count(*) FROM orders)", Refusal.LIMIT),
    ],
)  # fmt: skip
def test_whatever_is_no_bounded_read_is_refused_by_its_rule(sql, refusal):
    verdict = GUARD.check(sql)
    assert (verdict.refusal, verdict.rewritten) == (refusal, ""), verdict
    assert verdict.reason


@pytest.mark.parametrize(
    ("sql", "ending"),
    [
        ("SELECT price FROM trades", "LIMIT 1000"),
        ("SELECT price FROM trades LIMIT 7", "LIMIT 7"),
        ("SELECT price FROM trades LIMIT 99999999", "LIMIT 1000"),
        ("SELECT price FROM trades LIMIT ALL", "LIMIT 1000"),
        ("SELECT price FROM trades FETCH FIRST 99999999 ROWS ONLY", "LIMIT 1000"),
        ("(SELECT price FROM trades) UNION ALL (SELECT price FROM trades LIMIT 3)", "LIMIT 1000"),
    ],
)
def test_every_statement_has_a_limit_of_its_own(sql, ending):
    assert GUARD.check(sql).rewritten.endswith(ending)


def test_it_says_which_tables_are_read():
    sql = "WITH t AS (SELECT symbol FROM trades) SELECT * FROM t WHERE symbol IN (SELECT symbol FROM orders)"
    assert GUARD.check(sql).tables == ("orders", "trades")


def test_a_refusal_names_what_is_there_instead_of_all_columns():
    assert "user_id, username, email, preferences" in GUARD.check("SELECT * FROM users").reason


_PIECES = [
    "SELECT",
    "FROM",
    "users",
    "trades",
    "tax_id",
    "password_hash",
    "*",
    ",",
    "(",
    ")",
    "u",
    ".",
]
_PIECES += [
    "AS",
    "JOIN",
    "ON",
    "true",
    "WITH",
    "x",
    "->",
    "'k'",
    "upper",
    "::",
    "text",
    "row",
    ";",
    "--",
]


@given(st.lists(st.sampled_from(_PIECES), max_size=14))
def test_no_arrangement_of_words_reads_a_hidden_column(pieces):
    verdict = GUARD.check("SELECT " + " ".join(pieces))
    if verdict.allowed and "users" in verdict.tables:
        spoken = verdict.rewritten.replace("'k'", "")
        assert "tax_id" not in spoken or " AS tax_id" in spoken
        assert "password_hash" not in spoken or " AS password_hash" in spoken
