"""A compliance officer searches what other readers of Word files lose without a word."""

import json
from pathlib import Path

import pytest

from assistant.domain.answers import Scope
from assistant.domain.ingestion import IngestStatus, Upload
from tests.unit.ingest.extract.making import docx, paragraph

pytestmark = pytest.mark.anyio

BODY = (
    paragraph("The board met in May.")
    + "<w:p><w:ins><w:r><w:t>The inserted covenant limits leverage.</w:t></w:r></w:ins></w:p>"
    + "<w:p><w:moveTo><w:r><w:t>The moved guarantee binds subsidiaries.</w:t></w:r></w:moveTo></w:p>"
    + "<w:p><w:del><w:r><w:delText>The deleted pledge lapsed.</w:delText></w:r></w:del></w:p>"
    + "<w:p><w:r><w:txbxContent><w:p><w:r><w:t>The boxed dividend was halved.</w:t></w:r></w:p>"
    + "</w:txbxContent></w:r></w:p>"
)
PARTS = {
    f"word/{kind}s.xml": f"<x><{kind} id='2'><w:p xmlns:w='w'><w:r><w:t>{said}</w:t></w:r></w:p>"
    f"</{kind}></x>"
    for kind, said in {
        "footnote": "The noted auditor resigned.",
        "endnote": "The closing auditor stayed.",
    }.items()
}
RELATIONS = [("footnotes", "footnotes.xml"), ("endnotes", "endnotes.xml")]
FROM_SHARED = ("docx/tracked-changes", "docx/footnotes", "docx/text-boxes")


async def ingest(app, *uploads):
    return [outcome async for outcome in app.ingest.ingest(uploads)]


async def found(app, words, document):
    return " ".join(hit.text for hit in await app.search(words, Scope((document,)), 10))


@pytest.mark.parametrize(
    "words",
    [
        "inserted covenant limits leverage",
        "moved guarantee binds subsidiaries",
        "boxed dividend was halved",
        "noted auditor resigned",
        "closing auditor stayed",
    ],
)
async def test_what_word_keeps_beside_the_body_is_found(app, words):
    await ingest(app, Upload("minutes.docx", docx(BODY, PARTS, RELATIONS)))
    said = await found(app, words, "minutes")
    assert words in said
    assert "pledge" not in said


async def test_the_shared_word_files_are_found_by_what_other_readers_lose(
    app, eval_dir: Path, subtests: pytest.Subtests
):
    manifest = (eval_dir / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, manifest) if row["kind"] in FROM_SHARED]
    assert len(rows) == len(FROM_SHARED)
    for row in rows:
        path = eval_dir / row["file"]
        (outcome,) = await ingest(app, Upload(path.name, path.read_bytes()))
        assert outcome.status is IngestStatus.INDEXED
        for words in row["full_text_if_ok"]:
            with subtests.test(row["file"], words=words):
                said = await found(app, words, outcome.filing.id)
                assert " ".join(words.split()) in " ".join(said.split())
