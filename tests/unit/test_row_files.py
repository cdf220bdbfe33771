"""Rows as CSV, XLSX and Parquet: nothing lost, nothing run, everything typed."""

import csv
import re
import zipfile
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from html import unescape
from uuid import UUID

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from assistant.domain.errors import InvalidRequest
from assistant.domain.sql import SqlRows
from assistant.exporting.rows import KINDS, RowColumn, open_rows
from assistant.nl2sql.frames import frame

COLUMNS = [
    RowColumn("trade_id", "int8", counts=False), RowColumn("price", "numeric(14,4)", "USD"),
    RowColumn("total", "numeric"), RowColumn("at", "timestamptz"), RowColumn("day", "date"),
    RowColumn("took", "interval"), RowColumn("tags", "text[]"), RowColumn("more", "jsonb"),
    RowColumn("open", "bool"), RowColumn("note", "text"), RowColumn("clock", "time"),
    RowColumn("ref", "uuid"),
]  # fmt: skip
ROW = (
    7, Decimal("185.1234"), Decimal("2.50"), datetime(2026, 3, 20, 14, 5, tzinfo=UTC),
    date(2026, 3, 20), timedelta(hours=30), ["a", "b"], {"beta": 1.5}, True, "Müller & Söhne",
    time(9, 30), UUID(int=5),
)  # fmt: skip
EMPTY = (None,) * len(ROW)


def written(tmp_path, kind, columns, *batches, about=None):
    path = tmp_path / f"rows.{kind}"
    file = open_rows(kind, path, columns)
    for batch in batches:
        file.add(batch)
    file.close(about or {})
    return path


def lines(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def cells(path, sheet=1):
    """Return the cells of a sheet as (place, kind, text)."""
    with zipfile.ZipFile(path) as archive:
        xml = archive.read(f"xl/worksheets/sheet{sheet}.xml").decode()
        assert "<f>" not in xml
    found = re.findall(r'<c r="([A-Z]+\d+)"([^>]*)>(.*?)</c>', xml)
    return {
        at: (("n" if 't="' not in look else re.search(r't="(\w+)"', look)[1]), _text(inner))
        for at, look, inner in found
    }


def _text(inner):
    return unescape(re.sub(r"<[^>]+>", "", inner))


def test_csv_holds_every_value_exactly(tmp_path):
    head, row, empty = lines(written(tmp_path, "csv", COLUMNS, [ROW], [EMPTY]))
    assert head == [column.name for column in COLUMNS]
    assert row == [
        "7", "185.1234", "2.50", "2026-03-20T14:05:00+00:00", "2026-03-20", "1 day, 6:00:00",
        '["a", "b"]', '{"beta": 1.5}', "true", "Müller & Söhne", "09:30:00",
        "00000000-0000-0000-0000-000000000005",
    ]  # fmt: skip
    assert set(empty) == {""}


def test_xlsx_has_numbers_dates_and_units_and_says_where_it_comes_from(tmp_path):
    path = written(tmp_path, "xlsx", COLUMNS, [ROW], [EMPTY], about={"Statement": "SELECT 1"})
    found = cells(path)
    assert found["B1"] == ("inlineStr", "price (USD)")
    assert found["D1"] == ("inlineStr", "at (UTC)")
    assert (found["A2"], found["B2"]) == (("n", "7"), ("n", "185.1234"))
    assert found["D2"][0] == "n"
    assert float(found["D2"][1]) == pytest.approx(46101.58681, abs=1e-4)
    assert found["J2"] == ("inlineStr", "Müller & Söhne")
    assert "A3" not in found
    assert cells(path, 2)["B1"] == ("inlineStr", "SELECT 1")


def test_parquet_is_typed(tmp_path):
    path = written(tmp_path, "parquet", COLUMNS, [ROW], [EMPTY], about={"Statement": "SELECT 1"})
    read = parquet.read_table(path)
    kinds = {field.name: field.type for field in read.schema}
    assert kinds["price"] == pa.decimal128(14, 4)
    assert kinds["at"] == pa.timestamp("us", tz="UTC")
    assert kinds["tags"] == pa.list_(pa.string())
    assert kinds["took"] == pa.duration("us")
    first, empty = read.to_pylist()
    assert (first["price"], first["day"], first["tags"]) == (ROW[1], ROW[4], ["a", "b"])
    assert set(empty.values()) == {None}
    assert parquet.ParquetFile(path).metadata.metadata[b"Statement"] == b"SELECT 1"


def test_large_whole_numbers_keep_their_last_digits_in_a_spreadsheet(tmp_path):
    columns = [RowColumn("id", "int8")]
    found = cells(written(tmp_path, "xlsx", columns, [(9007199254740993,), (12,)]))
    assert found["A2"] == ("inlineStr", "9007199254740993")
    assert found["A3"] == ("n", "12")


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_without_rows_is_a_file_with_heads(tmp_path, kind):
    path = written(tmp_path, kind, COLUMNS)
    assert path.stat().st_size > 50


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "odd", [Decimal("NaN"), Decimal("Infinity"), float("nan"), date(1, 1, 1), "\x00\x1f\ud800", "x" * 40_000,
            datetime(1850, 1, 1, tzinfo=UTC), timedelta(days=-3)],
)  # fmt: skip
def test_odd_values_make_no_file_fail(tmp_path, kind, odd):
    types = {
        Decimal: "numeric(8,2)",
        float: "float8",
        date: "date",
        str: "text",
        datetime: "timestamptz",
        timedelta: "interval",
    }
    assert written(tmp_path, kind, [RowColumn("x", types[type(odd)])], [(odd,)]).exists()


