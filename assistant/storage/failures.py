"""What psycopg's failures mean to a caller: one place that turns them into errors of the domain."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from assistant.domain.errors import DiskFull, ServiceUnavailable, StatementTimeout


@contextmanager
def named_failures(statement_timeout_s: float) -> Iterator[None]:
    """Turn psycopg's failures into errors of the domain.

    What is wrong with a statement itself (a constraint, its syntax) passes unchanged: the caller
    knows what it means.

    Args:
        statement_timeout_s: After how long the server cancels a statement (s); for the message.

    Raises:
        DiskFull: The server has no room for what was to be written; nothing of it is kept.
        StatementTimeout: A statement, its wait for a lock, or its transaction's idling took too long.
        ServiceUnavailable: The server does not answer, refuses, or went away.
    """
    try:
        yield
    except errors.QueryCanceled as error:
        raise StatementTimeout(
            f"A database statement took longer than {statement_timeout_s:g} s.",
            "Narrow the request, or raise AEI_STATEMENT_TIMEOUT_S.",
        ) from error
    except (errors.LockNotAvailable, errors.IdleInTransactionSessionTimeout) as error:
        raise StatementTimeout(
            f"A database transaction waited too long: {reason(error)}.", "Try again."
        ) from error
    except errors.DiskFull as error:
        raise DiskFull(
            f"The database's disk is full: {reason(error)}.", "Free some disk space there."
        ) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        if isinstance(error, psycopg.InterfaceError) and "connection" not in str(error):
            raise  # our own misuse
        raise ServiceUnavailable(
            f"The database gave no answer: {reason(error)}.",
            "Try again in a moment; `aei doctor` says what is wrong.",
        ) from error


def reason(error: psycopg.Error) -> str:
    """Return the first line of what the server said, without values of the statement."""
    text = error.diag.message_primary or str(error).strip()
    return (text.splitlines() or ["no reason given"])[0].rstrip(".")
