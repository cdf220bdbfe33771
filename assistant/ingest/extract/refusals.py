"""Refusals that several readers share, worded once."""

from assistant.domain.errors import FilingRejected, Rejection


def password_required(kind: str, wrong: bool = False) -> FilingRejected:
    """Return the rejection of a locked file.

    Args:
        kind: What the file is, as a reader calls it.
        wrong: Whether a password was given and does not open it.
    """
    return FilingRejected(
        Rejection.PASSWORD_REQUIRED,
        f"The password that was given does not open the {kind}."
        if wrong
        else f"The {kind} is protected by a password.",
        "Add it again with its password (`aei ingest --password`), or save a copy without one.",
    )
