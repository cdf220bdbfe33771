"""The files a table is exported as: figures as numbers, sources beside them, no formula."""

import csv
from dataclasses import replace
from decimal import Decimal
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from lxml import etree

from assistant.domain.answers import Answer, Citation, Destination, Route
from assistant.domain.comparisons import Table, TableCell, TableRow
from assistant.domain.errors import InvalidRequest
from assistant.domain.filings import Locator
from assistant.exporting.answers import exported, harmless

CITED = Citation(1, Locator("f", "Alder 10-K 2024", 9, "", 0, 9), "Net sales  $ 4,200\n3,900")
TABLE = Table(
    "Company",
    ("FY2024", "margin"),
    (
        TableRow("Alder", (TableCell("$4,200 million", Decimal(4_200_000_000), "$", (1,)), TableCell("-2.5%", Decimal("-2.5"), "%", (1,)))),
        TableRow("=HYPERLINK(\"http://evil.example\")", (TableCell("not found"), TableCell("not found"))),
    ),
)  # fmt: skip
ANSWER = Answer("", (CITED,), (), Route(Destination.BUILTIN, ()), "builtin", table=TABLE)


def sheets(data):
    with ZipFile(BytesIO(data)) as archive:
        names = sorted(name for name in archive.namelist() if "worksheets/sheet" in name)
        strings = [
            "".join(node.itertext())
            for node in etree.fromstring(archive.read("xl/sharedStrings.xml"))
        ]
        return [etree.fromstring(archive.read(name)) for name in names], strings


def values(sheet, strings):
    space = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    assert sheet.xpath("//x:f", namespaces=space) == []  # no cell is a formula
    return {
        cell.get("r"): strings[int(cell.findtext("x:v", namespaces=space))]
        if cell.get("t") == "s"
        else float(cell.findtext("x:v", namespaces=space))
        for cell in sheet.xpath("//x:c", namespaces=space)
    }


def test_csv_has_four_columns_a_figure_with_its_source():
    lines = list(csv.reader(StringIO(exported(ANSWER, "csv").decode("utf-8-sig"))))
    assert lines[0] == [
        "Company", "FY2024", "FY2024 value", "FY2024 unit", "FY2024 source",
        "margin", "margin value", "margin unit", "margin source",
    ]  # fmt: skip
    source = 'Alder 10-K 2024, page 9: "Net sales $ 4,200 3,900"'
    assert lines[1] == [
        "Alder", "$4,200 million", "4200000000", "$", source, "-2.5%", "-2.5", "%", source,
    ]  # fmt: skip
    assert lines[2][1:] == ["not found", "", "", "", "not found", "", "", ""]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "  =1", "\r=1", "\uff1d1", "-cmd|' /C calc'!A0"]
)  # fmt: skip
def test_a_text_that_a_spreadsheet_would_compute_is_led_by_an_apostrophe(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Alder", "-2.5%", "-$4,200.5 million", "$5", "a=b", ""])
def test_plain_texts_and_negative_figures_stay_as_they_are(text):
    assert harmless(text) == text


def test_a_name_with_a_formula_is_harmless_in_csv():
    lines = exported(ANSWER, "csv").decode("utf-8-sig").splitlines()
    assert lines[2].startswith("\"'=HYPERLINK")


def test_xlsx_holds_numbers_and_a_sheet_of_sources_and_no_formula():
    [figures, sources], strings = sheets(exported(ANSWER, "xlsx"))
    shown, places = values(figures, strings), values(sources, strings)
    assert (shown["A2"], shown["B2"], shown["C2"]) == ("Alder", 4_200_000_000.0, -0.025)
    assert (shown["A3"], shown["B3"]) == (TABLE.rows[1].name, "not found")
    assert [places[f"{column}2"] for column in "ABCFGHI"] == [
        "Alder", "FY2024", "$4,200 million", "1", "Alder 10-K 2024", "9", CITED.quote,
    ]  # fmt: skip
    assert (places["C4"], places["G4"]) == ("not found", "")


def test_only_tables_are_exported_and_only_as_known_kinds():
    with pytest.raises(InvalidRequest, match="no table"):
        exported(replace(ANSWER, table=None), "csv")
    with pytest.raises(InvalidRequest, match="pdf"):
        exported(ANSWER, "pdf")
