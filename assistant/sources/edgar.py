"""Fetches filings from SEC EDGAR by its plain addresses. Implements `ports.FilingSource`.

    ticker ── company_tickers.json ── CIK ── submissions (and older pages) ── Listed ... ── document

EDGAR answers at most 10 requests a second and wants to know who asks; it answers too many, or
unnamed, requests with a page in HTML, sometimes as 200. Such a page is an error here, never a filing.
Addresses: https://www.sec.gov/search-filings/edgar-application-programming-interfaces.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import httpx
from aiolimiter import AsyncLimiter
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt
from tenacity.wait import wait_random_exponential

from assistant.domain.errors import (
    AssistantError,
    FilingRejected,
    InvalidRequest,
    MalformedReply,
    NotFound,
    Rejection,
    ServiceFailed,
    ServiceUnavailable,
)
from assistant.domain.ingestion import Upload
from assistant.domain.sources import Listed, Wanted

OFFICIAL = "https://www.sec.gov"
_DATA = "https://data.sec.gov"
_FORMS = ("10-K", "10-Q", "8-K")
_PERIOD_S = 0.105  # seconds between two requests: below 10 in any second
_TRIES = 5
_LONGEST_WAIT_S = 60.0
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_SHORT = 64 << 10  # bytes: an error page is no longer
_ERROR_PAGE = re.compile(
    rb"<title>\s*SEC\.gov \||Request Rate Threshold Exceeded|Undeclared Automated Tool"
    rb"|Your Request Originates from|<Code>(?:NoSuchKey|AccessDenied)</Code>"
    rb"|<title>\s*(?:Access Denied|Service Unavailable|Error)",
    re.I,
)
_UNDECLARED = re.compile(rb"Undeclared Automated Tool|Your Request Originates from", re.I)
_ACCESSION = re.compile(r"\d{10}-\d{2}-\d{6}")
_DOCUMENT_NAME = re.compile(r"[\w\-]+(?:\.[\w\-]+)*(?:/[\w\-]+(?:\.[\w\-]+)*)?")
_CIK = re.compile(r"(?:CIK)?(\d{1,10})", re.I)
_SUBMISSION_END = b"</SEC-DOCUMENT>"


class _RateLimited(ServiceUnavailable):
    """EDGAR asks to wait; `seconds` where it says how long."""

    def __init__(self, message: str, hint: str, seconds: float | None = None) -> None:
        super().__init__(message, hint)
        self.seconds = seconds


@dataclass(frozen=True)
class EdgarSource:
    """Lists and fetches filings.

    Args:
        client: Sends the requests, with the user agent.
        limiter: Parts them in time; one for all sources of a process.
        max_bytes: A larger document is refused.
        base: Where EDGAR is.
    """

    client: httpx.AsyncClient
    limiter: AsyncLimiter
    max_bytes: int
    base: str = OFFICIAL

    @classmethod
    @asynccontextmanager
    async def open(cls, base: str, user_agent: str, max_bytes: int) -> AsyncIterator["EdgarSource"]:
        """Open a source.

        Raises:
            InvalidRequest: The user agent names nobody.
        """
        if "@" not in user_agent:
            raise InvalidRequest(
                "EDGAR wants to know who asks",
                "Set AEI_EDGAR_USER_AGENT to a name and an e-mail address, "
                "such as 'Example Capital research@example.com'.",
            )
        headers = {"user-agent": user_agent, "accept-encoding": "gzip, deflate"}
        async with httpx.AsyncClient(headers=headers, timeout=_TIMEOUT, trust_env=True) as client:
            yield cls(client, AsyncLimiter(1, _PERIOD_S), max_bytes, base.rstrip("/"))

    async def find(self, wanted: Wanted) -> list[Listed]:
        """Return the wanted filings, oldest first.

        Raises:
            NotFound: EDGAR knows no such company, or lists no such filing of it.
            ServiceFailed: EDGAR did not answer, or not as documented.
        """
        cik, ticker = await self._company(wanted.company)
        submissions = await self._json(f"{self._data}/submissions/CIK{cik:010d}.json")
        name = ticker or (_texts(submissions.get("tickers")) or [f"CIK{cik}"])[0]
        listed = [
            one
            async for table in self._tables(submissions)
            for one in _listed(table, cik, name, wanted)
        ]
        if not listed:
            forms = ", ".join(wanted.forms or _FORMS)
            raise NotFound(
                f"EDGAR lists no {forms} of {wanted.company} in these years",
                "Check the form, and the years: they are those of the period's end.",
            )
        return sorted(listed, key=lambda one: (one.filed, one.accession))

    async def fetch(self, listed: Listed) -> Upload:
        """Return a filing's document.

        Raises:
            FilingRejected: It is too large, or EDGAR has it no more.
            ServiceFailed: EDGAR did not answer with it.
        """
        url = f"{self.base}/{listed.path}"
        try:
            data = await self._get(url)
        except NotFound as error:
            raise FilingRejected(
                Rejection.NOT_A_DOCUMENT, f"EDGAR does not have {url}", "Try again later."
            ) from error
        return Upload(listed.file_name, data, path=url)

    @property
    def _data(self) -> str:
        return _DATA if self.base == OFFICIAL else self.base

    async def _company(self, company: str) -> tuple[int, str]:
        """Return a company's CIK and the ticker it was named by."""
        if match := _CIK.fullmatch(company.strip()):
            return int(match[1]), ""
        ticker = company.strip().upper().replace(".", "-")
        rows = await self._json(f"{self.base}/files/company_tickers.json")
        for row in rows.values():
            if isinstance(row, dict) and str(row.get("ticker", "")).upper() == ticker:
                return int(row["cik_str"]), ticker
        raise NotFound(
            f"EDGAR knows no company with the ticker {company!r}",
            "Name it by its Central Index Key (CIK) instead.",
        )

    async def _tables(self, submissions: Mapping[str, Any]) -> AsyncIterator[Mapping[str, Any]]:
        """Yield the lists of filings: the recent one, then the older pages."""
        filings = submissions.get("filings")
        if not isinstance(filings, dict) or not isinstance(filings.get("recent"), dict):
            raise MalformedReply("EDGAR's list of submissions has no filings")
        yield filings["recent"]
        for page in filings.get("files") or []:
            name = str(page.get("name", ""))
            if re.fullmatch(r"[\w\-]+\.json", name):
                yield await self._json(f"{self._data}/submissions/{name}")

    async def _json(self, url: str) -> Mapping[str, Any]:
        data = await self._get(url)
        try:
            value = httpx.Response(200, content=data).json()
        except ValueError as error:
            raise MalformedReply(f"{url} is not JSON") from error
        if not isinstance(value, dict):
            raise MalformedReply(f"{url} is not a JSON object")
        return value

    async def _get(self, url: str) -> bytes:
        """Return what an address holds, trying again while EDGAR asks for patience."""
        tries = AsyncRetrying(
            retry=retry_if_exception(lambda e: isinstance(e, AssistantError) and e.retryable),
            stop=stop_after_attempt(_TRIES),
            wait=_patience,
            reraise=True,
        )
        data: bytes = await tries(self._try, url)
        return data

    async def _try(self, url: str) -> bytes:
        async with self.limiter:
            try:
                async with self.client.stream("GET", url) as response:
                    body = await self._body(response)
            except httpx.HTTPError as error:
                raise ServiceUnavailable(
                    f"EDGAR did not answer whole ({type(error).__name__}): {url}",
                    "Check the network and run the same command again: what is there is kept.",
                ) from error
        _check(response, body, url)
        return body

    async def _body(self, response: httpx.Response) -> bytes:
        pieces: list[bytes] = []
        size = 0
        async for piece in response.aiter_bytes():
            size += len(piece)
            if size > self.max_bytes:
                raise FilingRejected(
                    Rejection.TOO_LARGE,
                    f"{response.url} has more than {self.max_bytes >> 20} MiB",
                    "Raise AEI_MAX_FILE_MB.",
                )
            pieces.append(piece)
        return b"".join(pieces)