@given(st.text(min_size=1, max_size=30))
@settings(max_examples=25, deadline=None)
def test_no_text_and_no_name_becomes_a_formula(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("formula")
    for evil in (text, f"={text}", f" @{text}", f"-{text}", f"\t={text}"):
        columns = [RowColumn(evil, "text")]
        rows = lines(written(folder, "csv", columns, [(evil,)]))
        for cell in (one for row in rows for one in row):
            assert not cell.lstrip(" ").startswith(("=", "+", "@", "\t", "\r", "\n")) or cell == ""
        found = cells(written(folder, "xlsx", columns, [(evil,)]))
        assert {kind for kind, _ in found.values()} <= {"inlineStr"}


def test_two_columns_of_one_name_stay_two(tmp_path):
    columns = [RowColumn("sum", "int8"), RowColumn("sum", "int8")]
    assert parquet.read_table(written(tmp_path, "parquet", columns, [(1, 2)])).to_pylist() == [
        {"sum": 1, "sum_2": 2}
    ]


def test_an_unknown_kind_names_those_there_are(tmp_path):
    with pytest.raises(InvalidRequest) as told:
        open_rows("pdf", tmp_path / "x", COLUMNS)
    assert "csv, xlsx, parquet" in told.value.hint


def test_a_frame_is_typed():
    rows = SqlRows(
        tuple(column.name for column in COLUMNS), (ROW, EMPTY), False, 0.0,
        tuple(column.type for column in COLUMNS),
    )  # fmt: skip
    made = frame(rows)
    kinds = {name: str(kind) for name, kind in made.dtypes.items()}
    assert kinds["price"] == "decimal128(14, 4)[pyarrow]"
    assert kinds["total"] == "decimal128(3, 2)[pyarrow]"
    assert kinds["at"] == "timestamp[us, tz=UTC][pyarrow]"
    assert made["price"].sum() == Decimal("185.1234")
    assert made["note"].isna().tolist() == [False, True]


def test_a_frame_keeps_two_columns_of_one_name_and_no_rows():
    rows = SqlRows(("sum", "sum"), (), False, 0.0, ("int8", "numeric"))
    assert list(frame(rows).columns) == ["sum", "sum"]
    assert len(frame(rows)) == 0
