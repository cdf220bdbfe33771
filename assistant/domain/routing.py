"""What a message was read as before anything is done with it: the input of every routing decision."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Intent(StrEnum):
    """What the user wants. The values are part of the contract."""

    CHIT_CHAT = "chit_chat"
    HELP = "help"
    FILING_QA = "filing_qa"
    MULTI_DOC_COMPARE = "multi_doc_compare"
    SQL = "sql"
    PREDICT = "predict"
    SIGNAL = "signal"
    PORTFOLIO = "portfolio"
    DISCOVERY = "discovery"
    DEBATE = "debate"


class Complexity(StrEnum):
    """Whether a look-up or a short computation answers, or reasoning over several steps."""

    SIMPLE = "simple"
    COMPLEX = "complex"


class Secret(StrEnum):
    """What makes a message sensitive."""

    EMAIL = "email"
    PHONE = "phone"
    NATIONAL_ID = "national_id"
    IBAN = "iban"
    CARD = "card"
    ACCOUNT_NUMBER = "account_number"
    ADDRESS = "address"
    PERSON = "person"
    CREDENTIAL = "credential"
    POSITION = "position"
    TRADING = "trading"
    STRATEGY = "strategy"
    MNPI = "mnpi"
    CLIENT = "client"
    NAME = "name"
    PRIVATE = "private"

    @property
    def words(self) -> str:
        """The kind as a sentence names it."""
        return _IN_WORDS[self]


IDENTIFIERS = frozenset(
    {
        Secret.EMAIL, Secret.PHONE, Secret.NATIONAL_ID, Secret.IBAN, Secret.CARD,
        Secret.ACCOUNT_NUMBER, Secret.NAME,
    }
)  # fmt: skip
"""What a placeholder can stand for wholly: the secret is the span, not what is said around it."""

_DECIDED = (
    0.5  # of belief in an intent; of the labelled messages below it (10 of 170) two were misread
)
_IN_WORDS = {
    Secret.EMAIL: "an e-mail address",
    Secret.PHONE: "a phone number",
    Secret.NATIONAL_ID: "a personal identification number",
    Secret.IBAN: "an IBAN",
    Secret.CARD: "a card number",
    Secret.ACCOUNT_NUMBER: "an account number",
    Secret.ADDRESS: "a home address",
    Secret.PERSON: "personal data",
    Secret.CREDENTIAL: "a credential",
    Secret.POSITION: "somebody's positions or money",
    Secret.TRADING: "a trading intention",
    Secret.STRATEGY: "an unpublished strategy",
    Secret.MNPI: "non-public information",
    Secret.CLIENT: "data of clients or accounts",
    Secret.NAME: "a name that the policy guards",
    Secret.PRIVATE: "private matters",
}


@dataclass(frozen=True, slots=True, order=True)
class SensitiveSpan:
    """A run of a message, from `start` up to `end`, and what is sensitive about it."""

    start: int
    end: int
    kind: Secret


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message was read as.

    Args:
        intent: What the user wants.
        confidence: The share of belief in `intent`, from 0 to 1.
        complexity: What answering takes.
        sensitivity: What is sensitive in it, in the order of the text.
        inherited: Whether a message before it holds something sensitive.
        doubtful: Whether it may be sensitive though nothing was found: then it stays here too.
        runner_up: The intent believed next; None where nobody looked.
        hideable: Whether placeholders can stand for all that was found, here and before, so that
            nothing sensitive and no doubt is left. False where nobody looked.
    """

    intent: Intent
    confidence: float
    complexity: Complexity
    sensitivity: tuple[SensitiveSpan, ...] = ()
    inherited: bool = False
    doubtful: bool = False
    hideable: bool = False
    runner_up: Intent | None = None

    @property
    def sensitive(self) -> bool:
        """Whether something that must not leave this machine is in it, or in what it follows."""
        return self.inherited or bool(self.sensitivity)

    @property
    def undecided(self) -> bool:
        """Whether rules and classifiers leave it open what it is, so that an opinion helps."""
        return not self.sensitive and (self.doubtful or self.confidence < _DECIDED)

    @property
    def candidates(self) -> tuple[Intent, ...]:
        """What it may be: one intent, or two where it is left open which."""
        if self.confidence < _DECIDED and self.runner_up:
            return self.intent, self.runner_up
        return (self.intent,)

    def advised(self, opinion: "Opinion", text: str) -> "Reading":
        """Return this with what a model thinks of the text: never freer, one of two intents at most."""
        kept = self
        if self.confidence < _DECIDED and opinion.intent is self.runner_up:
            kept = replace(kept, intent=opinion.intent, runner_up=self.intent)
        if opinion.sensitive and not self.sensitive:
            whole = SensitiveSpan(0, len(text), Secret.PRIVATE)
            kept = replace(kept, sensitivity=(whole,), hideable=False)
        return kept


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a local model takes a message for."""

    intent: Intent
    sensitive: bool
