"""What REST callers send about the database, checked at the wire."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from assistant.api.schemas import Request, Text
from assistant.domain.answers import Destination
from assistant.domain.people import Principal
from assistant.domain.queries import DataQuestion, EarlierQuery

Statement = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)
]
_ASKED = "Show me all AAPL trades this week with profit > $1000"
_STATEMENT = "SELECT symbol, sum(quantity) AS shares FROM trades GROUP BY symbol"


class EarlierRequest(Request):
    """A question of the same conversation, and the statement that answered it."""

    question: Text
    sql: Statement | None = None

    def query(self) -> EarlierQuery:
        """Return the question as the desk takes it."""
        return EarlierQuery(self.question, self.sql or "")


class SqlRequest(Request):
    """A question in plain English, or a statement of your own: one of them."""

    question: Text | None = Field(default=None, examples=[_ASKED])
    sql: Statement | None = Field(default=None, description="A statement to run as it is.")
    previous: list[EarlierRequest] = Field(
        default=[],
        max_length=20,
        description="Questions of the same conversation before this one, newest last; what the "
        "question refines is taken from them.",
    )
    model: Destination | None = Field(
        default=None, description="What writes the statement. Empty: the router decides."
    )
    confirmed: bool = Field(
        default=False, description="Whether you agree to what a cloud model may cost."
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.question is None) == (self.sql is None):
            raise ValueError("give either `question` or `sql`")
        return self

    def asked(self, by: Principal) -> DataQuestion:
        """Return the question as the desk takes it."""
        return DataQuestion(
            self.question or "",
            by,
            tuple(one.query() for one in self.previous),
            self.model,
            confirmed=self.confirmed,
        )


class CheckRequest(Request):
    """A statement to judge; nothing is run."""

    sql: Statement = Field(examples=[_STATEMENT])


class LinkRequest(Request):
    """A question whose tables, columns and values are looked for; nothing is run."""

    question: Text = Field(examples=[_ASKED])


class VerdictRequest(Request):
    """Whether a statement answers a question."""

    question: Text = Field(examples=[_ASKED])
    sql: Statement = Field(description="The statement as the answer told it.")
    right: bool = Field(description="Whether its rows answer the question.")
