"""What REST callers send, checked at the wire."""

from datetime import date
from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.requests import HTTPConnection

from assistant.bootstrap import App
from assistant.domain.answers import Destination, EarlierTurn, Scope, Source, ToolCall
from assistant.domain.filings import Page, unpack_boxes
from assistant.wire import Json, page_json

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class Request(BaseModel):
    """A body that holds the named fields and no others."""

    model_config = ConfigDict(extra="forbid")


class AllowedCall(Request):
    """A call of a tool that the user was asked about."""

    tool: Text
    arguments: Text = Field(description="As they were shown: JSON in a text.")

    def call(self) -> ToolCall:
        """Return the call."""
        return ToolCall(self.tool, self.arguments)


class AskRequest(Request):
    """A question over all filings, or over the named ones."""

    question: Text = Field(examples=["What was Tarrowmere's total revenue in 2024?"])
    documents: list[Text] = Field(
        default=[], max_length=100, description="Names without extension. Empty: all filings."
    )
    as_of: date | None = Field(
        default=None, description="Only filings that were public on this day. Empty: today."
    )
    previous: list[Text] = Field(
        default=[],
        max_length=100,
        description="Questions of the same conversation before this one, newest last; what the "
        "question leaves out is taken from them.",
    )

    model: Destination | None = Field(
        default=None, description="The destination that is wished for. Empty: the router decides."
    )
    confirmed: bool = Field(
        default=False, description="Whether you agree to what a cloud model may cost."
    )
    allowed: list[AllowedCall] = Field(
        default=[],
        max_length=4,
        description="Calls with effects outside that you allow: `allows` of a choice that you were "
        "given.",
    )
    source: Source | None = Field(
        default=None, description="What is to answer. Empty: the router decides."
    )
    fresh: bool = Field(
        default=False, description="Whether the answer is made anew, whatever was answered before."
    )

    def scope(self) -> Scope:
        """Return which filings may answer."""
        return Scope(tuple(self.documents))

    def history(self) -> tuple[EarlierTurn, ...]:
        """Return the turns before this one."""
        return tuple(map(EarlierTurn, self.previous))


class SearchRequest(Request):
    """A search for passages over all filings, or over the named ones."""

    query: Text = Field(examples=["net sales by segment"])
    documents: list[Text] = Field(
        default=[], max_length=100, description="Names without extension. Empty: all filings."
    )
    limit: int = Field(default=10, ge=1, le=100, description="How many passages at most.")
    as_of: date | None = Field(
        default=None, description="Only filings that were public on this day. Empty: all."
    )

    def scope(self) -> Scope:
        """Return which filings may be searched."""
        return Scope(tuple(self.documents), self.as_of)


def current_app(connection: HTTPConnection) -> App:
    """Return the product behind this server, opened when the server started."""
    app: App = connection.scope["state"]["app"]
    return app


CurrentApp = Annotated[App, Depends(current_app)]


def page_with_boxes(page: Page) -> Json:
    """Return a page: its text, its size in points, and where each word is printed.

    A box is `[start, end, left, bottom, right, top]`: offsets into `text`, then points from the
    lower left corner.
    """
    boxes = [
        [box.start, box.end, box.left, box.bottom, box.right, box.top]
        for box in unpack_boxes(page.boxes)
    ]
    return page_json(page) | {"width": page.width, "height": page.height, "boxes": boxes}
