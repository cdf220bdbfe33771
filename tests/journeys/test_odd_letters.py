"""An analyst types words as everybody does; filings print some of their letters as one sign."""

import pytest

from assistant.domain.answers import Scope
from assistant.domain.ingestion import Upload

pytestmark = pytest.mark.anyio

PRINTED = "The e\ufb03ciency of our \ufb01nance unit was \uff11\uff12 percent."
OTHER = "The weather in our valleys was dry, and apples ripened early."


@pytest.mark.parametrize("typed", ["efficiency", "finance unit", "\ufb01nance"])
async def test_letters_printed_as_one_sign_are_found_as_they_are_typed(app, typed):
    uploads = [
        Upload("odd.html", f"<html><p>{PRINTED}</p></html>".encode()),
        Upload("other.html", f"<html><p>{OTHER}</p></html>".encode()),
    ]
    [_ async for _ in app.ingest.ingest(uploads)]
    first, *_ = await app.search(typed, Scope(), 2)
    assert first.text == PRINTED
