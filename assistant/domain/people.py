"""Who is asking."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a principal may do, from least to most."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    COMPLIANCE = "compliance"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """A user as every operation that reads or writes sees one."""

    id: str
    role: Role


SYSTEM = Principal("system", Role.ADMIN)
"""The product itself, for what it does on its own."""
LOCAL_USER = Principal("local", Role.ADMIN)
"""The person at this machine: the only principal until sign-in exists."""
