"""Asks a language model for a statement: what of the database it is shown, and how it is corrected.

    Linking, SemanticLayer ──> tables, joins, figures, examples, values ──> prompts/write_sql.md
    statement, message ──────> the same, with both                     ──> prompts/fix_sql.md

Only what the question was linked to is shown: the fewer tables, the fewer wrong ones. Where nothing was
linked all tables are. No row is ever shown, only values that the question itself names.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from assistant.domain.answers import Route
from assistant.domain.completions import CompletionRequest, Message, Task
from assistant.domain.filings import Sensitivity
from assistant.domain.queries import DataQuestion, Linking
from assistant.domain.semantics import ColumnMeaning, Example, Metric, SemanticLayer
from assistant.domain.sql import ReadableSchema, ReadableTable
from assistant.prompting import Prompts

_MOST_TABLES = 12  # shown where nothing was linked
_MOST_COLUMNS = 60  # of a table
_MOST_METRICS = 12
_MOST_EXAMPLES = 4
_MOST_EARLIER = 3
_MOST_TOKENS = 1024  # of a reply

Nearest = Callable[[str, int], Sequence[Example]]
"""From a question to so many verified examples at most, the nearest first."""


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column as a prompt shows it; `values` are those that it may hold, in words."""

    name: str
    kind: str
    says: str
    unit: str
    values: str


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table as a prompt shows it."""

    name: str
    says: str
    columns: tuple[ShownColumn, ...]


@dataclass(frozen=True)
class Told:
    """What a model is told for a question: the values of the templates, by name."""

    question: DataQuestion
    shown: Mapping[str, object]


@dataclass(frozen=True)
class StatementPrompt:
    """Turns a question and what it was linked to into a request for a statement.

    Args:
        prompts: The prompt library.
        schema: What may be read.
        layer: What it means.
        nearest: Finds verified examples.
    """

    prompts: Prompts
    schema: ReadableSchema
    layer: SemanticLayer
    nearest: Nearest

    @cached_property
    def version(self) -> str:
        """What tells one wording of the prompt from another."""
        return self.prompts.version("sql_rules", "write_sql", "fix_sql")

    def told(self, question: DataQuestion, linking: Linking) -> Told:
        """Return what a model is told of the database for a question."""
        tables = self._tables(linking)
        names = {table.name for table in tables}
        shown = {
            "tables": [self._shown(table) for table in tables],
            "joins": [one for one in self.layer.joins if {one.left, one.right} <= names],
            "metrics": self._metrics(question.text, names),
            "examples": self.nearest(question.text, _MOST_EXAMPLES),
            "values": linking.values,
            "earlier": question.earlier[-_MOST_EARLIER:],
            "question": question.text,
        }
        return Told(question, shown)

    def request(self, told: Told, route: Route, label: Sensitivity) -> CompletionRequest:
        """Return the request for a statement; `label` is the strictest of what is in its prompt."""
        question = told.question
        return CompletionRequest(
            task=Task.SQL,
            question=question.text,
            evidence=(),
            messages=self._messages("write_sql", told),
            sensitivity=label,
            max_tokens=_MOST_TOKENS,
            route=route,
            asked_by=question.asked_by,
            conversation_id=question.conversation_id,
            confirmed=question.confirmed,
            prompt_version=self.version,
        )

    def correction(
        self, request: CompletionRequest, told: Told, sql: str, why: str
    ) -> CompletionRequest:
        """Return the request for a statement in place of one that did not run.

        Args:
            request: The one before it.
            told: What the model is told of the database.
            sql: The statement; empty where the reply held none.
            why: What the guard or the database said of it.
        """
        messages = self._messages("fix_sql", told, sql=sql, why=why)
        return replace(request, task=Task.FIX_SQL, messages=messages)

    def _messages(self, template: str, told: Told, **more: str) -> tuple[Message, ...]:
        user = self.prompts.render(template, **told.shown, **more)
        return Message("system", self.prompts.render("sql_rules")), Message("user", user)

    def _tables(self, linking: Linking) -> list[ReadableTable]:
        linked = [self.schema.tables[name] for name in linking.tables if name in self.schema.tables]
        return linked or list(self.schema.tables.values())[:_MOST_TABLES]

    def _shown(self, table: ReadableTable) -> ShownTable:
        meaning = self.layer.tables.get(table.name)
        columns = list(table.columns.items())[:_MOST_COLUMNS]
        known = meaning.columns if meaning else {}
        return ShownTable(
            table.name,
            meaning.says if meaning and meaning.says else table.comment,
            tuple(
                _column(name, kind, known.get(name, ColumnMeaning()), table.choices.get(name, ()))
                for name, kind in columns
            ),
        )

    def _metrics(self, text: str, names: set[str]) -> list[Metric]:
        """Return the figures that the tables are enough for, those that the question names first."""
        fitting = [one for one in self.layer.metrics if set(one.tables) <= names]
        asked = text.casefold()
        fitting.sort(key=lambda one: not any(name in asked for name in (one.name, *one.synonyms)))
        return fitting[:_MOST_METRICS]


def _column(name: str, kind: str, meaning: ColumnMeaning, stored: Sequence[str]) -> ShownColumn:
    said = "one of " + ", ".join(f"'{value}'" for value in stored) if stored else ""
    return ShownColumn(name, kind, meaning.says, meaning.unit, said)
