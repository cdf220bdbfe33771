"""What a statement does, in words: nothing invented, nothing left out."""

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from assistant.domain.semantics import ColumnMeaning, Metric, SemanticLayer, TableMeaning
from assistant.domain.sql import ReadableSchema, ReadableTable, RowReader
from assistant.nl2sql.explain import explain
from assistant.nl2sql.guard import Guard
from assistant.nl2sql.units import Units
from assistant.nl2sql.wording import name_in_words, number_in_words

UNITS = {
    "sales": {
        "sale_id": "", "shop_id": "", "product": "", "amount": "USD", "pieces": "shares",
        "margin": "%", "sold_at": "", "returned": "", "extra": "",
    },
    "shops": {"shop_id": "", "city": "", "rent": "USD", "opened_on": ""},
}  # fmt: skip
LAYER = SemanticLayer(
    tables={
        name: TableMeaning(
            columns={one: ColumnMeaning(unit=unit) for one, unit in columns.items()},
            owner="shop_id" if name == "sales" else "",
        )
        for name, columns in UNITS.items()
    },
    metrics=(Metric("share sold", "avg(CASE WHEN sales.returned THEN 0 ELSE 1 END)", ("sales",), unit="ratio"),
             Metric("yield", "sum(sales.extra) / 7", ("sales",), unit="bps")),
)  # fmt: skip
SCHEMA = ReadableSchema(
    {name: ReadableTable(name, dict.fromkeys(columns, "text")) for name, columns in UNITS.items()}
)
GUARD = Guard(SCHEMA)


def told(statement, reader=None):
    verdict = GUARD.check(statement)
    assert verdict.allowed, verdict.reason
    return explain(verdict, LAYER, reader)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "select product, amount from sales where product = 'tea' and amount > 1000 limit 5",
            'Lists product and amount, from sales. Only where product is "tea", and amount is above '
            "1,000 USD. Only the first 5 rows.",
        ),
        (
            "select sum(amount) from sales where sold_at >= date_trunc('week', now())",
            "Computes sum of amount, from sales. Only where sold at is the start of this week or later.",
        ),
        (
            "select city, count(*) as n from sales s join shops h on h.shop_id = s.shop_id "
            "group by 1 having count(*) >= 3 order by n desc limit 10",
            'For each city: number of rows ("n"), from sales, joined with shops where shop ID is the '
            "same. Keeps only groups where number of rows is at least 3. Sorted by n (highest first). "
            "Only the first 10 rows.",
        ),
        (
            "select city from shops h where not exists (select 1 from sales s where s.shop_id = h.shop_id)",
            "Lists city, from shops. Only where there is no row in sales where shop ID of sales is shop "
            "ID of shops. Limited to the first 10,000 rows by us.",
        ),
        (
            "select count(*) from sales where sold_at > current_date - 7 and not returned",
            "Computes number of rows, from sales. Only where sold at is after 7 days before today, and "
            "returned is false.",
        ),
        (
            "select percentile_cont(0.5) within group (order by amount) from sales",
            "Computes median of amount, from sales.",
        ),
        (
            "select a.city from shops a join shops b on a.rent < b.rent where b.city in ('Oslo', 'Rome')",
            "Lists city of a, from shops (as a), joined with shops (as b) where rent of a is below rent "
            'of b. Only where city of b is "Oslo" or "Rome". Limited to the first 10,000 rows by us.',
        ),
        (
            "select product, count(*) from sales group by rollup (product)",
            "For each level of product: product and number of rows, from sales. Limited to the first "
            "10,000 rows by us.",
        ),
        (
            "with top as (select shop_id, sum(amount) as total from sales group by 1) "
            "select city, total from top join shops using (shop_id) where total > 5 limit 2000",
            'First, as "top": for each shop ID: sum of amount ("total"), from sales. Lists city and total, '
            "from top, joined with shops by shop ID. Only where total is above 5 USD. Only the first 2,000 rows.",
        ),
        (
            "select product from sales union all select city from shops order by 1",
            "Lists product, from sales -- together with: lists city, from shops (repeated rows are kept). "
            "Sorted by product (lowest first). Limited to the first 10,000 rows by us.",
        ),
        (
            "select amount / lag(amount) over (partition by product order by sold_at) as change from sales",
            "Lists amount divided by previous amount (within each product, in the order of sold at (lowest "
            'first)) ("change"), from sales. Limited to the first 10,000 rows by us.',
        ),
        (
            "select sale_id from sales where shop_id = 2026",
            "Lists sale ID, from sales. Only where shop ID is 2026. Limited to the first 10,000 rows by us.",
        ),
    ],
)
def test_a_statement_is_said_in_words(statement, said):
    assert told(statement) == said