def _check(response: httpx.Response, body: bytes, url: str) -> None:
    """Raise for whatever is not the document that was asked for."""
    is_page = len(body) < _SHORT and bool(_ERROR_PAGE.search(body[:8192]))
    if _UNDECLARED.search(body[:8192]) and (is_page or response.status_code == 403):
        raise ServiceFailed(
            "EDGAR takes this program for an undeclared one",
            "Set AEI_EDGAR_USER_AGENT to your name and e-mail address.",
        )
    if response.status_code == 404:
        raise NotFound(f"EDGAR has nothing at {url}")
    if response.status_code in (403, 429, 503) or is_page:
        raise _RateLimited(
            f"EDGAR refuses for now ({response.status_code}): {url}",
            "Wait ten minutes and run the same command again: what is there is kept.",
            _retry_after(response),
        )
    if response.status_code >= 500:
        raise ServiceUnavailable(
            f"EDGAR failed ({response.status_code}): {url}", "Try again later."
        )
    if response.status_code != 200:
        raise ServiceFailed(f"EDGAR answered {response.status_code}: {url}")
    if body.lstrip()[:14] == b"<SEC-DOCUMENT>" and _SUBMISSION_END not in body[-2000:]:
        raise ServiceUnavailable(f"EDGAR sent a part only of {url}", "Run the same command again.")
    if not body.strip():
        raise ServiceUnavailable(f"EDGAR sent nothing: {url}", "Run the same command again.")


