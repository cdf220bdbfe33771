"""The JSON shapes of the contract: what CLI and REST print, built from domain types.

One function a shape, so that the two faces cannot drift apart. Fields are added, never renamed.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from assistant.domain.answers import Answer, Citation, Clarification, Route
from assistant.domain.auditing import AuditRecord, Verdict
from assistant.domain.collections import FilingCollection
from assistant.domain.comparisons import Table
from assistant.domain.errors import AssistantError
from assistant.domain.facts import Fact
from assistant.domain.filings import Filing, FoundPassage, Page
from assistant.domain.findings import Finding, Suspicion
from assistant.domain.ingestion import IngestOutcome
from assistant.domain.jobs import Job
from assistant.domain.records import Difference, Placement, Removal
from assistant.domain.routing import Reading
from assistant.domain.structure import Cover

Json = dict[str, Any]


def error_json(error: AssistantError) -> Json:
    """Return `{"code", "message", "hint"}`."""
    return {"code": error.code, "message": error.message, "hint": error.hint}


def filing_json(filing: Filing) -> Json:
    """Return one row of the catalogue: the filing as the entry that it is shown as."""
    entry = filing.entry
    return {
        "document_id": entry.id,
        "name": filing.name,
        "file_name": filing.file_name,
        "media_type": filing.original.media_type,
        "size": filing.original.size,
        "sha256": filing.original.sha256,
        "pages": filing.pages,
        "chunks": filing.passages,
        "warnings": list(filing.warnings),
        "sensitivity": filing.sensitivity.value,
        "label": filing.label.value,
        "sample": filing.sample,
        "collection": entry.collection,
        "version": entry.version,
        "current": entry.is_current,
        "replaced_by": None if entry.is_current else entry.current,
        "superseded_by": filing.superseded_by or None,
        "placements": [placement_json(one) for one in filing.placements],
        "held_for": list(filing.held_for),
        "retain_until": filing.retain_until.isoformat() if filing.retain_until else None,
        **cover_json(filing.cover),
        "added_by": entry.added_by,
        "added_at": _moment(entry.added_at or filing.added_at),
    }


def collection_json(collection: FilingCollection) -> Json:
    """Return a collection: its label, what governs what is in it, and how many filings are."""
    return {
        "name": collection.name,
        "label": collection.label.value,
        "sensitivity": collection.effective.value,
        "filings": collection.filings,
    }


def placement_json(entry: Placement) -> Json:
    """Return one entry over a content."""
    return {
        "document_id": entry.id,
        "name": entry.name,
        "file_name": entry.file_name,
        "collection": entry.collection,
        "version": entry.version,
        "current": entry.is_current,
        "added_by": entry.added_by,
        "added_at": _moment(entry.added_at),
    }


def removal_json(removal: Removal) -> Json:
    """Return what a deletion removed."""
    return {
        "document_id": removal.document_id,
        "name": removal.name,
        "status": "deleted",
        "sha256": removal.sha256,
        "content_removed": removal.content_removed,
        "remaining": list(removal.remaining),
        "removed": removal.counts,
    }


def difference_json(difference: Difference) -> Json:
    """Return one thing that the stores do not agree on."""
    return {
        "kind": difference.kind,
        "subject": difference.subject,
        "detail": difference.detail,
        "repaired": difference.repaired,
        "hint": difference.hint,
    }


def audit_json(record: AuditRecord) -> Json:
    """Return one entry of the audit log; `entry` is its canonical JSON, parsed."""
    return {
        "seq": record.seq,
        "entry": json.loads(record.text),
        "previous": record.previous,
        "hash": record.hash,
    }


def verdict_json(verdict: Verdict) -> Json:
    """Return whether the audit log is whole."""
    return {
        "whole": verdict.broken is None,
        "entries": verdict.entries,
        "head": verdict.head,
        "broken": verdict.broken,
        "reason": verdict.reason,
        "anchored": verdict.anchored,
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def cover_json(cover: Cover) -> Json:
    """Return what a filing says of itself; dates as YYYY-MM-DD."""
    return {
        "company": cover.company,
        "other_names": list(cover.other_names),
        "ticker": cover.ticker,
        "cik": cover.cik,
        "form": cover.form_name,
        "amended": cover.amended,
        "period": cover.period,
        "fiscal_year": cover.fiscal_year,
        "quarter": cover.quarter,
        "period_end": cover.period_end.isoformat() if cover.period_end else None,
        "event_date": cover.event.isoformat() if cover.event else None,
        "filed": cover.filed.isoformat() if cover.filed else None,
    }


def page_json(page: Page) -> Json:
    """Return one page's text."""
    return {"page": page.number, "section": page.section, "text": page.text}


