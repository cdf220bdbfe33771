"""The product's own market, from the command line: a sample on its own day, then own rows."""

import json

import pytest
from typer.testing import CliRunner

from assistant.cli.app import app


@pytest.fixture
def own(anyio_backend, database, tmp_path):
    """The command over the product's own market."""
    environment = {
        "AEI_DATABASE_URL": database.url,
        "AEI_DATA_DIR": str(tmp_path / "data"),
        "AEI_ANALYTICS_URL": "",
    }
    return lambda *words, **more: CliRunner().invoke(
        app, list(map(str, words)), env=environment | more
    )


def test_without_a_database_the_sample_is_asked_on_its_own_day(own):
    week = "SELECT current_date AS day, count(*) FROM trades WHERE executed_at > now() - interval '7 days'"
    [[day, trades]] = json.loads(own("sql", "--run", week, "--json").stdout)["rows"]
    assert day == "2026-06-26"
    assert trades > 100
    told = json.loads(own("sql", "--run", week, "--json", AEI_SQL_TODAY="2020-01-01").stdout)
    assert told["rows"] == [["2020-01-01", trades_until_the_end(own)]]
    assert "CURRENT_DATE" in told["sql"]
    assert "2020-01-01" in told["ran"]
    entry = json.loads(own("audit", "list", "--json").stdout)["entries"][0]["entry"]
    assert (entry["sql"], entry["ran"]) == (
        "SELECT count(*) FROM trades",
        "SELECT COUNT(*) FROM trades LIMIT 10000",
    )


def trades_until_the_end(own):
    whole = own("sql", "--run", "SELECT count(*) FROM trades", "--json").stdout
    return json.loads(whole)["rows"][0][0]


def test_own_rows_take_the_place_of_the_sample(own, tmp_path):
    assert json.loads(own("market", "load", "--json").stdout)["sample"]
    (tmp_path / "instruments.csv").write_text(
        "symbol,name,asset_class,exchange,country\nACME,Acme,equity,NYSE,US\n", "utf-8"
    )
    refused = own("market", "load", tmp_path)
    assert refused.exit_code == 2
    assert "aei market clear" in refused.stderr
    assert own("market", "clear", "--json").exit_code == 2
    assert own("market", "clear", "--yes").exit_code == 0
    assert "your own data" in own("market", "load", tmp_path).stdout
    told = json.loads(own("sql", "--run", "SELECT symbol FROM instruments", "--json").stdout)
    assert told["rows"] == [["ACME"]]
    told = json.loads(own("market", "status", "--json").stdout)
    assert (told["sample"], told["rows"]["instruments"]) == (False, 1)
