"""`aei eval`: scores datasets through the same functions as every face."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from assistant.bootstrap import App, open_app, open_router
from assistant.bootstrap.models import open_pricing
from assistant.bootstrap.sql import open_desk, open_guard, open_linker
from assistant.bootstrap.verified import prepare_examples, without_example
from assistant.cli.output import JsonFlag, err, out, print_json, read_settings, run
from assistant.domain.answers import Answer, Question
from assistant.evals.cases import Case, read_cases
from assistant.evals.costs import ASSUMED, DayCost, cost_json, cost_of
from assistant.evals.guard import GuardScore, Statement, score_guard
from assistant.evals.linking import LinkedQuestion, LinkingScore, score_linking
from assistant.evals.report import print_table, to_json
from assistant.evals.routing import RoutingCase, RoutingScore, Sent, read_messages, score_routing
from assistant.evals.run import Result, run_answers, run_retrieval
from assistant.evals.sql import SqlScore, examples_of, score_sql
from assistant.evals.verification import Score, statement_pages
from assistant.evals.verification import score as score_verification
from assistant.nl2sql.asking import DataDesk
from assistant.settings import ModelChoice, Settings, Switch
from assistant.turn import final_answer

_SHOWN = 10  # cases that went wrong, of each kind

evaluate = typer.Typer(help="Score a dataset.", no_args_is_help=True)

Datasets = Annotated[list[Path], typer.Argument(help="JSON lines of questions with gold pages.")]
Scorer = Callable[[App, str, Sequence[Case], set[str]], Awaitable[Result]]


@evaluate.command()
def retrieval(datasets: Datasets, as_json: JsonFlag = False) -> None:
    """Page-hit@1/3/5/10, document-hit@5 and MRR, for the document given and the whole store.

    Example: aei eval retrieval ../shared/eval/financebench/questions.jsonl
    """

    async def score(app: App, name: str, cases: Sequence[Case], stored: set[str]) -> Result:
        return await run_retrieval(name, cases, app.search, stored)

    _evaluate(datasets, score, read_settings(as_json), as_json)


@evaluate.command()
def answers(
    datasets: Datasets,
    model: Annotated[
        ModelChoice | None, typer.Option(help="Which model answers; default: AEI_MODEL.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Shares of right, wrong and refused answers; a wrong figure is worse than a refusal.

    Example: aei eval answers ../shared/eval/financebench/questions.jsonl
    """

    async def score(app: App, name: str, cases: Sequence[Case], stored: set[str]) -> Result:
        async def ask(question: Question) -> Answer:
            agreed = replace(question, confirmed=True)  # there is nobody to ask back
            return await final_answer(app.assistant.ask(agreed))

        return await run_answers(name, cases, ask, stored, datetime.now(UTC).date())

    _evaluate(datasets, score, read_settings(as_json, model=model), as_json)


@evaluate.command()
def routing(
    datasets: Annotated[list[Path], typer.Argument(help="JSON lines of labelled messages.")],
    as_json: JsonFlag = False,
) -> None:
    """Leaks, recall of what is sensitive, and accuracy of route, intent and complexity.

    Example: aei eval routing ../shared/eval/routing/messages.jsonl
    """
    settings = read_settings(as_json)

    async def work() -> list[RoutingScore]:
        suites = [read_messages(path, RoutingCase) for path in datasets]
        router, today = open_router(settings), datetime.now(UTC).date()
        return [await score_routing(router, cases, today) for cases in suites]

    start = time.perf_counter()
    for path, result in zip(datasets, run(work(), as_json), strict=True):
        wrong = {"leaked": result.leaked, "misrouted": result.misrouted, "misread": result.misread}
        _show_score(path, result, "messages", wrong, start, as_json)


@evaluate.command()
def costs(
    datasets: Annotated[list[Path], typer.Argument(help="JSON lines of messages: id, text.")],
    as_json: JsonFlag = False,
) -> None:
    """What a day of messages costs: share answered without the cloud, saving against all-cloud.

    The tokens of an answer are assumed; they are printed.

    Example: aei eval costs ../shared/eval/routing/messages.jsonl
    """
    settings = read_settings(as_json)
    pricing = open_pricing(settings)

    async def work() -> list[DayCost]:
        days = [read_messages(path, Sent) for path in datasets]
        router, today = open_router(settings), datetime.now(UTC).date()
        return [await cost_of(router, messages, pricing.price, today) for messages in days]

    start = time.perf_counter()
    for path, result in zip(datasets, run(work(), as_json), strict=True):
        if as_json:
            seconds = round(time.perf_counter() - start, 3)
            print_json(cost_json(str(path), result, pricing.model, pricing.price, seconds))
            continue
        out.print(f"{path} ({result.n} messages), {pricing.model}", markup=False)
        for name, value in result.metrics.items():
            out.print(f"{name:24} {value:>10}", highlight=False)
    for name, took in ASSUMED.items():
        err.print(f"assumed for {name}: {took.prompt} tokens read, {took.completion} written")


