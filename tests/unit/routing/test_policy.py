"""The rules of the policy, each with its cases, and the order they stand in."""

import re

import pytest

from assistant.domain.answers import Destination
from assistant.domain.errors import InvalidRequest
from assistant.domain.filings import Sensitivity
from assistant.domain.people import Role
from assistant.domain.routing import Complexity, Intent, Reading, Secret, SensitiveSpan
from assistant.routing import policy
from assistant.routing.policy import RULES, Case, Policy, decide, read_policy

LOCAL, CLOUD, BUILTIN = Destination.LOCAL, Destination.CLOUD, Destination.BUILTIN
EASY = Reading(Intent.FILING_QA, 0.9, Complexity.SIMPLE)
HARD = Reading(Intent.DEBATE, 0.9, Complexity.COMPLEX)
SPAN = (SensitiveSpan(0, 4, Secret.POSITION),)
SECRET = Reading(Intent.DEBATE, 0.9, Complexity.COMPLEX, SPAN)
FOLLOWING = Reading(Intent.DEBATE, 0.9, Complexity.COMPLEX, inherited=True)
DOUBTED = Reading(Intent.DEBATE, 0.9, Complexity.COMPLEX, doubtful=True)
NAMED = (SensitiveSpan(0, 4, Secret.EMAIL),)
HIDEABLE = Reading(Intent.DEBATE, 0.9, Complexity.COMPLEX, NAMED, doubtful=True, hideable=True)
HIDDEN_BEFORE = Reading(Intent.DEBATE, 0.9, Complexity.COMPLEX, inherited=True, hideable=True)
EASY_HIDEABLE = Reading(Intent.FILING_QA, 0.9, Complexity.SIMPLE, NAMED, hideable=True)
RESTRICTED, INTERNAL = Sensitivity.RESTRICTED, Sensitivity.INTERNAL

OPEN = Policy()
CLOSED = Policy.model_validate({"cloud": {"enabled": False}})
INTERNAL_OUT = Policy.model_validate({"cloud": {"strictest_label": "internal"}})
ALL_OUT = Policy.model_validate({"cloud": {"strictest_label": "restricted"}})
NO_VIEWERS = Policy.model_validate({"roles": {"viewer": {"cloud": False}}})
REDACTING = Policy.model_validate({"cloud": {"redact": True}})
ANALYSTS_REDACT = Policy.model_validate({"roles": {"analyst": {"redact": True}}})
VIEWERS_DO_NOT = Policy.model_validate(
    {"cloud": {"redact": True}, "roles": {"viewer": {"redact": False}}}
)
REDACTING_ALL_OUT = Policy.model_validate(
    {"cloud": {"redact": True, "strictest_label": "restricted"}}
)
CLOSED_REDACTING = Policy.model_validate({"cloud": {"redact": True, "enabled": False}})
NO_DEBATE = Policy.model_validate({"cloud": {"intents": ["multi_doc_compare"]}})


def case(reading, role=Role.ANALYST, label=Sensitivity.PUBLIC, named="", asked=None):
    return Case(reading, role, label, named, asked)