def yield_json(page: Page) -> Json:
    """Return how much text a page yields, in characters, and how it was read."""
    return {"page": page.number, "characters": len(page.text), "how": page.source.value}


def fact_json(fact: Fact) -> Json:
    """Return one tagged number; `value` in whole units, an instant has no `start`."""
    start, end = fact.period.start, fact.period.end
    return {
        "concept": fact.concept,
        "value": float(fact.value),
        "unit": fact.unit,
        "start": start.isoformat() if start else None,
        "end": end.isoformat() if end else None,
        "dimensions": dict(fact.dimensions),
        "decimals": fact.decimals,
    }


def ingest_json(outcome: IngestOutcome) -> Json:
    """Return how one file ended."""
    filing = outcome.filing
    return {
        "path": outcome.path,
        "status": outcome.status.value,
        "document_id": filing.entry.id if filing else None,
        "name": filing.name if filing else None,
        "media_type": filing.original.media_type if filing else None,
        "pages": filing.pages if filing else 0,
        "chunks": filing.passages if filing else 0,
        "seconds": round(outcome.seconds, 3),
        "warnings": list(filing.warnings) if filing else [],
        "findings": [finding_json(finding) for finding in outcome.findings],
        "error": error_json(outcome.error) if outcome.error else None,
    }


def job_json(job: Job, outcome: IngestOutcome | None) -> Json:
    """Return where a file stands; `result` is its ingest line once the job is over.

    `timings` holds seconds by state, `progress` runs from 0 to 1; times are ISO 8601.
    """
    times = {"created_at": job.created_at, "started_at": job.started_at}
    times["finished_at"] = job.finished_at
    return {
        "job_id": job.id,
        "state": job.state.value,
        "progress": job.progress,
        "path": job.path,
        "file_name": job.file_name,
        "size": job.size,
        "sha256": job.sha256,
        "attempts": job.attempts,
        **{name: time.isoformat() if time else None for name, time in times.items()},
        "timings": dict(job.seconds),
        "error": error_json(job.error) if job.error else None,
        "result": ingest_json(outcome) if outcome else None,
    }


def finding_json(finding: Finding) -> Json:
    """Return what was found in a file; `start` and `end` are offsets into the page's text."""
    return {
        "kind": finding.kind.value,
        "rule": finding.rule,
        "severity": finding.severity.value,
        "page": finding.page,
        "where": finding.where,
        "excerpt": finding.excerpt,
        "start": finding.start,
        "end": finding.end,
        "withheld": finding.withheld,
        "released_by": finding.released_by,
        "reason": finding.reason,
    }


def screen_json(text: str, found: Sequence[Suspicion]) -> Json:
    """Return what in a text addresses a model."""
    return {
        "flagged": bool(found),
        "findings": [
            {
                "rule": one.rule,
                "severity": one.severity.value,
                "start": one.start,
                "end": one.end,
                "text": text[one.start : one.end],
                "withheld": not one.kept,
            }
            for one in found
        ],
    }


