"""Turns our vectors into pgvector's."""

import numpy as np
from pgvector import HalfVector

from assistant.domain.filings import Vector


def half(vector: Vector) -> HalfVector:
    """Return the vector in half precision, as the index keeps it."""
    return HalfVector(np.frombuffer(vector, dtype=np.float32))
