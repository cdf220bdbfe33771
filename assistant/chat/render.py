"""Domain nouns as Markdown that a chat page may show. Pure.

Text of filings is quoted into answers, so it is made inert first: the page draws raw HTML as text
already, but Markdown images would be fetched, links followed and `:name` directives swallowed.
Citation marks become links to the viewer, which the page opens beside the chat.
"""

import re
from collections.abc import Sequence
from urllib.parse import quote, urlencode

from assistant.chat.safe_markdown import inert, plain, sanitised
from assistant.domain.answers import Answer, Citation, Destination, Evidence, FigureStatus, Route
from assistant.domain.errors import AssistantError
from assistant.domain.events import ToolEvent, ToolFailed, ToolFinished, ToolStarted
from assistant.domain.filings import Filing, Locator, MediaType, entries
from assistant.domain.ingestion import IngestOutcome, IngestStatus

_MARK = re.compile(r"\\\[(\d{1,3})\\\]")
_QUOTED_ROWS = re.compile(r"(?:^> [^\n]* \| [^\n]*(?:\n|\Z))+", re.MULTILINE)
_DESTINATIONS = {
    Destination.BUILTIN: "the built-in answerer (verbatim quotes, no language model)",
    Destination.LOCAL: "a language model on this machine",
    Destination.CLOUD: "a language model in the cloud",
}
_TITLES = {
    Destination.BUILTIN: "Quoted from the filings",
    Destination.LOCAL: "Written by a local model",
    Destination.CLOUD: "Written by a cloud model",
}

_SEARCH = ("Searching the filings", "Searched the filings", "The search failed")
_CALLS = {
    "search_filings": _SEARCH,
    "compare_filings": _SEARCH,
    "query_database": ("Asking the database", "Asked the database", "The database gave no answer"),
    "calculator": ("Calculating", "Calculated", "The sum failed"),
}
_LONGEST_TITLE = 80  # characters


def viewer_url(place: Locator, n: int | None = None) -> str:
    """Return the address of a page with a run of its text marked."""
    numbers = {"page": place.page, "start": place.start, "end": place.end}
    query = urlencode(numbers if n is None else {**numbers, "n": n})
    return f"/viewer/{quote(place.filing_id, safe='')}?{query}#quote"


def place_name(place: Locator, media_type: str) -> str:
    """Return the document and page of a place in words; only a PDF has pages to speak of."""
    section = f", {plain(place.section)}" if place.section else ""
    if media_type == MediaType.PDF:
        return f"{plain(place.document)}, page {place.page}{section}"
    return f"{plain(place.document)}{section or f', part {place.page}'}"


def answer_markdown(answer: Answer) -> str:
    """Return the whole answer: text with linked marks, its sources, and what stays unproved."""
    if answer.clarification:
        return plain(answer.clarification.question)
    if answer.unavailable:
        return f"#### Not there yet\n\n{inert(answer.text)}"
    if answer.refused and answer.data:
        return f"#### Not answered from the database\n\n{plain(answer.text)}"
    if answer.refused:
        return _refusal(answer)
    cited = {citation.n: citation for citation in answer.citations}
    safe = inert if answer.route.destination is Destination.BUILTIN else sanitised
    text = safe(answer.text)
    text = _QUOTED_ROWS.sub(_table, text)
    parts = [_MARK.sub(lambda mark: _mark(mark, cited), text)]
    if answer.interrupted:
        parts.append(f"#### Not the whole answer\n\n{plain(answer.interrupted)}")
    if answer.citations:
        parts.append("**Sources**\n" + "\n".join(_source(c) for c in answer.citations))
    parts += _unsupported(answer)
    parts += [plain(note) for note in answer.notes]
    if answer.cached:
        parts.append("*From an earlier answer, same filings.*")
    return "\n\n".join(parts)