def search_json(query: str, results: Sequence[FoundPassage], seconds: float) -> Json:
    """Return a ranked list of passages; ranks count from 1."""
    return {
        "query": query,
        "results": [
            {
                "rank": rank,
                "document": hit.locator.document,
                "document_id": hit.locator.filing_id,
                "page": hit.locator.page,
                "section": hit.locator.section,
                "score": hit.score,
                "text": hit.text,
                "quarantined": hit.quarantined,
            }
            for rank, hit in enumerate(results, start=1)
        ],
        "seconds": round(seconds, 4),
    }


def citation_json(citation: Citation) -> Json:
    """Return one citation; `start` and `end` are offsets into the page's text."""
    return {
        "n": citation.n,
        "document": citation.locator.document,
        "document_id": citation.locator.filing_id,
        "page": citation.locator.page,
        "section": citation.locator.section,
        "quote": citation.quote,
        "start": citation.locator.start,
        "end": citation.locator.end,
    }


def route_json(route: Route) -> Json:
    """Return where a question went, why, and what it was read as where a router looked."""
    went: Json = {"destination": route.destination.value, "reasons": list(route.reasons)}
    went["redacted"] = route.redacted
    return went | (_reading_json(route.reading) if route.reading else {})


def _reading_json(reading: Reading) -> Json:
    return {
        "intent": reading.intent.value,
        "confidence": round(reading.confidence, 3),
        "sensitive": reading.sensitive,
        "sensitivity": [
            {"kind": span.kind.value, "start": span.start, "end": span.end}
            for span in reading.sensitivity
        ],
        "complexity": reading.complexity.value,
    }


def routed_json(text: str, route: Route, seconds: float) -> Json:
    """Return the router's decision on a text."""
    return {"text": text, **route_json(route), "seconds": round(seconds, 6)}


def _confirming(fact: Fact) -> Json:
    """Return the fact that confirms a figure, in short."""
    return {
        "concept": fact.concept,
        "value": float(fact.value),
        "unit": fact.unit,
        "period": fact.period.words,
    }


def clarification_json(clarification: Clarification) -> Json:
    """Return a question back; each choice is asked as a question over its documents (ids)."""
    return {
        "question": clarification.question,
        "choices": [
            {
                "label": choice.label,
                "question": choice.question,
                "documents": list(choice.scope.documents),
                "model": choice.model.value if choice.model else None,
                "confirmed": choice.confirmed,
                "allows": [asdict(choice.allows)] if choice.allows else [],
            }
            for choice in clarification.choices
        ],
    }


def table_json(table: Table) -> Json:
    """Return a table; a cell that the filings do not state has neither value nor citation."""
    return {
        "corner": table.corner,
        "columns": list(table.columns),
        "rows": [
            {
                "name": row.name,
                "cells": [
                    {
                        "text": cell.text,
                        "value": None if cell.value is None else float(cell.value),
                        "unit": cell.unit,
                        "citation": cell.citation,
                        "citations": list(cell.citations),
                    }
                    for cell in row.cells
                ],
            }
            for row in table.rows
        ],
    }


def ask_json(question: str, answer: Answer, seconds: float) -> Json:
    """Return a cited answer; `clarify` is null, or the question back that the answer is."""
    asked_back = answer.clarification
    return {
        "question": question,
        "answer": answer.text,
        "citations": [citation_json(citation) for citation in answer.citations],
        "figures": [
            {
                "text": figure.text,
                "value": float(figure.value),
                "unit": figure.unit,
                "status": figure.status.value,
                "citation": figure.citation,
                "operands": list(figure.operands),
                "fact": _confirming(figure.fact) if figure.fact else None,
            }
            for figure in answer.figures
        ],
        "table": table_json(answer.table) if answer.table else None,
        "route": route_json(answer.route),
        "model": answer.model,
        "prompt_version": answer.prompt_version,
        "refused": answer.refused,
        "interrupted": answer.interrupted,
        "cached": answer.cached,
        "cached_from": answer.cached_from,
        "notes": list(answer.notes),
        "cost_usd": float(answer.cost_usd),
        "seconds": round(seconds, 4),
        "timings": answer.timings,
        "clarify": clarification_json(asked_back) if asked_back else None,
    }
