"""What a database says of itself, as far as a role may read it."""

from uuid import uuid4

import psycopg
import pytest

from assistant.domain.sql import Reference
from assistant.storage.analytics import AnalyticsDatabase
from tests.servers import shop, trading

pytestmark = pytest.mark.anyio
MORE = """
create table visits (at date not null, page text check (page ~ '^/'), kind text check (kind = 'bot'))
    partition by range (at);
create table visits_2026 partition of visits for values from ('2026-01-01') to ('2027-01-01');
create view visitors as select distinct kind from visits;
create table odd (a text check (a in ('it''s', 'b,c')), b text, check (a <> b), internal_no int);
grant select on visits, visits_2026, visitors to {0};
grant select (a, b) on odd to {0};
"""


@pytest.fixture
async def schema(empty_database):
    role = f"reader_{uuid4().hex[:8]}"
    shop.make(empty_database.url, role)
    with psycopg.connect(empty_database.url, autocommit=True) as connection:
        connection.execute(MORE.format(role))
    yield await AnalyticsDatabase(empty_database, role).schema()
    trading.drop_role(empty_database.url, role)


async def test_limited_values_come_from_checks_and_enumerations(schema):
    assert schema.tables["customers"].choices == {"loyalty_tier": ("bronze", "silver", "gold")}
    assert schema.tables["products"].choices == {"size": ("small", "medium", "large")}
    assert schema.tables["odd"].choices == {"a": ("it's", "b,c")}
    assert schema.tables["visits"].choices == {"kind": ("bot",)}


async def test_keys_comments_and_references_are_told(schema):
    items = schema.tables["order_items"]
    assert items.key == ("order_id", "line_no")
    assert schema.tables["customers"].comment == "People who bought something."
    assert Reference("order_items", ("sku",), "products", ("sku",)) in schema.references


async def test_what_may_not_be_read_is_told_of_nowhere(schema):
    assert "supplier_notes" not in schema.tables
    assert schema.tables["odd"].hidden == {"internal_no"}


async def test_partitions_stand_behind_their_table_and_views_beside_it(schema):
    assert "visits_2026" not in schema.tables
    assert {"visits", "visitors"} <= schema.tables.keys()


async def test_tables_say_that_their_rows_belong_to_users(empty_database):
    role = f"reader_{uuid4().hex[:8]}"
    trading.make(empty_database.url, role)
    told = await AnalyticsDatabase(empty_database, role).schema()
    trading.drop_role(empty_database.url, role)
    assert told.tables["trades"].owned
    assert {one.other for one in told.references} == {"users"}
