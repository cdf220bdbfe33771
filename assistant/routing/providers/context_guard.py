"""Keeps a prompt within what a model reads, and notices when a server read less than it was sent.

    before:  estimate <= room (context less answer), else evidence is dropped from the end, else ContextOverflow
    after:   the server's own count against the estimate; far below it: the prompt was cut

No tokenizer is at hand (each model has its own, and they would have to be downloaded), so tokens are
estimated from above by the kind of characters, and the estimate follows the server's counts.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.domain.completions import CompletionRequest
from assistant.domain.errors import ContextOverflow

_PIECES = re.compile(
    r"[A-Z]{2}(?![a-z])|[A-Za-z][a-z]{0,3}"  # words in groups of four letters, capitals of two
    r"|\d|\s{2,16}|[^\S ]"  # each digit; white space other than one space between words
    r"|([!-/:-@\[-`{-~])\1{0,3}"  # signs, leaders of dots in groups of four
    r"|[\x00-\x08\x0e-\x1f\x7f]",
    re.ASCII,
)
_NUMBERS = re.compile(r"\d+", re.ASCII)  # the space before a number is a token of its own
_PER_MESSAGE = 8  # tokens of role marks
_CUT = 0.3  # of the estimate: the sparsest vocabulary (0.5 on filings) still counts more
_CUT_KNOWN = 0.6  # of what this model counted for other prompts; tables and prose differ by 0.75
_KNOWN = 3  # counts
_ENOUGH = 200  # tokens of a prompt that says something about a vocabulary
_SLACK = 1.03  # above the largest ratio seen lately
_EASE = 0.2  # how fast a smaller ratio is believed
_LARGEST = 1.5  # a server that counts more for one estimated token is not believed


def estimate(texts: Iterable[str]) -> int:
    """Return how many tokens these messages are at most, in all likelihood."""
    return sum(_PER_MESSAGE + _tokens(text) for text in texts)


@lru_cache(maxsize=4)  # a prompt is counted before, while and after it is sent
def _tokens(text: str) -> int:
    """Return the tokens of a text; letters beyond ASCII count a token for two bytes.

    Measured on pages of filings against a vocabulary of 32,000 (Llama 2), the smallest in use; the
    vocabularies of newer models count about a quarter less.
    """
    other = len(text.encode("utf-8", "replace")) - len(text.encode("ascii", "ignore"))
    return len(_PIECES.findall(text)) + len(_NUMBERS.findall(text)) - (-other // 2)


@dataclass
class ContextGuard:
    """What is known of one model's way of counting.

    Args:
        who: The model, as messages name it.
        ratio: Tokens that the server counts for one estimated.
        counts: How many counts of the server this stands on.
    """

    who: str
    ratio: float = 1.0
    counts: int = 0

    def tokens(self, texts: Iterable[str]) -> int:
        """Return how many tokens the model will count for these messages, from above."""
        return round(estimate(texts) * self.ratio)

    def fit(self, request: CompletionRequest, room: int) -> CompletionRequest:
        """Return the request with as much of its evidence, from the front, as fits in `room` tokens.

        Raises:
            ContextOverflow: The question does not fit, or none of the evidence does.
        """
        fitted: CompletionRequest | None = request
        while fitted and self._size(fitted) > room:
            fitted = fitted.giving(fitted.evidence[:-1]) if len(fitted.evidence) > 1 else None
        if fitted is None:
            self.check([message.content for message in request.messages], room)
        return fitted or request

    def check(self, texts: Sequence[str], room: int) -> None:
        """Raise `ContextOverflow` when these messages take more than `room` tokens."""
        if (needed := self.tokens(texts)) > room:
            raise ContextOverflow(
                f"The question and its evidence take about {needed} tokens; {self.who} has room"
                f" for {max(room, 0)}",
                "Ask a shorter question, or raise AEI_OLLAMA_NUM_CTX where the model allows it.",
            )

    def compare(self, texts: Sequence[str], counted: int) -> None:
        """Learn from the server's count of a prompt.

        Raises:
            ContextOverflow: It counted so few tokens that it cannot have read all of them.
        """
        expected = estimate(texts)
        share = counted / max(expected, 1)
        known = self.counts >= _KNOWN
        if share < (_CUT_KNOWN * self.ratio if known else _CUT):
            raise ContextOverflow(
                f"{self.who} read {counted} tokens of about {round(expected * self.ratio)}: the"
                " server cut the prompt, so the answer stands on less than it was given",
                "Raise the context length of the Ollama server, or lower AEI_OLLAMA_NUM_CTX.",
            )
        if expected >= _ENOUGH:
            self._learn(min(share * _SLACK, _LARGEST))

    def _learn(self, share: float) -> None:
        """Follow a larger ratio at once and a smaller one slowly: the estimate stays above."""
        eased = self.ratio + _EASE * (share - self.ratio) if self.counts else share
        self.ratio = max(share, eased)
        self.counts += 1

    def _size(self, request: CompletionRequest) -> int:
        return self.tokens(message.content for message in request.messages)
