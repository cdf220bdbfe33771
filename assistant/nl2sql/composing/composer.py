"""Composes a statement from a question: parts -> a plan over one table -> an SQL tree.

Every part of a question must have a place in the plan. Each table that the question may be about is
tried; a question that reads well over none, or differently over several, is not answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.domain.queries import AskedBack, DataQuestion, Declined, Draft, Linking, Written
from assistant.domain.semantics import SemanticLayer
from assistant.domain.sql import ReadableSchema
from assistant.nl2sql.composing.building import written
from assistant.nl2sql.composing.exact import exact, market_words
from assistant.nl2sql.composing.following import asks_gains, goes_on, together
from assistant.nl2sql.composing.lexicon import Lexicon, Part, lexicon_of
from assistant.nl2sql.composing.plan import Plan, Unclear, Unread
from assistant.nl2sql.composing.reading import Reading, read
from assistant.nl2sql.composing.relations import Database, database_of
from assistant.nl2sql.composing.rules import OUTER
from assistant.nl2sql.composing.series import series
from assistant.nl2sql.composing.settling import finished
from assistant.nl2sql.composing.speech import Say
from assistant.nl2sql.composing.terms import Terms

_HINT = (
    "Say it with the names of tables, columns and figures, for example "
    '"total fees by venue in 2025" or "orders that were cancelled last week".'
)


@dataclass(frozen=True, slots=True)
class Composer:
    """Composes statements over one database."""

    database: Database
    lexicon: Lexicon

    def compose(self, question: DataQuestion, linking: Linking) -> Draft:
        """Return the statement of a question, or why there is none."""
        parts, unknown, refined = self._parts(question, linking)
        if unknown:
            return _not_understood(unknown)
        try:
            course = series(parts, self.database)
        except Unclear as why:
            return Declined(f"The question is not clear: {why}.", _HINT)
        return course or self._composed(parts, question, refined)

    def _parts(
        self, question: DataQuestion, linking: Linking
    ) -> tuple[list[Part], list[str], bool]:
        """Return the parts of a question, with those of the ones it goes on from; and unknown words.

        Last, whether it asks for gains or losses of what the ones before gave.
        """
        values = [one for one in linking.values if self._free(one.column)]
        parts: list[Part] = []
        unknown: list[str] = []
        refined = False
        for text in (*(one.question for one in question.earlier), question.text):
            cut = self.lexicon.parts(text, values)
            unknown = [one.text for one in cut if not one.known]
            kept = [one for one in cut if not _only_noise(one)]
            if parts and goes_on(kept):
                refined = refined or (asks_gains(kept) and not asks_gains(parts))
                kept = together(parts, kept)
            else:
                refined = False
            parts = [] if unknown else kept
        return parts, unknown, refined

    def _composed(self, parts: Sequence[Part], question: DataQuestion, refined: bool) -> Draft:
        plans, unclear, unread = self._plans(parts, refined)
        if len(plans) > 1:
            tables = " or ".join(one.base for one in plans)
            return Declined(f"The question can be about {tables}.", "Name the one that is meant.")
        if plans:
            return _refused(plans[0], question) or self._written(plans[0])
        if unclear:
            return Declined(f"The question is not clear: {unclear[0]}.", _HINT)
        return _not_understood(unread[:1] or [question.text])

    def _free(self, column: str) -> bool:
        """Whether the values of a column come from the data, not from the semantic layer."""
        table, _, name = column.partition(".")
        meaning = self.database.layer.tables.get(table)
        about = meaning.columns.get(name) if meaning else None
        if self.database.type_of(table, name) == "jsonb":
            return False
        return name in ("symbol", "sector", "industry", "country") or not (about and about.values)

    def _plans(
        self, parts: Sequence[Part], refined: bool
    ) -> tuple[list[Plan], list[str], list[str]]:
        plans: list[Plan] = []
        unclear: list[str] = []
        unread: list[str] = []
        doubted = False
        nouns, owners = _bases(parts, self.database)
        for base in [*nouns, *owners]:
            if (plans and plans[0].base in nouns) or (doubted and base not in nouns):
                break
            terms = Terms(self.database, base, base in nouns)
            reading = Reading(parts, terms, self.lexicon, Plan(base, refined=refined))
            try:
                read(reading, OUTER)
                plans.append(_of_what_is_named(finished(reading), nouns))
            except Unclear as why:
                unclear.append(str(why))
                doubted = doubted or base in nouns
            except Unread as what:
                unread.extend(what.words)
        return plans, unclear, unread

    def _written(self, plan: Plan) -> Written:
        return Written(written(plan, self.database).sql("postgres"), _told(plan))


def _of_what_is_named(plan: Plan, nouns: Sequence[str]) -> Plan:
    """Return a plan that lists rows of a table that the question names, or that lists none.

    Raises:
        Unclear: It would list trades where orders are asked for.
    """
    if nouns and plan.base not in nouns and not (plan.measures or plan.groups or plan.share):
        raise Unclear(f"it names {' and '.join(nouns)}, and something of {plan.base}")
    return plan


def _refused(plan: Plan, question: DataQuestion) -> Declined | None:
    """Return why a reader does not get this: rows of somebody else, or "my" rows of nobody."""
    reader = question.asked_by.id
    if plan.own and not reader.isdecimal():
        return Declined(
            'Whose rows are meant by "my" is not known: you are nobody\'s account holder here',
            'Name the user, for example "trades of user 12", or leave "my" out for all users.',
        )
    if plan.user and reader.isdecimal() and plan.user != reader:
        return Declined("Rows of other users are not shown", "Ask for your own rows.")
    return None


def composer_of(layer: SemanticLayer, schema: ReadableSchema) -> Composer:
    """Return a composer over what may be read of a database."""
    words = exact(layer, schema, market_words())
    return Composer(database_of(words, schema), lexicon_of(words, schema))


def _bases(parts: Sequence[Part], database: Database) -> tuple[list[str], list[str]]:
    """Return the tables that a question may be about: whose rows it names, and whose columns."""
    nouns = list(dict.fromkeys(table for part in parts for table in part.tables))
    if any(Say.INSIDE in part.says for part in parts):
        return [one for one in database.ways if any(database.key(one, noun) for noun in nouns)], []
    owners = [one.table for part in parts for one in part.names if not one.weak]
    owners += [one.table for part in parts for one in part.values]
    return nouns, [one for one in dict.fromkeys(owners) if one not in nouns]


def _only_noise(part: Part) -> bool:
    bare = not (part.tables or part.names or part.values or part.period) and part.number is None
    return bare and set(part.says) <= {Say.NOISE, Say.OF}


def _told(plan: Plan) -> tuple[str, ...]:
    told = [one.words for one in plan.conditions if one.words]
    told += [one.words for one in plan.members]
    told += [f"{function} of {term.words}" for function, term in plan.measures]
    told += [f"by {one.words}" for one in plan.groups]
    return (*told, *plan.words, *(["your own rows"] if plan.own else []))


def _not_understood(words: Sequence[str]) -> Declined | AskedBack:
    said = ", ".join(f'"{word}"' for word in dict.fromkeys(words))
    return Declined(f"Not understood: {said}.", _HINT)
