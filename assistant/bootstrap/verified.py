"""Joins the verified examples of a database: those of its semantic layer, and those that were reviewed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from assistant.domain.queries import LinkedValue
from assistant.domain.semantics import SemanticLayer
from assistant.domain.sql import RowReader
from assistant.nl2sql.asking import DataDesk
from assistant.nl2sql.builtin import BuiltinWriter
from assistant.nl2sql.examples import Examples, FindsReviewed
from assistant.nl2sql.execute import Execution
from assistant.nl2sql.linking import Linker
from assistant.nl2sql.reviewing import Reviewing, fingerprint
from assistant.nl2sql.semantics import MARKET, describes, market_layer
from assistant.nl2sql.thesaurus import read_thesaurus
from assistant.storage.examples import PostgresExamples
from assistant.storage.postgres import Postgres


def without_example(desk: DataDesk, question: str) -> DataDesk:
    """Return a desk that knows everything but the verified example of this question."""
    writer = desk.builtin
    if not isinstance(writer, BuiltinWriter) or not isinstance(writer.examples, Examples):
        return desk
    examples = writer.examples.without(question)
    prompt = replace(desk.prompt, nearest=examples.nearest)
    return replace(desk, builtin=replace(writer, examples=examples), prompt=prompt)


async def prepare_examples(desk: DataDesk) -> None:
    """Read the verified examples of a desk now; else its first question waits for that."""
    writer = desk.builtin
    if isinstance(writer, BuiltinWriter) and isinstance(writer.examples, Examples):
        await writer.examples.prepare()


def make_reviewing(postgres: Postgres, execution: Execution) -> Reviewing:
    """Return what keeps and reviews the examples of the database that statements run on."""
    store = PostgresExamples(postgres, fingerprint(execution.guard.schema))
    return Reviewing(store, postgres, execution)


def make_examples(
    linker: Linker,
    layer: SemanticLayer,
    execution: Execution,
    reviewed: FindsReviewed | None = None,
) -> Examples:
    """Return the verified examples of a database: those of its layer, and what was `reviewed` since."""

    async def values_of(text: str) -> Sequence[LinkedValue]:
        return (await linker.link(text, RowReader())).values

    def today() -> date:
        return execution.today or datetime.now(UTC).date()

    schema = execution.guard.schema
    ours = describes(market_layer(), schema)
    thesaurus = read_thesaurus(MARKET / "thesaurus.toml", None if ours else layer)
    return Examples(layer.examples, thesaurus, values_of, today, schema, reviewed)