@pytest.mark.parametrize(
    ("given", "rules", "destination", "reason"),
    [
        (case(EASY), OPEN, LOCAL, "routine"),
        (case(HARD), OPEN, CLOUD, "several steps"),
        (case(SECRET), OPEN, LOCAL, "positions or money"),
        (case(FOLLOWING), OPEN, LOCAL, "a message before it"),
        (case(DOUBTED), OPEN, LOCAL, "in doubt"),
        (case(HARD, label=INTERNAL), OPEN, LOCAL, "labelled internal"),
        (case(HARD, label=INTERNAL), INTERNAL_OUT, CLOUD, "several steps"),
        (case(HARD, label=RESTRICTED), ALL_OUT, LOCAL, "labelled restricted"),
        (case(HARD, named="Falcon"), OPEN, LOCAL, "about Falcon"),
        (case(HARD, Role.VIEWER), NO_VIEWERS, LOCAL, "of a viewer"),
        (case(HARD, Role.ANALYST), NO_VIEWERS, CLOUD, "several steps"),
        (case(HARD), CLOSED, LOCAL, "no cloud model"),
        (case(HARD), NO_DEBATE, LOCAL, "intent debate"),
        (case(HARD, asked=LOCAL), OPEN, LOCAL, "a local model was asked for"),
        (case(EASY, asked=CLOUD), OPEN, CLOUD, "a cloud model was asked for"),
        (case(HARD, asked=BUILTIN), OPEN, BUILTIN, "built-in answerer was asked for"),
        # with placeholders, for those whom the policy lets
        (case(HIDEABLE), OPEN, LOCAL, "an e-mail address"),
        (case(HIDEABLE), REDACTING, CLOUD, "placeholders stand for an e-mail address"),
        (case(HIDDEN_BEFORE), REDACTING, CLOUD, "placeholders stand for what is sensitive before"),
        (case(HIDEABLE), ANALYSTS_REDACT, CLOUD, "placeholders"),
        (case(HIDEABLE, Role.VIEWER), ANALYSTS_REDACT, LOCAL, "an e-mail address"),
        (case(HIDEABLE, Role.VIEWER), VIEWERS_DO_NOT, LOCAL, "an e-mail address"),
        (case(EASY_HIDEABLE), REDACTING, LOCAL, "routine"),
        (case(EASY_HIDEABLE, asked=CLOUD), REDACTING, CLOUD, "asked for, and placeholders"),
        (case(SECRET, asked=CLOUD), REDACTING, LOCAL, "positions or money"),
        (case(FOLLOWING, asked=CLOUD), REDACTING, LOCAL, "a message before it"),
        (case(DOUBTED, asked=CLOUD), REDACTING, LOCAL, "in doubt"),
        (case(HIDEABLE, label=RESTRICTED), REDACTING_ALL_OUT, LOCAL, "labelled restricted"),
        (case(HIDEABLE, label=INTERNAL), REDACTING, LOCAL, "labelled internal"),
        (case(HIDEABLE, named="Falcon"), REDACTING, LOCAL, "about Falcon"),
        (case(HIDEABLE), CLOSED_REDACTING, LOCAL, "no cloud model"),
        # what keeps text here wins over what lets it out
        (case(SECRET, asked=CLOUD), OPEN, LOCAL, "positions or money"),
        (case(DOUBTED, asked=CLOUD), OPEN, LOCAL, "in doubt"),
        (case(HARD, label=RESTRICTED, asked=CLOUD), ALL_OUT, LOCAL, "restricted"),
        (case(HARD, named="Falcon", asked=CLOUD), OPEN, LOCAL, "Falcon"),
        (case(HARD, Role.VIEWER, asked=CLOUD), NO_VIEWERS, LOCAL, "viewer"),
        (case(EASY, asked=CLOUD), CLOSED, LOCAL, "no cloud model"),
    ],
)
def test_the_first_rule_that_speaks_decides(given, rules, destination, reason):
    route = decide(given, rules)
    assert route.destination is destination
    assert reason in route.reasons[0]
    assert route.reading is given.reading
    in_vain = given.asked is CLOUD and destination is not CLOUD
    assert ("changes nothing" in route.reasons[-1]) == in_vain
    assert route.redacted == (destination is CLOUD and given.reading.sensitive)


def test_the_documented_order_is_the_order_of_the_rules():
    told = re.findall(r"^ ?\d+\. (\w+)", policy.__doc__, re.M)
    assert told == [rule.__name__.lstrip("_") for rule in RULES]


@pytest.mark.parametrize("reading", [SECRET, FOLLOWING, DOUBTED])
@pytest.mark.parametrize("asked", [None, LOCAL, CLOUD, BUILTIN])
@pytest.mark.parametrize("rules", [OPEN, ALL_OUT, INTERNAL_OUT, REDACTING, REDACTING_ALL_OUT])
def test_no_setting_and_no_policy_sends_sensitive_text_to_the_cloud(reading, asked, rules):
    assert decide(case(reading, Role.ADMIN, asked=asked), rules).destination is not CLOUD


def test_a_policy_file_is_read_whole(tmp_path):
    file = tmp_path / "policy.toml"
    file.write_text(
        'clients = ["Hartwell Trust"]\n[cloud]\nstrictest_label = "internal"\n'
        'never_companies = ["Marlowe Tin"]\n[roles.viewer]\ncloud = false\n'
    )
    read = read_policy(file)
    assert read.clients == ("Hartwell Trust",)
    assert read.cloud.never_companies == ("Marlowe Tin",)
    assert read.cloud.strictest_label is INTERNAL
    assert not read.roles[Role.VIEWER].cloud


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[cloud]\nenable = true\n", "cloud.enable"),
        ('[cloud]\nintents = ["gossip"]\n', "cloud.intents"),
        ("[roles.king]\ncloud = true\n", "roles.king"),
        ("not toml", "cannot be read"),
    ],
)
def test_a_policy_that_says_something_unknown_is_refused_by_name(tmp_path, text, named):
    file = tmp_path / "policy.toml"
    file.write_text(text)
    with pytest.raises(InvalidRequest, match=r"policy\.toml") as refused:
        read_policy(file)
    assert named in refused.value.message


def test_a_policy_file_that_is_missing_is_no_empty_policy(tmp_path):
    with pytest.raises(InvalidRequest, match=r"gone\.toml"):
        read_policy(tmp_path / "gone.toml")
