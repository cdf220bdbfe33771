"""What filings hide or would do, in PostgreSQL: written with their filing, gone with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.rows import TupleRow, dict_row

from assistant.domain.errors import NotFound
from assistant.domain.findings import Finding, FindingKind, Severity
from assistant.domain.search import PageKey
from assistant.storage.postgres import Postgres

_ADD = """
copy finding (filing_no, position, kind, rule, severity, excerpt, page, place, start_at, end_at,
    withheld) from stdin
"""
_OF = """
select kind, rule, severity, excerpt, page, place, start_at, end_at,
       withheld and released_at is null as withheld, released_by, reason
from finding where filing_no = (select no from filing where id = %s) order by position
"""
WITHHELD = """
select filing.id, finding.page, start_at, end_at
from filing join finding on finding.filing_no = filing.no
where filing.id = any(%(filings)s) and withheld and end_at > start_at and released_at is null
order by start_at
"""
"""The runs of text that are kept out of evidence: filing, page, start, end."""
_RELEASE = """
update finding set released_by = %s, released_at = now(), reason = %s
where filing_no = (select no from filing where id = %s)
  and withheld and end_at > start_at and released_at is null
"""


@dataclass(frozen=True)
class PostgresFindings:
    """Implements `ports.Findings`."""

    postgres: Postgres

    async def insert(self, filing_id: str, findings: Sequence[Finding]) -> None:
        """Keep the findings of a filing that the same unit of work publishes."""
        if not findings:
            return
        async with self.postgres.connection() as connection:
            cursor = await connection.execute("select no from filing where id = %s", (filing_id,))
            (number,) = await cursor.fetchone() or (None,)
            async with connection.cursor() as rows, rows.copy(_ADD) as copy:
                for position, finding in enumerate(findings):
                    await copy.write_row((number, position, *_values(finding)))

    async def of(self, filing_id: str) -> list[Finding]:
        """Return the findings of a filing, in order."""
        async with (
            self.postgres.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            await cursor.execute(_OF, (filing_id,))
            return [_finding(row) for row in await cursor.fetchall()]

    async def release(self, filing_id: str, by: str, reason: str) -> int:
        """Let the withheld text of a filing into evidence; return how many findings it was."""
        async with self.postgres.connection() as connection:
            cursor = await connection.execute(_RELEASE, (by, reason, filing_id))
            if not cursor.rowcount:
                raise NotFound(
                    f"The filing {filing_id!r} has no text that is kept out of answers",
                    "`aei documents findings` shows what was found in it.",
                )
            return cursor.rowcount


def by_page(rows: Iterable[TupleRow]) -> dict[PageKey, tuple[tuple[int, int], ...]]:
    """Return what `WITHHELD` finds, by page."""
    spans: dict[PageKey, list[tuple[int, int]]] = {}
    for filing, page, start, end in rows:
        spans.setdefault((filing, page), []).append((start, end))
    return {key: tuple(found) for key, found in spans.items()}


def _values(finding: Finding) -> tuple[object, ...]:
    return (
        finding.kind.value,
        finding.rule,
        finding.severity.value,
        finding.excerpt.replace("\x00", ""),
        finding.page,
        finding.where.replace("\x00", ""),
        finding.start,
        finding.end,
        finding.withheld,
    )


def _finding(row: dict[str, Any]) -> Finding:
    return Finding(
        kind=FindingKind(row["kind"]),
        rule=row["rule"],
        severity=Severity(row["severity"]),
        excerpt=row["excerpt"],
        page=row["page"],
        where=row["place"],
        start=row["start_at"],
        end=row["end_at"],
        withheld=row["withheld"],
        released_by=row["released_by"],
        reason=row["reason"],
    )
