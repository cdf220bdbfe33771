"""Two-turn dialogues over the sample filings resolve to the right company, period and metric."""

import json
from pathlib import Path

import pytest

from assistant.ingest.extract import extractor_for
from assistant.ingest.extract.terms import Terms
from assistant.ingest.names import document_name
from assistant.ingest.reading import marked
from assistant.ingest.sniff import sniff
from assistant.rag.followups import stand_alone
from assistant.rag.reading import read_question
from assistant.rag.vocabulary import vocabulary
from assistant.samples import sample_uploads
from tests.unit.rag.making import filing

_LINES = Path(__file__).with_name("dialogues.jsonl").read_text("utf-8").splitlines()
DIALOGUES = [json.loads(line) for line in _LINES]
RIGHT = 0.95


@pytest.fixture(scope="module")
def samples():
    """The sample filings as the catalogue holds them: covers read from their own pages."""
    return [_catalogued(upload) for upload in sample_uploads()]


def _catalogued(upload):
    name = document_name(upload.file_name)
    kind = sniff(upload.data, upload.file_name)
    cover = marked(extractor_for(kind, Terms(500)).extract(upload.data), upload.data, name).cover
    told = {field: getattr(cover, field) for field in cover.__slots__}
    return filing(name=name, **told)


def resolved(dialogue, samples):
    """Return the stand-alone text of a dialogue, and its company, period and metric."""
    text = stand_alone(dialogue["question"], dialogue["previous"], samples)
    read = read_question(text, samples)
    return text, " + ".join(read.companies), _period(read), _metric(read, text, dialogue["metric"])


def _period(read):
    years, quarter = read.periods.years, read.periods.quarter
    span = f"FY{years[0]}" if years else ""
    last = f"-{years[-1]}" if len(years) > 1 else ""
    return f"Q{quarter} {span}{last}" if quarter else f"{span}{last}"


def _metric(read, text, wanted):
    if wanted in vocabulary().metrics:
        return read.metrics[0].name if read.metrics else ""
    topics = [topic.name for topic in read.topics]
    return wanted if wanted in topics or wanted in text.lower() else ""


def is_right(dialogue, samples):
    _, company, period, metric = resolved(dialogue, samples)
    wanted = dialogue["company"].lower().split(" + ")
    named = company.lower().split(" + ")
    right_company = len(named) == len(wanted) and all(
        any(one.startswith(name) for one in named) if name else not any(named) for name in wanted
    )
    return right_company and (period, metric) == (dialogue["period"], dialogue["metric"])


def test_at_least_95_percent_of_the_dialogues_resolve(samples):
    wrong = [one["id"] for one in DIALOGUES if not is_right(one, samples)]
    assert len(DIALOGUES) >= 44
    assert len(wrong) <= (1 - RIGHT) * len(DIALOGUES), wrong
