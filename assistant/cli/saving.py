"""`aei sql ... --save FILE`: all rows of a result as a file, beside what the terminal shows."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

from assistant.cli.output import err
from assistant.domain.downloads import KeptResult
from assistant.domain.errors import InvalidRequest
from assistant.domain.people import Principal
from assistant.domain.queries import DataResult, Written
from assistant.exporting.rows import known_kind
from assistant.nl2sql.downloads import Downloads


def kind_of(path: Path) -> str:
    """Return the kind of file that a path's ending stands for.

    Raises:
        InvalidRequest: No kind has this ending, or the folder is not there.
    """
    if not path.parent.is_dir():
        raise InvalidRequest(f"There is no folder {path.parent}", "Make it, or name another one.")
    return known_kind(path.suffix.removeprefix(".").lower())


async def save_answer(
    downloads: Downloads, result: DataResult, asked_by: Principal, path: Path
) -> None:
    """Write the rows of an answer to a file; nothing where no statement ran."""
    if isinstance(result.draft, Written) and result.sql:
        await save(downloads, result.draft.sql, asked_by, path, result.question)


async def save(
    downloads: Downloads, statement: str, asked_by: Principal, path: Path, question: str = ""
) -> None:
    """Write the rows of a statement to a file and say so on stderr.

    Raises:
        InvalidRequest: No kind of file has this ending, or the statement cannot be run.
        ServiceFailed: The database gave no usable answer, or there is no room.
    """
    kept = KeptResult(question, statement, asked_by, "", datetime.now(UTC))
    made = await downloads.write(kept, kind_of(path))
    shutil.move(made.path, path)
    more = " (there are more)" if made.truncated else ""
    err.print(f"{made.rows:,} rows{more} in {path}, SHA-256 {made.rows_sha256}", markup=False)
