"""Which questions share an answer: repeats do, near misses never."""

import json
import re
import tomllib
import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from assistant.domain.answers import Destination, EarlierTurn, Question, Scope
from assistant.domain.filings import Filing, Listing
from assistant.domain.people import LOCAL_USER, Principal, Role
from assistant.rag.recall import key_of
from assistant.rag.repeated import normal_form
from assistant.rag.understand import Understander
from tests.unit.rag.making import filing

pytestmark = pytest.mark.anyio

GROUPS = tomllib.loads((Path(__file__).parent / "repeated.toml").read_text("utf-8"))["question"]
REPEATS = [(group["text"], text) for group in GROUPS for text in group["same"]]
NEAR = [(group["text"], text) for group in GROUPS for text in group["other"]]
COMPANIES = (
    ("Brindlecombe Orchards, Inc.", "BRIN"),
    ("Quillhaven, Inc.", "QUIL"),
    ("Thornlea Salt Works, Inc.", "TSW"),
    ("Calloway Freight Corporation", "CALW"),
)
FILINGS = tuple(
    filing(company, ticker, f"{ticker} {year}", form="10-K", fiscal_year=year)
    for company, ticker in COMPANIES
    for year in (2022, 2023, 2024)
)
CORPUS = Listing(FILINGS, 7)
EMPTY = re.compile("what|is|was|are|were|the|of|for|in|at|as|on|during|how|much|did")
ASKED = Question("What was Brindlecombe's net income in fiscal 2024?", LOCAL_USER, date(2026, 1, 2))


@dataclass
class Shelf:
    """The part of a catalogue that reading a question needs."""

    kept: tuple[Filing, ...] = FILINGS

    async def filings(self):
        return list(self.kept)


async def key(text=ASKED.text, corpus=CORPUS, expected=Destination.LOCAL, made_by="", **changes):
    question = replace(ASKED, text=text, **changes)
    query = await Understander(Shelf(corpus.filings)).query(question)
    return key_of(question, query, corpus, expected, made_by).digest


async def test_no_near_miss_gets_the_answer_of_another_question():
    assert len(NEAR) >= 100
    wrong = [(one, other) for one, other in NEAR if await key(one) == await key(other)]
    assert wrong == []


async def test_no_two_near_misses_share_an_answer_whatever_they_are_near_to():
    texts = [group["text"] for group in GROUPS] + [text for _, text in NEAR]
    keys = {text: await key(text) for text in texts}
    shared = [pair for pair in combinations(texts, 2) if keys[pair[0]] == keys[pair[1]]]
    assert shared == []


async def test_a_repeat_finds_the_answer_of_its_question():
    assert len(REPEATS) >= 60
    missed = [other for one, other in REPEATS if await key(one) != await key(other)]
    print(f"repeats found: {len(REPEATS) - len(missed)} of {len(REPEATS)}")
    assert len(missed) <= 0.05 * len(REPEATS), missed


async def test_no_near_miss_of_the_market_questions_gets_another_answer(eval_dir):
    folder = eval_dir / "sql"
    if not (folder / "paraphrases.jsonl").is_file():
        pytest.skip(f"no paraphrases in {folder} (AEI_EVAL_DIR)")
    questions = {one["id"]: one["question"] for one in _lines(folder / "questions.jsonl")}
    same, hits, wrong = 0, 0, []
    for pair in _lines(folder / "paraphrases.jsonl"):
        hit = await key(questions[pair["id"]]) == await key(pair["text"])
        same, hits = same + pair["same"], hits + (hit and pair["same"])
        if hit and not pair["same"]:
            wrong.append(pair["id"])
    print(f"paraphrases found: {hits} of {same}; wrong: {len(wrong)}")
    assert wrong == []


def _lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


