"""What is declined or asked back before anything is written: rules over the words of a question."""

from assistant.domain.queries import AskedBack, DataQuestion, Declined
from assistant.domain.semantics import SemanticLayer
from assistant.domain.sql import ReadableSchema, RowReader


def taken(
    question: DataQuestion, reader: RowReader, schema: ReadableSchema, layer: SemanticLayer
) -> AskedBack | Declined | None:
    """Return how a question ends at once; None where a statement is to be written for it."""
    return None
