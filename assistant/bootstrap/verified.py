"""Joins the verified examples of a database: those of its semantic layer."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from assistant.domain.queries import LinkedValue
from assistant.domain.semantics import SemanticLayer
from assistant.domain.sql import RowReader
from assistant.nl2sql.examples import Examples, date_columns
from assistant.nl2sql.execute import Execution
from assistant.nl2sql.linking import Linker
from assistant.nl2sql.semantics import MARKET, market_layer
from assistant.nl2sql.thesaurus import read_thesaurus


def make_examples(linker: Linker, layer: SemanticLayer, execution: Execution) -> Examples:
    """Return the verified examples of a database."""

    async def values_of(text: str) -> Sequence[LinkedValue]:
        return (await linker.link(text, RowReader())).values

    def today() -> date:
        return execution.today or datetime.now(UTC).date()

    schema = execution.guard.schema
    ours = market_layer().tables.keys() <= schema.tables.keys()
    thesaurus = read_thesaurus(MARKET / "thesaurus.toml", None if ours else layer)
    return Examples(layer.examples, thesaurus, values_of, today, date_columns(schema))
