"""EDGAR's filings are listed as asked, fetched politely, and never mistaken for its error pages."""

from datetime import date

import pytest

from assistant.domain.errors import (
    FilingRejected,
    InvalidRequest,
    NotFound,
    ServiceFailed,
    ServiceUnavailable,
)
from assistant.domain.sources import Wanted
from assistant.sources.edgar import EdgarSource
from tests.servers.edgar import edgar_server

pytestmark = pytest.mark.anyio

AGENT = "Aysgarth Research desk@aysgarth.example"
BODY = b"<html><body>" + b"<p>Net sales were $12 million.</p>" * 200 + b"</body></html>"
OLD = b"<SEC-DOCUMENT>0000000042-97-000001.txt\n<TYPE>10-K\n<TEXT>\nSales rose.\n</TEXT>\n</SEC-DOCUMENT>\n"
FILINGS = [
    ("0000000042-25-000001", "10-K", "2025-02-14", "2024-12-31", "ays-2024.htm", BODY + b"24"),
    ("0000000042-24-000009", "8-K", "2024-11-01", "2024-10-31", "ays-8k.htm", BODY + b"8"),
    ("0000000042-24-000005", "10-K/A", "2024-05-02", "2023-12-31", "ays-2023a.htm", BODY + b"a"),
    ("0000000042-24-000001", "10-K", "2024-02-14", "2023-12-31", "ays-2023.htm", BODY + b"23"),
    ("0000000042-23-000001", "4", "2023-02-14", "", "xslF345X05/own.xml", b"<xml/>"),
]
OLDER = [("0000000042-97-000001", "10-K", "1997-03-01", "1996-12-31", "", OLD)]


@pytest.fixture
def edgar():
    with edgar_server() as server:
        server.add_company("AYS", 42, "Aysgarth Mills Inc", FILINGS, OLDER)
        yield server


@pytest.fixture
async def source(anyio_backend, edgar):
    async with EdgarSource.open(edgar.url, AGENT, 1 << 20) as opened:
        yield opened


async def test_the_filings_of_a_form_and_its_years_are_listed_oldest_first(source, edgar):
    listed = await source.find(Wanted("ays", ("10-K",), 2023, 2024))
    assert [(one.form, one.period) for one in listed] == [
        ("10-K", date(2023, 12, 31)),
        ("10-K/A", date(2023, 12, 31)),
        ("10-K", date(2024, 12, 31)),
    ]
    assert listed[0].file_name == "AYS 10-K 2023-12-31 0000000042-24-000001.htm"
    assert edgar.agents == {AGENT}


async def test_amendments_can_be_left_out_and_a_company_named_by_its_key(source):
    listed = await source.find(Wanted("CIK0000000042", ("10-K",), 2023, 2024, amendments=False))
    assert [one.form for one in listed] == ["10-K", "10-K"]


async def test_old_filings_are_on_older_pages_and_come_as_whole_submissions(source):
    [listed] = await source.find(Wanted("AYS", ("10-K",), 1996, 1996))
    upload = await source.fetch(listed)
    assert (upload.data, upload.file_name[-4:]) == (OLD, ".txt")


@pytest.mark.parametrize("company", ["NOPE", "9999999"])
async def test_an_unknown_company_is_said(source, company):
    with pytest.raises(NotFound):
        await source.find(Wanted(company))


async def test_no_filing_of_these_years_is_said(source):
    with pytest.raises(NotFound, match="lists no 10-K"):
        await source.find(Wanted("AYS", ("10-K",), 2010, 2011))


@pytest.mark.parametrize("fault", ["429", "503", "rate_page", "cut", "empty", "hang_up"])
async def test_a_refusal_a_cut_or_an_error_page_is_tried_again_and_never_a_filing(
    source, edgar, fault
):
    [listed] = await source.find(Wanted("AYS", ("8-K",)))
    edgar.faults["ays-8k.htm"] = [fault, fault]
    assert (await source.fetch(listed)).data == BODY + b"8"
    assert edgar.counts[f"/{listed.path}"] == 3


async def test_a_refusal_that_goes_on_is_an_error_that_says_to_come_back(source, edgar):
    [listed] = await source.find(Wanted("AYS", ("8-K",)))
    edgar.faults["ays-8k.htm"] = ["rate_page"] * 20
    with pytest.raises(ServiceUnavailable, match="refuses") as caught:
        await source.fetch(listed)
    assert "again" in caught.value.hint
    assert edgar.counts[f"/{listed.path}"] == 5


async def test_an_undeclared_tool_is_told_what_to_set_and_does_not_try_again(source, edgar):
    [listed] = await source.find(Wanted("AYS", ("8-K",)))
    edgar.faults["ays-8k.htm"] = ["undeclared"] * 20
    with pytest.raises(ServiceFailed) as caught:
        await source.fetch(listed)
    assert "AEI_EDGAR_USER_AGENT" in caught.value.hint
    assert edgar.counts[f"/{listed.path}"] == 1


async def test_a_submission_without_its_end_is_no_filing(source, edgar):
    [listed] = await source.find(Wanted("AYS", ("10-K",), 1996, 1996))
    edgar.files[f"/{listed.path}"] = OLD[:60]
    with pytest.raises(ServiceUnavailable, match="part only"):
        await source.fetch(listed)


async def test_a_document_that_is_gone_or_too_large_is_refused_alone(source, edgar):
    [listed] = await source.find(Wanted("AYS", ("8-K",)))
    edgar.files[f"/{listed.path}"] = b"x" * (2 << 20)
    with pytest.raises(FilingRejected, match="MiB"):
        await source.fetch(listed)
    del edgar.files[f"/{listed.path}"]
    with pytest.raises(FilingRejected, match="does not have"):
        await source.fetch(listed)


async def test_no_second_holds_more_than_ten_requests(source, edgar):
    [listed] = await source.find(Wanted("AYS", ("8-K",)))
    edgar.asked.clear()
    for _ in range(14):
        await source.fetch(listed)
    times = [at for at, _ in edgar.asked]
    assert all(later - first >= 0.95 for first, later in zip(times, times[10:], strict=False))


async def test_nobody_asks_without_a_name(edgar):
    with pytest.raises(InvalidRequest, match="who asks"):
        async with EdgarSource.open(edgar.url, "", 1 << 20):
            pass
    assert edgar.asked == []


async def test_a_list_that_names_a_foreign_path_fetches_nothing_outside(source, edgar):
    rows = [("0000000043-24-000001", "8-K", "2024-01-01", "", "../../../etc/passwd", b"x")]
    edgar.add_company("EVIL", 43, "Evil Inc", rows)
    [listed] = await source.find(Wanted("EVIL", ("8-K",)))
    assert listed.path == "Archives/edgar/data/43/0000000043-24-000001.txt"
