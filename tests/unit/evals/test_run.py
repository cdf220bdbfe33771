import asyncio
from datetime import date

import pytest

from assistant.domain.answers import Answer, Question, Scope
from assistant.domain.errors import InvalidRequest, ServiceUnavailable
from assistant.domain.filings import FoundPassage
from assistant.evals.report import to_json
from assistant.evals.run import Mode, run_answers, run_retrieval
from tests.unit.evals.builders import answer, case, passage

pytestmark = pytest.mark.anyio

TODAY = date(2026, 11, 20)


async def test_each_question_is_asked_of_its_document_and_of_the_whole_store() -> None:
    asked: list[tuple[str, Scope]] = []

    async def search(text: str, scope: Scope, limit: int) -> list[FoundPassage]:
        asked.append((text, scope))
        return [passage("ACME", 5)] if scope.documents else [passage("OTHER", 5)]

    result = await run_retrieval("d", [case()], search, {"ACME"})

    given, store = result.outcomes
    assert asked == [("Question q?", Scope(("ACME",))), ("Question q?", Scope())]
    assert (given.mode, given.all["page_hit@1"]) == (Mode.DOCUMENT, 1.0)
    assert (store.mode, store.all["page_hit@1"]) == (Mode.STORE, 0.0)


async def test_figures_are_split_by_question_type() -> None:
    async def search(text: str, scope: Scope, limit: int) -> list[FoundPassage]:
        return [passage("ACME", 5)]

    cases = [case(kind="a", name="1"), case(kind="b", name="2", pages=(6,))]

    result = await run_retrieval("d", cases, search, {"ACME"})

    by_kind = result.outcomes[0].by_kind
    assert (by_kind["a"]["mrr"], by_kind["b"]["mrr"]) == (1.0, 0.0)


async def test_the_search_is_asked_for_more_until_ten_pages_are_found() -> None:
    limits: list[int] = []

    async def search(text: str, scope: Scope, limit: int) -> list[FoundPassage]:
        limits.append(limit)
        return [passage("ACME", 1 + n // 30, n) for n in range(limit)]

    result = await run_retrieval("d", [case(pages=(10,))], search, {"ACME"}, at_once=1)

    assert limits == [40, 160, 640] * 2
    assert result.outcomes[0].all["page_hit@10"] == 1.0


async def test_a_search_that_has_no_more_is_asked_once() -> None:
    limits: list[int] = []

    async def search(text: str, scope: Scope, limit: int) -> list[FoundPassage]:
        limits.append(limit)
        return [passage("ACME", 1)]

    await run_retrieval("d", [case()], search, {"ACME"})

    assert limits == [40, 40]


async def test_documents_that_are_not_in_the_store_are_named_and_left_out() -> None:
    async def search(text: str, scope: Scope, limit: int) -> list[FoundPassage]:
        return [passage("ACME", 5)]

    cases = [case(name="1"), case(name="2", document="GONE"), case(name="3", document="GONE")]

    result = await run_retrieval("d", cases, search, {"ACME"})

    assert (result.n, result.left_out, result.missing) == (1, 2, ("GONE",))
    assert result.outcomes[0].all["page_hit@1"] == 1.0
    assert "GONE" in result.warnings[0]


async def test_a_store_with_none_of_the_documents_is_an_error() -> None:
    async def search(text: str, scope: Scope, limit: int) -> list[FoundPassage]:
        return []

    with pytest.raises(InvalidRequest, match="none of the filings"):
        await run_retrieval("d", [case()], search, {"OTHER"})


async def test_unanswerable_questions_are_not_searched_for() -> None:
    async def search(text: str, scope: Scope, limit: int) -> list[FoundPassage]:
        return [passage("ACME", 5)]

    result = await run_retrieval("d", [case(), case(None, name="2")], search, {"ACME"})

    assert result.n == 1


async def test_the_report_says_how_each_question_ended() -> None:
    async def ask(question: Question) -> Answer:
        return answer("It was 12.5%")

    async def search(text: str, scope: Scope, limit: int) -> list[FoundPassage]:
        return [passage("ACME", 1), passage("ACME", 5)]

    answers = to_json(await run_answers("d", [case("9.1")], ask, {"ACME"}, TODAY))
    found = to_json(await run_retrieval("d", [case()], search, {"ACME"}))

    assert answers["questions"][0] == {
        "id": "q",
        "scope": "document_given",
        "verdict": "wrong",
        "compared_by": "figure",
        "gold": "9.1",
        "answer": "It was 12.5%",
    }
    assert found["questions"][1] == {
        "id": "q",
        "scope": "whole_store",
        "page_rank": 2,
        "document_rank": 1,
    }


async def test_answers_are_judged_in_both_scopes() -> None:
    async def ask(question: Question) -> Answer:
        assert question.as_of == TODAY
        return answer("It was 12.5%") if question.scope.documents else answer("", refused=True)

    result = await run_answers("d", [case("12.5%")], ask, {"ACME"}, TODAY)

    given, store = result.outcomes
    assert (given.all["figure_right"], store.all["figure_refused"]) == (1.0, 1.0)


async def test_no_more_questions_are_asked_at_once_than_allowed() -> None:
    busy = most = 0

    async def ask(question: Question) -> Answer:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.001)
        busy -= 1
        return answer("7")

    cases = [case(name=str(n)) for n in range(12)]
    await run_answers("d", cases, ask, {"ACME"}, TODAY, at_once=3)

    assert most == 3


async def test_a_failing_service_ends_the_run_with_its_own_error() -> None:
    async def ask(question: Question) -> Answer:
        raise ServiceUnavailable("The database does not answer")

    with pytest.raises(ServiceUnavailable, match="database"):
        await run_answers("d", [case(), case(name="2")], ask, {"ACME"}, TODAY)
