"""When the catalogue calls a filing superseded, on a real database."""

from dataclasses import replace
from datetime import date

import pytest

from assistant.domain.filings import BlobRef, Document, Filing, Page
from assistant.domain.structure import Cover, PageMarks, Statement
from assistant.storage.catalogue import PostgresCatalogue
from assistant.storage.records import PostgresRecords

pytestmark = pytest.mark.anyio

COVER = Cover("Acme, Inc.", cik="77", form="10-K", fiscal_year=2023, filed=date(2024, 2, 20))
AMENDED = replace(COVER, amended=True, filed=date(2024, 8, 9))
STATEMENTS = tuple(
    Page(n, "Total  1", marks=PageMarks(statement=kind))
    for n, kind in enumerate((Statement.INCOME, Statement.BALANCE), start=1)
)


@pytest.fixture
async def catalogue(postgres):
    return PostgresCatalogue(postgres)


async def publish(catalogue, name, cover, pages=STATEMENTS):
    original = BlobRef(f"{name:_<64}", "text/html", 1)
    filing = Filing(name, name, f"{name}.html", original, len(pages), 1, cover=cover)
    await catalogue.publish(filing, Document(pages, cover=cover))


async def replaced(catalogue):
    found = await catalogue.filings()
    return {one.name: one.superseded_by for one in found if one.superseded_by}


async def test_an_amendment_that_restates_the_statements_supersedes(catalogue):
    await publish(catalogue, "amendment", AMENDED)
    await publish(catalogue, "original", COVER)
    assert await replaced(catalogue) == {"original": "amendment"}
    assert (await catalogue.get("original")).superseded_by == "amendment"
    await PostgresRecords(catalogue.postgres).remove("amendment", date(2026, 1, 1))
    assert await replaced(catalogue) == {}


async def test_each_amendment_supersedes_the_one_before_it(catalogue):
    await publish(catalogue, "second", replace(AMENDED, filed=date(2024, 11, 1)))
    await publish(catalogue, "first", AMENDED)
    await publish(catalogue, "original", COVER)
    assert await replaced(catalogue) == {"original": "first", "first": "second"}


async def test_a_company_without_its_number_is_known_by_its_name(catalogue):
    await publish(catalogue, "original", replace(COVER, cik="", company="ACME, INC."))
    await publish(catalogue, "amendment", AMENDED)
    assert await replaced(catalogue) == {"original": "amendment"}


@pytest.mark.parametrize(
    ("cover", "pages"),
    [
        (AMENDED, (Page(1, "Part III"),)),
        (replace(AMENDED, fiscal_year=2022), STATEMENTS),
        (replace(AMENDED, cik="78"), STATEMENTS),
        (replace(AMENDED, form="10-Q", quarter=1), STATEMENTS),
        (replace(COVER, filed=date(2024, 8, 9)), STATEMENTS),
        (replace(AMENDED, fiscal_year=None), STATEMENTS),
    ],
)
async def test_another_filing_leaves_the_original_current(catalogue, cover, pages):
    await publish(catalogue, "original", COVER)
    await publish(catalogue, "other", cover, pages)
    assert await replaced(catalogue) == {}