def _retry_after(response: httpx.Response) -> float | None:
    """Return the seconds that `Retry-After` asks for, as a number or as a date (RFC 9110)."""
    said = response.headers.get("retry-after", "").strip()
    if said.isdigit():
        return float(said)
    try:
        return max((parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds(), 0.0)
    except (TypeError, ValueError):
        return None


def _patience(state: RetryCallState) -> float:
    """Return how long to wait: what EDGAR asked for, else longer each time."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.seconds if isinstance(error, _RateLimited) else None
    own = wait_random_exponential(multiplier=0.5, max=20)(state)
    return min(asked, _LONGEST_WAIT_S) if asked is not None else float(own)


def _listed(table: Mapping[str, Any], cik: int, name: str, wanted: Wanted) -> Iterator[Listed]:
    """Yield the wanted rows of a list of filings, which EDGAR keeps as columns."""
    columns = ("accessionNumber", "form", "filingDate", "reportDate", "primaryDocument")
    held = [_texts(table.get(column)) for column in columns]
    if len({len(column) for column in held}) != 1:
        raise MalformedReply("EDGAR's list of filings has columns of different lengths")
    for accession, form, filed, period, document in zip(*held, strict=True):
        day, end = _day(filed), _day(period)
        if day is None or not _ACCESSION.fullmatch(accession):
            continue
        one = Listed(name, form, accession, day, end, _path(cik, accession, document))
        if _is_wanted(one, wanted):
            yield one


def _path(cik: int, accession: str, document: str) -> str:
    """Return where a filing's text is kept: its main document, or the whole submission of old ones."""
    folder = f"Archives/edgar/data/{cik}"
    if document and _DOCUMENT_NAME.fullmatch(document):
        name = document.rpartition("/")[2]  # a rendering ("xslF345X05/doc.xml") stands for the file
        return f"{folder}/{accession.replace('-', '')}/{quote(name)}"
    return f"{folder}/{accession}.txt"


def _is_wanted(one: Listed, wanted: Wanted) -> bool:
    form = one.form.removesuffix("/A")
    if one.form != form and not wanted.amendments:
        return False
    year = (one.period or one.filed).year
    forms = tuple(name.upper() for name in wanted.forms) or _FORMS
    return form.upper() in forms and wanted.first_year <= year <= wanted.last_year


def _texts(value: object) -> list[str]:
    return (
        [str(one or "") for one in value]
        if isinstance(value, Sequence) and not isinstance(value, str)
        else []
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
