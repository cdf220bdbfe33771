"""Compliance staff follow a filing: placed twice, replaced, deleted, and what the log tells of it."""

from datetime import UTC, date, datetime

import pytest

from assistant.domain.answers import Question, Scope
from assistant.domain.auditing import AuditKind
from assistant.domain.completions import TextDelta
from assistant.domain.errors import NotFound
from assistant.domain.events import ToolFinished
from assistant.domain.filings import entries
from assistant.domain.ingestion import IngestStatus, Upload
from assistant.domain.people import LOCAL_USER
from assistant.turn import final_answer

pytestmark = pytest.mark.anyio

ALL = Scope()
NAME = "Wexcombe 10-K 2024.txt"
FIRST = b"""WEXCOMBE TIMBER, INC.
(Exact name of registrant as specified in its charter)

Item 7. Management's Discussion

Total net sales were $88,412 thousand in fiscal 2024.
"""
CORRECTED = FIRST.replace(b"88,412", b"91,077")
TODAY = datetime.now(UTC).date()


async def ingest(app, data=FIRST, name=NAME, **more):
    batch = app.ingest.ingest([Upload(name, data, name, **more)], added_by="ann")
    [outcome] = [one async for one in batch]
    return outcome


async def answer(app, *documents):
    text = "What were Wexcombe's total net sales in fiscal 2024?"
    asked = Question(text, LOCAL_USER, date(2026, 1, 2), Scope(documents))
    return await final_answer(app.assistant.ask(asked))


async def test_the_same_bytes_under_a_new_name_are_one_more_entry_over_one_content(app):
    first = await ingest(app)
    again = await ingest(app, name="Copy for the board.txt")
    assert again.status is IngestStatus.DUPLICATE
    assert again.filing.name == "Copy for the board"
    listed = entries(await app.catalogue.filings())
    assert {one.name for one in listed} == {"Wexcombe 10-K 2024", "Copy for the board"}
    assert len({one.entry.id for one in listed}) == 2

    found = await app.search("net sales", ALL, 20)
    assert len({hit.key for hit in found}) == len(found)
    assert {hit.locator.filing_id for hit in found} == {first.filing.id}
    named = await app.search("net sales", Scope(("Copy for the board",)), 20)
    assert {hit.locator.document for hit in named} == {"Copy for the board"}
    assert "88,412" in (await answer(app, "Copy for the board")).text

    same = await ingest(app)
    assert same.status is IngestStatus.DUPLICATE
    assert len(same.filing.placements) == 2


async def test_other_bytes_under_the_same_name_are_the_next_version_and_answer_instead(app):
    first = await ingest(app)
    second = await ingest(app, CORRECTED)
    assert second.status is IngestStatus.INDEXED

    named = await app.catalogue.get("Wexcombe 10-K 2024")
    assert (named.id, named.entry.version, named.entry.is_current) == (second.filing.id, 2, True)
    old = await app.catalogue.get(first.filing.id)
    assert (old.entry.version, old.entry.is_current) == (1, False)
    assert old.replaced_by == second.filing.id
    for documents in ((), ("Wexcombe 10-K 2024",)):
        text = (await answer(app, *documents)).text
        assert "91,077" in text
        assert "88,412" not in text

    by_id = await answer(app, first.filing.id)
    assert "88,412" in by_id.text
    assert any("(version 1) is superseded by" in note for note in by_id.notes)
    assert (await app.blobs.get(old.original.sha256)) == FIRST


async def test_old_bytes_that_come_again_are_the_newest_version(app):
    first = await ingest(app)
    await ingest(app, CORRECTED)
    back = await ingest(app)
    assert back.status is IngestStatus.DUPLICATE
    assert back.filing.entry.version == 3
    assert "88,412" in (await answer(app)).text
    assert (await app.catalogue.get("Wexcombe 10-K 2024")).id == first.filing.id


async def test_only_the_last_entry_takes_the_content_with_it_and_a_deleted_id_is_gone(app):
    first = await ingest(app)
    copy = await ingest(app, name="copy.txt")
    removal = await app.life.delete(first.filing.id, LOCAL_USER, "wrong name")
    assert not removal.content_removed
    assert removal.remaining == ("copy",)
    with pytest.raises(NotFound):
        await app.catalogue.get(first.filing.id)
    assert "88,412" in (await answer(app)).text
    kept = await app.catalogue.get("copy")
    assert kept.id == copy.filing.entry.id
    assert await app.catalogue.pages(kept.id)

    last = await app.life.delete("copy", LOCAL_USER)
    assert last.content_removed
    assert last.counts["pages"] >= 1
    assert last.counts["passages"] >= 1
    assert (await answer(app)).refused
    assert await app.blobs.stat(last.sha256) is None
    assert await app.life.records.pending() == []


async def test_a_deletion_leaves_a_certificate_without_the_text(app):
    outcome = await ingest(app)
    await app.life.delete(outcome.filing.id, LOCAL_USER, "GDPR request 12")
    [record] = await app.audit.latest(1, kind=AuditKind.DELETE)
    assert outcome.filing.original.sha256 in record.text
    assert "GDPR request 12" in record.text
    assert '"actor":"local"' in record.text
    whole = "".join(one.text for one in await app.audit.latest(100))
    assert "88,412" not in whole
    assert "TIMBER" not in whole


async def test_the_log_tells_who_asked_what_and_what_was_given(app):
    await ingest(app)
    await answer(app)
    await app.search("net sales", ALL, 3)
    asked, searched = (await app.audit.latest(2))[::-1]
    assert '"kind":"ask"' in asked.text
    assert '"left_machine":[]' in asked.text
    assert '"destination":"builtin"' in asked.text
    assert '"kind":"search"' in searched.text

    events = app.assistant.ask(Question("What were net sales?", LOCAL_USER, TODAY))
    await anext(events)
    await events.aclose()
    [record] = await app.audit.latest(1)
    assert '"outcome":"stopped"' in record.text


async def test_a_filing_that_is_deleted_while_a_question_is_answered_does_not_answer_it(app):
    outcome = await ingest(app)
    question = Question("What were total net sales in fiscal 2024?", LOCAL_USER, TODAY)
    events, told = app.assistant.ask(question), []
    async for event in events:
        told.append(event)
        if isinstance(event, ToolFinished):
            assert any("88,412" in item.text for item in event.evidence)
            await app.life.delete(outcome.filing.id, LOCAL_USER)
    assert "88,412" not in "".join(e.text for e in told if isinstance(e, TextDelta))
    assert told[-1].answer.refused
    assert told[-1].answer.citations == ()


async def test_an_answer_whose_filing_is_deleted_while_it_is_written_is_withdrawn(app):
    outcome = await ingest(app)
    question = Question("What were total net sales in fiscal 2024?", LOCAL_USER, TODAY)
    events = app.assistant.ask(question)
    async for event in events:
        if isinstance(event, TextDelta):
            await app.life.delete(outcome.filing.id, LOCAL_USER)
            break
    *_, last = [event async for event in events]
    assert last.answer.refused
    assert last.answer.citations == ()
    assert "88,412" not in last.answer.text
    [record] = await app.audit.latest(1, kind=AuditKind.ASK)
    assert '"outcome":"refused"' in record.text