def test_what_has_no_words_stands_as_sql():
    assert "`ISFINITE(opened_on)`" in told("select isfinite(opened_on) from shops")
    assert "`product LIKE 'a%' ESCAPE '!'`" in told(
        "select 1 from sales where product like 'a%' escape '!'"
    )


@pytest.mark.parametrize(
    ("reader", "whose"),
    [
        (RowReader(42), "Of sales: only your own rows (user 42)."),
        (RowReader(everything=True), "Of sales: the rows of all users."),
        (RowReader(), "Of sales: only rows that belong to nobody."),
    ],
)
def test_it_says_whose_rows_were_read(reader, whose):
    assert told("select amount from sales", reader).endswith(whose)
    assert "rows of" not in told("select city from shops", reader)


columns = st.sampled_from(sorted(UNITS["sales"]))
numbers = st.integers(0, 10**9)
words = st.text("abcxyz", min_size=1, max_size=8)
conditions = st.one_of(
    st.builds(lambda c, o, n: f"{c} {o} {n}", columns, st.sampled_from(["<", "<=", ">", ">=", "=", "<>"]), numbers),
    st.builds(lambda c, w: f"{c} = '{w}'", columns, words),
    st.builds(lambda c, w, v: f"{c} in ('{w}', '{v}')", columns, words, words),
    st.builds(lambda c, a, b: f"{c} between {a} and {b}", columns, numbers, numbers),
    st.builds(lambda c: f"{c} is not null", columns),
    st.builds(lambda c, w: f"not {c} ilike '%{w}%'", columns, words),
    st.builds(lambda c, n: f"abs({c} - {n}) / nullif({c}, 0) > 0.5", columns, numbers),
    st.builds(lambda c, n: f"{c} > (select max(rent) + {n} from shops)", columns, numbers),
)  # fmt: skip
trees = st.recursive(
    conditions,
    lambda inner: (
        st.builds(lambda a, o, b: f"({a} {o} {b})", inner, st.sampled_from(["and", "or"]), inner)
        | st.builds(lambda a: f"not ({a})", inner)
    ),
    max_leaves=6,
)


@given(trees, st.lists(columns, min_size=1, max_size=3, unique=True), st.integers(2, 9999))
def test_every_table_filter_group_and_limit_is_told(condition, grouped, limit):
    listed = ", ".join(grouped)
    statement = (
        f"select {listed}, count(*) from sales where {condition} group by {listed} limit {limit}"
    )
    assert missing(statement, told(statement)) == []


def missing(statement, text):
    """Return the names and values of a statement that a text does not have."""
    verdict = GUARD.check(statement)
    tree = sqlglot.parse_one(verdict.rewritten, dialect="postgres")
    names = {name_in_words(one.name) for one in tree.find_all(exp.Table, exp.Column)}
    values = {one.this for one in tree.find_all(exp.Literal) if one.is_string}
    numbers = {one.this for one in tree.find_all(exp.Literal) if not one.is_string}
    lost = {one for one in names | values if one not in text}
    return sorted(
        lost | {one for one in numbers if one not in text and number_in_words(one) not in text}
    )


@pytest.mark.parametrize(
    ("expression", "unit"),
    [
        ("sum(amount)", "USD"),
        ("avg(amount) filter (where returned)", "USD"),
        ("amount * pieces", "USD"),
        ("sum(amount * pieces) / sum(pieces)", "USD"),
        ("amount / nullif(lag(amount) over (order by sold_at), 0)", ""),
        ("amount - lag(amount) over (order by sold_at)", "USD"),
        ("round(amount / sum(amount) over () * 100, 1)", "%"),
        ("count(*)", ""),
        ("amount / 1e6", ""),
        ("amount * extra", ""),
        ("amount / extra", ""),
        ("amount + margin", ""),
        ("coalesce(sum(amount), 0)", "USD"),
        ("max(margin)", "%"),
        ("case when returned then -amount else amount end", "USD"),
        ("(select max(rent) from shops)", "USD"),
        ("sum(extra) / 7", "bps"),
        ("amount::text", ""),
        ("pieces", "shares"),
        ("variance(amount)", ""),
    ],
)
def test_a_unit_is_followed_or_left_out(expression, unit):
    found = Units(LAYER).of_result(f"select {expression} as it from sales", ["it"])
    assert found.get("it", "") == unit


def test_units_pass_through_subqueries_ctes_and_stars():
    nested = (
        "with a as (select product, sum(amount) as s from sales group by 1) "
        "select x.* from (select product as p, s / 1 as t from a) as x"
    )
    assert Units(LAYER).of_result(nested, ["p", "t"]) == {"t": "USD"}
    assert Units(LAYER).of_result("select * from shops", list(UNITS["shops"])) == {"rent": "USD"}


def test_two_columns_of_one_name_have_no_unit_that_only_one_has():
    found = Units(LAYER).of_result("select sum(amount), sum(pieces) from sales", ["sum", "sum"])
    assert found == {}
