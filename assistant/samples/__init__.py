"""Sample filings of fictional companies, so that the first run has something to ask about.

Generated, not stored: the same bytes every time on every machine, so that ingesting them again
finds a duplicate. Their figures come from small models of the companies and therefore foot.
"""

from functools import cache

from assistant.domain.ingestion import Upload

SAMPLE_QUESTIONS: tuple[str, ...] = (
    "What was Tarrowmere Instruments' total revenue in fiscal 2024?",
    "What was Tarrowmere's free cash flow in 2024?",
    "How many people did Tarrowmere Instruments employ at December 31, 2024?",
    "What possible loss does Tarrowmere estimate in the Oldcastle Analytics patent case?",
    "What was Calloway Fen Logistics' operating income in the second quarter of 2025, in millions?",
    "Who becomes Chief Financial Officer of Pellucid Harbor Water?",
)
"""Questions that the samples answer; the chat offers them as starters."""


@cache
def sample_uploads() -> tuple[Upload, ...]:
    """Return the sample filings: two annual reports, a quarterly report and two releases."""
    from assistant.samples.making import made  # noqa: PLC0415 -- loads what writes PDF and DOCX

    return made()