def _table(block: re.Match[str]) -> str:
    """Return a quoted row under its column heads, `> 2024 | 2023`, `> Sales | 3 | 2`, as a table.

    Where the heads do not fit the cells one to one the lines stay as they are: a head over the
    wrong figure is worse than no table.
    """
    rows = [line[2:].split(" | ") for line in block[0].strip().split("\n")]
    width = len(rows[-1])
    if len(rows) == 1:
        rows.insert(0, [""] * width)
    elif len(rows[0]) == width - 1:
        rows[0].insert(0, "")
    if any(len(row) != width for row in rows):
        return block[0]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    ruler = "|" + "|".join(["---"] + ["--:"] * (width - 1)) + "|"
    return "\n".join([lines[0], ruler, *lines[1:]]) + "\n"


def _mark(mark: re.Match[str], cited: dict[int, Citation]) -> str:
    citation = cited.get(int(mark[1]))
    return _link(citation) if citation else mark[0]


def _link(citation: Citation) -> str:
    title = re.sub(r'["\\|\n]', " ", f"{citation.locator.document}, page {citation.locator.page}")
    return f'[{citation.n}]({viewer_url(citation.locator, citation.n)} "{title}")'


def _source(citation: Citation) -> str:
    return f"{_link(citation)} {place_name(citation.locator, citation.media_type)}"


def _unsupported(answer: Answer) -> list[str]:
    texts = [f.text for f in answer.figures if f.status is FigureStatus.UNSUPPORTED]
    if not texts:
        return []
    figures = ", ".join(plain(text) for text in dict.fromkeys(texts))
    return [f"#### Check before use\n\nNot found in the cited text: {figures}."]


def _refusal(answer: Answer) -> str:
    said = re.split(r"\s*(?:The closest passages are these: )?\[\d+\]", answer.text)[0].strip()
    lines = [f"#### No answer in the filings\n\n{inert(said)}"]
    if answer.citations:
        pages = (
            f"[{place_name(c.locator, c.media_type)}]({viewer_url(c.locator)})"
            for c in answer.citations
        )
        lines.append(
            "Closest pages, which may help but do not answer it:\n\n- " + "\n- ".join(pages)
        )
    return "\n\n".join(lines)


def chip_markdown(chip: Sequence[str]) -> str:
    """Return the understood scope as the page's smallest heading, which is drawn as a chip."""
    return f"###### {plain(' · '.join(chip))}"


def error_markdown(error: AssistantError) -> str:
    """Return what went wrong and what to do, in one block."""
    hint = f"\n\n{plain(error.hint)}" if error.hint else ""
    return f"#### {_sentence(plain(error.message))}{hint}"


def evidence_markdown(evidence: Sequence[Evidence]) -> str:
    """Return the distinct pages that a search found, each linked, best first."""
    pages = {(e.locator.filing_id, e.locator.page): e for e in reversed(evidence)}
    lines = (
        f"- [{place_name(found.locator, found.media_type)}]({viewer_url(found.locator)})"
        for found in reversed(pages.values())
    )
    return "\n".join(lines)


def call_title(event: ToolEvent) -> str:
    """Return what a tool does or did, with what it was called with, on one short line."""
    doing, did, failed = _CALLS.get(event.tool, (event.tool, event.tool, f"{event.tool} failed"))
    about = f": {_shortened(plain(event.argument))}" if event.argument else ""
    match event:
        case ToolStarted():
            return f"{doing}{about}"
        case ToolFailed():
            return f"{failed}{about}"
        case ToolFinished() if event.result and not event.argument:
            return f"{did} · {plain(event.result)} · {event.seconds:.2f} s"
        case ToolFinished():
            return f"{did}{about} · {_outcome(event)}{event.seconds:.2f} s"


def _outcome(event: ToolFinished) -> str:
    pages = {(e.locator.filing_id, e.locator.page) for e in event.evidence}
    if pages:
        return f"{len(event.evidence)} passages on {len(pages)} pages · "
    return "" if event.result else "nothing found · "


