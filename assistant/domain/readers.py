"""Whose rows a person sees."""

from assistant.domain.people import Principal, Role
from assistant.domain.sql import RowReader

_WATCH_OVER_ALL = {Role.COMPLIANCE, Role.ADMIN}


def reader_of(principal: Principal) -> RowReader:
    """Return whose rows a principal sees: his own, by number; all, for who watches over them."""
    if principal.role in _WATCH_OVER_ALL:
        return RowReader(everything=True)
    return RowReader(int(principal.id)) if principal.id.isdecimal() else RowReader()