CHANGES = {
    "as of another day": {"as_of": date(2025, 1, 2)},
    "of one filing": {"scope": Scope(("BRIN 2024",))},
    "of another filing": {"scope": Scope(("BRIN 2023",))},
    "asked by an analyst": {"asked_by": Principal("local", Role.ANALYST)},
    "to be answered in the cloud": {"expected": Destination.CLOUD},
    "wished to be answered here": {"model": Destination.LOCAL},
    "by another model": {"made_by": "qwen3:32b"},
    "of a changed catalogue": {"corpus": replace(CORPUS, state=8)},
    "of a catalogue with other filings": {"corpus": Listing(FILINGS[1:], 7)},
}


async def test_a_change_of_anything_an_answer_depends_on_is_another_key():
    keys = [await key(), *[await key(**change) for change in CHANGES.values()]]
    assert len(set(keys)) == len(keys)


async def test_the_order_of_a_scope_and_who_of_the_same_role_asks_change_nothing():
    one = await key(scope=Scope(("BRIN 2024", "BRIN 2023")))
    other = await key(scope=Scope(("BRIN 2023", "BRIN 2024", "BRIN 2023")))
    assert one == other
    assert await key() == await key(asked_by=Principal("ann", LOCAL_USER.role))


async def test_a_follow_up_has_the_key_of_what_it_means():
    meant = await key("What was Brindlecombe's net income in fiscal 2023?")
    history = (EarlierTurn("What was Brindlecombe's net income in fiscal 2024?"),)
    assert await key("and in fiscal 2023?", history=history) == meant
    other = (EarlierTurn("What was Quillhaven's net income in fiscal 2024?"),)
    assert await key("and in fiscal 2023?", history=other) != meant


async def test_an_empty_catalogue_answers_nothing_from_before():
    query = await Understander(Shelf(())).query(ASKED)
    assert key_of(ASKED, query, Listing(), Destination.LOCAL) is None


WORDS = ("revenue", "income", "assets", "loss", "cash", "not", "before", "per", "gross", "segment")
PLAIN = st.sampled_from([group["text"] for group in GROUPS])


@settings(deadline=None)
@given(PLAIN, st.data())
def test_another_digit_is_another_question(text, data):
    places = [at for at, char in enumerate(text) if char.isdecimal()]
    assume(places)
    at = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([n for n in "0123456789" if n != text[at]]))
    changed = text[:at] + digit + text[at + 1 :]
    assert normal_form(changed, FILINGS) != normal_form(text, FILINGS)


@settings(deadline=None)
@given(PLAIN, st.sampled_from(WORDS), st.data())
def test_a_word_more_is_another_question(text, word, data):
    at = data.draw(st.sampled_from([at for at, char in enumerate(text) if char == " "]))
    changed = f"{text[:at]} {word}{text[at:]}"
    assert normal_form(changed, FILINGS) != normal_form(text, FILINGS)


@settings(deadline=None)
@given(PLAIN, st.data())
def test_a_content_word_less_is_another_question(text, data):
    words = text.split(" ")
    content = [
        at for at, word in enumerate(words) if not EMPTY.fullmatch(word.lower().strip("?,."))
    ]
    at = data.draw(st.sampled_from(content))
    changed = " ".join(words[:at] + words[at + 1 :])
    assert normal_form(changed, FILINGS) != normal_form(text, FILINGS)


@settings(deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_texts_of_other_letters_or_digits_never_share_a_key(one, other):
    assume(_content(one) != _content(other))
    assert normal_form(f"zebra {one} ibex", FILINGS) != normal_form(f"zebra {other} ibex", FILINGS)


@settings(deadline=None)
@given(
    PLAIN, st.sampled_from(["", " ", "  \t", "\n"]), st.sampled_from(["", "?", " ?", "!", "..."])
)
def test_white_space_and_closing_marks_say_nothing(text, space, mark):
    changed = f"{space}{text.rstrip('?').replace(' ', space or ' ')}{mark}{space}"
    assert normal_form(changed, FILINGS) == normal_form(text, FILINGS)


def _content(text):
    return [char for char in unicodedata.normalize("NFC", text).casefold() if char.isalnum()]