def call_markdown(event: ToolFinished, query: str) -> str:
    """Return what a call was about and what it found; `query` is the turn's own."""
    searched = "Asked" if event.tool == "query_database" else "Searched for"
    parts = [plain(event.argument) if event.argument else f"{searched}: {plain(query)}"]
    if event.result and not event.evidence:
        parts.append(plain(event.result))
    return "\n\n".join([*parts, evidence_markdown(event.evidence)])


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_TITLE else f"{text[:_LONGEST_TITLE]}..."


def route_title(route: Route) -> str:
    """Return where a question was answered, and what the router saw in it, on one short line."""
    reading = route.reading
    if reading is None:
        return _TITLES[route.destination]
    hidden = route.redacted and route.destination is Destination.CLOUD
    sensitive = "hidden from it" if hidden else "stays on this machine"
    seen = f"sensitive, {sensitive}" if reading.sensitive else "nothing sensitive"
    intent = reading.intent.value.replace("_", " ")
    return f"{_TITLES[route.destination]} · {intent} · {reading.complexity.value} · {seen}"


def route_markdown(route: Route) -> str:
    """Return where a question was answered and why."""
    reasons = "\n".join(f"- {plain(reason)}" for reason in route.reasons)
    return f"Answered by {_DESTINATIONS[route.destination]}.\n\n{reasons}"


def outcome_markdown(outcome: IngestOutcome) -> str:
    """Return how one file ended, on one line: a refused one with its reason and what to do."""
    name = f"**{file_name(outcome.path)}**"
    filing = outcome.filing
    match outcome.status:
        case IngestStatus.REJECTED:
            error = outcome.error
            why = f"{_sentence(plain(error.message))} {plain(error.hint)}" if error else ""
            return f"✗ {name}: {why}".rstrip()
        case IngestStatus.DUPLICATE:
            other = filing is not None and filing.file_name != outcome.path.removeprefix("sample:")
            held = f" as {_filing_link(filing)}" if filing and other else ""
            return f"✓ {name}: already in the store{held}"
        case IngestStatus.INDEXED:
            return f"✓ {name}: {_indexed(filing)}" if filing else f"✓ {name}"


def _indexed(filing: Filing) -> str:
    warnings = "".join(f" ⚠ {_sentence(plain(warning))}" for warning in filing.warnings)
    size = (
        f"{filing.pages} {_noun(filing)}, {filing.passages} passage{'s' * (filing.passages != 1)}"
    )
    return f"{size}{_standing(filing)}.{warnings}"


def file_name(path: str) -> str:
    """Return the name of an upload as the page shows it."""
    return plain(path.removeprefix("sample:"))


def filings_markdown(filings: Sequence[Filing]) -> str:
    """Return the catalogue as a table, each entry linked to its first page."""
    if not filings:
        return "There are no filings yet. Drop files into the chat, or load the samples."
    rows = (
        f"| {_filing_link(one)}{_standing(one)} | {_kind(one)} | {one.pages} {_noun(one)} |"
        for one in entries(filings)
    )
    return "\n".join(["| Filing | Type | Length |", "|---|---|---|", *rows])


def _filing_link(filing: Filing) -> str:
    name = plain(filing.name).replace("|", "\\|")
    return f"[{name}](/viewer/{quote(filing.entry.id, safe='')}?page=1)"


def _standing(filing: Filing) -> str:
    told = (*(("sample",) if filing.sample else ()), *map(plain, filing.standing))
    return "".join(f" · {word}".replace("|", "\\|") for word in told)


def _noun(filing: Filing) -> str:
    noun = "page" if filing.original.media_type == MediaType.PDF else "part"
    return noun if filing.pages == 1 else f"{noun}s"


def _kind(filing: Filing) -> str:
    suffix = filing.file_name.rsplit(".", 1)
    return plain(suffix[-1].upper()) if len(suffix) == 2 else "file"


def _sentence(text: str) -> str:
    return text if not text or text[-1] in ".!?" else f"{text}."
