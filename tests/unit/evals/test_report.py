import io
import json
from datetime import date
from pathlib import Path

from rich.console import Console

from assistant.evals.metrics import answer_metrics as of_answers
from assistant.evals.metrics import judge, rank, retrieval_metrics
from assistant.evals.report import (
    Machine,
    print_table,
    this_machine,
    to_json,
    write_markdown,
    write_section,
)
from assistant.evals.run import Mode, Outcome, Result
from tests.unit.evals.builders import answer, case, passage

MACHINE = Machine("Test CPU", 2, "3.11.9")
DAY = date(2026, 11, 20)


def retrieval() -> Result:
    metrics = retrieval_metrics([rank(case(), [passage("ACME", 5)])])
    outcomes = tuple(Outcome(mode, metrics, {"novel": metrics}) for mode in Mode)
    return Result("retrieval", "questions.jsonl", 1, outcomes, 1.23456, ("GONE [x]",), 2)


def answers() -> Result:
    metrics = of_answers([judge(case("12.5%"), answer("12.5%"))])
    return Result("answers", "questions.jsonl", 1, (Outcome(Mode.STORE, metrics),), 0.5)


def test_the_json_has_the_contracts_fields_and_both_scopes() -> None:
    shape = json.loads(json.dumps(to_json(retrieval())))

    assert (shape["dataset"], shape["n"], shape["seconds"]) == ("questions.jsonl", 1, 1.235)
    assert shape["metrics"]["whole_store"]["page_hit@5"] == 1.0
    assert shape["metrics"]["document_given"]["by_question_type"]["novel"]["mrr"] == 1.0
    assert (shape["left_out"], shape["missing_documents"]) == (2, ["GONE [x]"])


def test_the_table_shows_figures_and_names_what_was_left_out() -> None:
    out = io.StringIO()

    print_table(retrieval(), Console(file=out, width=200))

    assert "page_hit@5" in out.getvalue()
    assert "GONE [x]" in out.getvalue()


def test_shares_of_nothing_are_shown_as_a_dash() -> None:
    out = io.StringIO()

    print_table(answers(), Console(file=out, width=80))

    lines = {line.split()[1]: line.split()[3] for line in out.getvalue().splitlines()[5:-1]}
    assert (lines["figure_right"], lines["words_right"]) == ("1.000", "-")


def test_no_figure_is_cut_at_eighty_columns() -> None:
    out = io.StringIO()

    print_table(retrieval(), Console(file=out, width=80))

    assert "…" not in out.getvalue()


def test_markdown_replaces_only_what_stands_between_the_marks(tmp_path: Path) -> None:
    path = tmp_path / "evaluation.md"
    write_markdown(path, [answers()], MACHINE, DAY, "aei eval answers")
    path.write_text("# My words\n" + path.read_text().partition("\n")[2] + "\nMy end.\n")

    write_markdown(path, [retrieval()], MACHINE, DAY, "aei eval retrieval")

    text = path.read_text()
    assert text.startswith("# My words\n")
    assert text.endswith("My end.\n")
    assert "page_hit@5" in text
    assert "figure_right" not in text
    assert "`aei eval retrieval`, 2026-11-20, Test CPU, 2 cores, Python 3.11.9." in text


def test_writing_the_same_results_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "evaluation.md"
    write_markdown(path, [answers()], MACHINE, DAY, "x")
    first = path.read_text()

    write_markdown(path, [answers()], MACHINE, DAY, "x")

    assert path.read_text() == first


def test_marks_are_added_to_a_file_that_has_none(tmp_path: Path) -> None:
    path = tmp_path / "evaluation.md"
    path.write_text("# Words\n")

    write_markdown(path, [answers()], MACHINE, DAY, "x")

    assert path.read_text().startswith("# Words\n\n<!-- figures: begin -->\n")


def test_the_machine_is_named() -> None:
    machine = this_machine()

    assert machine.cpu
    assert machine.cores >= 1


def test_sections_of_one_file_do_not_touch_each_other(tmp_path: Path) -> None:
    path = tmp_path / "evaluation.md"
    write_section(path, "speed", "fast")
    write_section(path, "figures", "good")

    write_section(path, "speed", "faster")

    text = path.read_text()
    assert text.index("faster") < text.index("good")
    assert text.count("<!-- speed: begin -->") == 1
    assert "fast\n" not in text
