"""A reply is read whatever a model wraps around it; what it asks to be run is never chosen in silence."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.queries import AskedBack, Declined, Written
from assistant.nl2sql.replies import drafted

SQL = "SELECT symbol,\n       count(*) AS n\nFROM trades\nWHERE note = 'a;b'\nGROUP BY symbol"


@pytest.mark.parametrize(
    "reply",
    [
        SQL,
        SQL + ";",
        f"  {SQL} ;\n",
        json.dumps({"sql": SQL}),
        json.dumps({"SQL": SQL, "clarify": None, "refuse": ""}),
        json.dumps({"action": "answer", "sql": SQL + ";", "reason": "It counts."}),
        json.dumps({"sql": f"```sql\n{SQL}\n```"}),
        f"```json\n{json.dumps({'sql': SQL})}\n```",
        f"Sure!\n\n```sql\n{SQL};\n```\n\nThis counts the trades.",
        f"```\n{SQL}\n```",
        f"```postgresql\n{SQL}",
        f"Here is the query:\n\n{SQL};\n\nIt groups by symbol.",
        f"Here is the query:\n{SQL}\n\nLet me know if you need more.",
        f'<think>SELECT 1? No: {{"sql": "SELECT 2"}}</think>\n{SQL}',
        f"They want a count. SELECT 1?</think>{SQL}",
        f"<thinking>\nhm\n</thinking>\n{json.dumps({'sql': SQL})} Done.",
        "The braces {of prose} come first. " + json.dumps({"sql": SQL}),
        json.dumps({"note": "draft"}) + "\n" + json.dumps({"sql": SQL}),
        '{"sql": "' + SQL + '"}',
    ],
)
def test_a_statement_is_found(reply):
    assert drafted(reply) == Written(SQL)


@pytest.mark.parametrize(
    "sql",
    [
        "WITH t AS (SELECT 1 AS n)\n\nSELECT n FROM t",
        "SELECT 1\n\nUNION ALL\n\nSELECT 2",
        "SELECT a -- note; more\nFROM t",
        "SELECT 'it''s; fine' FROM t",
        "(SELECT 1)",
        "with recursive r(n) as (select 1) select n from r",
    ],
)
def test_a_statement_is_kept_whole(sql):
    assert drafted(f"Here:\n{sql};\nThat is all.") == Written(sql)
    assert drafted(json.dumps({"sql": sql})) == Written(sql)


def test_signs_that_prompts_show_in_another_form_are_read_back():
    assert drafted("SELECT 1 FROM t WHERE a &lt;> b") == Written("SELECT 1 FROM t WHERE a <> b")


@pytest.mark.parametrize(
    "reply",
    [
        "SELECT 1; DROP TABLE trades",
        "SELECT 1;\nDELETE FROM trades;",
        "```sql\nSELECT 1;\n```\nand\n```sql\nDROP TABLE trades;\n```",
        json.dumps({"sql": "SELECT 1; DROP TABLE trades"}),
    ],
)
def test_what_follows_a_statement_is_handed_on_with_it(reply):
    assert any(word in drafted(reply).sql for word in ("DROP", "DELETE"))


@pytest.mark.parametrize(
    "sql", ["DROP TABLE trades", "UPDATE trades SET price = 0", "COPY t TO '/x'"]
)
def test_what_does_harm_is_handed_on_to_the_guard(sql):
    assert drafted(f"Of course:\n{sql};") == Written(sql)


@pytest.mark.parametrize(
    ("reply", "draft"),
    [
        (
            {"clarify": "Which year?", "choices": ["2024", "2025"]},
            AskedBack("Which year?", ("2024", "2025")),
        ),
        ({"action": "clarify", "sql": None, "question": "Which year?"}, AskedBack("Which year?")),
        ({"clarify": True, "message": "Which year?"}, AskedBack("Which year?")),
        ({"refuse": "It would change data."}, Declined("It would change data.")),
        ({"action": "refuse", "sql": None, "reason": "Only reads."}, Declined("Only reads.")),
        (
            {"action": "REFUSE", "sql": "SELECT 1"},
            Declined("The database does not hold an answer to it."),
        ),
        ({"clarify": "Which\n  year?", "sql": None, "choices": "2024"}, AskedBack("Which year?")),
    ],
)
def test_a_question_back_or_a_refusal_is_read(reply, draft):
    assert drafted(json.dumps(reply)) == draft
    assert drafted(f"```json\n{json.dumps(reply, indent=2)}\n```") == draft


def test_a_question_back_or_a_refusal_may_be_named_in_plain_words():
    assert drafted("CLARIFY: Which year?\n") == AskedBack("Which year?")
    assert drafted("**Clarification:** Which\nyear?") == AskedBack("Which year?")
    assert drafted("REFUSE - only reads.") == Declined("only reads.")
    assert drafted("I refuse: no.") is None


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "   ",
        "I'm sorry, I cannot answer that question.",
        "With pleasure! As an assistant I can help.",
        "{}",
        "[1, 2]",
        '{"sql": null}',
        '{"sql": 7}',
        "<think>SELECT 1",
        "{" * 5_000,
        '{"a":' * 5_000,
    ],
)
def test_babble_is_nothing(reply):
    assert drafted(reply) is None


@given(st.text(max_size=400))
def test_any_text_is_read(text):
    drafted(text)
    drafted(json.dumps({"sql": text}))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["sql", "clarify", "refuse", "action", "choices", "question"]),
                inner,
                max_size=4,
            )
        ),
    )
)
def test_any_json_is_read(value):
    draft = drafted(json.dumps(value))
    assert draft is None or isinstance(draft, Written | AskedBack | Declined)
