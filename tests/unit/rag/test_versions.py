"""Which entries of a filing may answer, and what is said of an older version."""

from dataclasses import replace
from datetime import date

from assistant.domain.answers import Scope
from assistant.domain.filings import entries
from assistant.domain.records import Placement
from assistant.rag.reading import in_scope
from assistant.rag.superseded import notes, superseded
from tests.unit.rag.making import filing

OLD = replace(
    filing(name="a1"), name="report",
    placements=(Placement("a1", "report", "report.pdf", current="a2"),), replaced_by="a2",
)  # fmt: skip
NEW = replace(
    filing(name="a2"), name="report",
    placements=(
        Placement("a2", "report", "report.pdf", version=2, current="a2"),
        Placement("b1", "board copy", "board copy.pdf", "board", current="b1"),
    ),
)  # fmt: skip
MOVED = replace(
    filing(name="c1"), name="draft",
    placements=(
        Placement("c1", "draft", "draft.pdf", current="z9"),
        Placement("c2", "final", "final.pdf", current="c2"),
    ),
)  # fmt: skip
ALL = [OLD, NEW, MOVED]


def shown(scope):
    return [(one.id, one.name) for one in in_scope(ALL, scope)]


def test_without_a_scope_each_content_answers_once_under_a_current_name():
    assert shown(Scope()) == [("a2", "report"), ("c1", "final")]


def test_a_name_means_the_current_version_and_an_id_any():
    assert shown(Scope(("report",))) == [("a2", "report")]
    assert shown(Scope(("a1",))) == [("a1", "report")]
    assert shown(Scope(("draft",))) == []
    assert shown(Scope(("c1",))) == [("c1", "draft")]


def test_a_content_under_two_of_the_names_asked_answers_once():
    assert shown(Scope(("board copy",))) == [("a2", "board copy")]
    assert shown(Scope(("report", "board copy"))) == [("a2", "report")]


def test_an_answer_from_an_older_version_says_which_one_is_current():
    pairs = superseded(ALL)
    day = date(2026, 1, 2)
    said = ("report (version 1) is superseded by report (version 2) as of 2026-01-02.",)
    assert notes(["a1"], pairs, day) == said


def test_a_list_has_a_row_for_each_entry():
    listed = [(one.entry.id, one.standing) for one in entries(ALL)]
    assert listed == [
        ("a1", ("not current",)),
        ("a2", ("version 2",)),
        ("b1", ("in board",)),
        ("c1", ("not current",)),
        ("c2", ()),
    ]