@evaluate.command()
def guard(
    datasets: Annotated[list[Path], typer.Argument(help="JSON lines: id, sql, must_block.")],
    as_json: JsonFlag = False,
) -> None:
    """Share of hostile SQL that the guard refuses, and of good SQL that it allows.

    Over the schema of AEI_ANALYTICS_URL; nothing is run.

    Example: aei eval guard ../shared/eval/sql/hostile.jsonl ../shared/eval/sql/legit.jsonl
    """
    settings = read_settings(as_json)

    async def work() -> list[GuardScore]:
        suites = [read_messages(path, Statement) for path in datasets]
        judge = await open_guard(settings)
        return [score_guard(judge, statements) for statements in suites]

    start = time.perf_counter()
    for path, result in zip(datasets, run(work(), as_json), strict=True):
        wrong = {"passed": result.passed, "refused": result.refused}
        _show_score(path, result, "statements", wrong, start, as_json)


@evaluate.command("sql")
def sql_questions(
    datasets: Annotated[
        list[Path], typer.Argument(help="JSON lines: questions with gold_sql, or other wordings.")
    ],
    model: Annotated[ModelChoice, typer.Option(help="What writes the statements.")] = (
        ModelChoice.BUILTIN
    ),
    examples: Annotated[
        Path | None, typer.Option(help="Take the gold of this dataset as verified examples.")
    ] = None,
    leave_one_out: Annotated[
        bool, typer.Option(help="Of these examples, each question is asked without its own.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Share of questions to the database whose statement gives the right rows.

    On AEI_ANALYTICS_URL, at the day of AEI_SQL_TODAY. Of other wordings: the share that is right,
    and of near misses the share that is wrongly answered as the question that they are like.

    Example: aei eval sql ../shared/eval/sql/questions.jsonl --model builtin
    """
    settings = read_settings(as_json, model=model)

    async def work() -> list[SqlScore]:
        verified = examples_of(examples) if examples else ()
        async with open_desk(settings, verified) as desk:
            await prepare_examples(desk)

            def desk_for(question: str) -> DataDesk:
                return without_example(desk, question) if leave_one_out else desk

            return [await score_sql(path, desk_for) for path in datasets]

    start = time.perf_counter()
    for path, result in zip(datasets, run(work(), as_json), strict=True):
        ended = {"wrong": result.wrong, "refused": result.refused, "same_rows": result.alike}
        _show_score(path, result, "questions", ended, start, as_json)


@evaluate.command()
def linking(
    datasets: Annotated[list[Path], typer.Argument(help="JSON lines: id, question, gold_sql.")],
    as_json: JsonFlag = False,
) -> None:
    """Recall of the tables, columns and values that the statements of questions name.

    Over the database of AEI_ANALYTICS_URL; the statements are read, not run.

    Example: aei eval linking ../shared/eval/sql/questions.jsonl
    """
    settings = read_settings(as_json)

    async def work() -> list[LinkingScore]:
        suites = [read_messages(path, LinkedQuestion) for path in datasets]
        async with open_linker(settings) as linker:
            return [await score_linking(linker, questions) for questions in suites]

    start = time.perf_counter()
    for path, result in zip(datasets, run(work(), as_json), strict=True):
        wrong = {"tables": result.tables, "columns": result.columns, "values": result.values}
        _show_score(path, result, "questions", wrong, start, as_json)


@evaluate.command()
def verification(as_json: JsonFlag = False) -> None:
    """Plant wrong figures into right answers from the store's statements: share caught, and flagged.

    Example: aei eval verification
    """
    settings = read_settings(as_json)

    async def work() -> Score:
        async with open_app(settings) as app:
            return score_verification(await statement_pages(app.catalogue))

    start = time.perf_counter()
    result = run(work(), as_json)
    metrics = result.metrics
    shown = {"dataset": "store", "n": result.right, "metrics": metrics}
    if as_json:
        print_json(shown | {"seconds": round(time.perf_counter() - start, 3)})
        return
    for name, value in metrics.items():
        out.print(f"{name:24} {value:>8}", highlight=False)
    for line in [*result.missed[:_SHOWN], *result.false_flags[:_SHOWN]]:
        out.print(line, style="yellow", markup=False)


def _evaluate(datasets: Sequence[Path], score: Scorer, settings: Settings, as_json: bool) -> None:
    settings = settings.model_copy(update={"answer_cache": Switch.OFF})  # every answer is made

    async def work() -> list[Result]:
        suites = [(str(path), read_cases(path)) for path in datasets]
        async with open_app(settings) as app:
            stored = {filing.name for filing in await app.catalogue.filings()}
            return [await score(app, name, cases, stored) for name, cases in suites]

    results = run(work(), as_json)
    for result in results:
        print_table(result, err if as_json else out)
        if as_json:
            print_json(to_json(result))


def _show_score(
    path: Path,
    result: RoutingScore | GuardScore | LinkingScore | SqlScore,
    noun: str,
    wrong: dict[str, tuple[str, ...]],
    start: float,
    as_json: bool,
) -> None:
    """Show one dataset's metrics, and by name the ids of what went wrong."""
    if as_json:
        seconds = round(time.perf_counter() - start, 3)
        shown = {"dataset": str(path), "n": result.n, "metrics": result.metrics}
        print_json(shown | wrong | {"seconds": seconds})
        return
    out.print(f"{path} ({result.n} {noun})", markup=False)
    for name, value in result.metrics.items():
        out.print(f"{name:24} {value:>8}", highlight=False)
    for name, ids in wrong.items():
        out.print(f"{name}: {' '.join(ids) or 'none'}", style="yellow", markup=False)
