"""Every failure the assistant can name.

AssistantError                  message and hint are fit to show a user
├── InvalidRequest              the caller asked for something we cannot accept (usage, exit 2)
│   ├── UnsafeSql               a statement is no bounded read of what may be read
│   └── InvalidPrediction       a request for a prediction breaks rules; it holds them all
├── NotFound                    a named thing does not exist
│   ├── AmbiguousName           several things have the name
│   └── NoMarketData            no provider has prices of a symbol, frequency and time
├── Forbidden                   this principal may not do this
│   └── EgressForbidden         this text may not leave this machine
├── CostUnconfirmed             a cloud model would cost more than goes unasked
├── FilingRejected              a file was refused; `code` is one of the rejection codes
├── AlreadyPublished            a filing with these bytes is in the catalogue
├── JobEnded                    a job is over; nothing more can be done with it
├── QueueFull                   so many files wait that no more are taken (retryable)
├── Kept                        a filing must not be deleted
│   ├── OnHold                  a legal hold keeps it
│   └── Retained                its retention date has not passed
└── ServiceFailed               something the product stands on gave no usable answer (exit 3)
    ├── ServiceUnavailable      it did not answer; a later try may succeed (retryable)
    │   └── ModelBusy           a model server is full, or asks us to slow down (retryable)
    ├── DiskFull                the disk has no room for more (retryable)
    ├── StatementTimeout        a database statement ran longer than its limit (retryable)
    ├── ModelMissing            a model is not there, or its key is not accepted
    ├── ContextOverflow         a prompt does not fit the model
    ├── BudgetSpent             the budget for cloud models is used up
    └── MalformedReply          it answered with something we cannot parse
"""

from decimal import Decimal
from enum import StrEnum

from assistant.domain.predictions import Violation


class AssistantError(Exception):
    """Base of every error raised on purpose.

    Args:
        message: What happened, naming the file or input.
        hint: What the user should do next; empty when there is nothing to do.
    """

    code = "internal"
    retryable = False
    cost_usd = Decimal(0)
    """What a cloud model billed before it failed."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InvalidRequest(AssistantError):
    """The caller asked for something we cannot accept."""

    code = "invalid_request"


class UnsafeSql(InvalidRequest):
    """A statement is no bounded read of what may be read; nothing of it ran."""

    code = "unsafe_sql"


class InvalidPrediction(InvalidRequest):
    """A request for a prediction breaks rules.

    Args:
        violations: All of them, in the order of the contract's fields.
    """

    code = "invalid_prediction"

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        said = "; ".join(f"{v.path or 'request'}: {v.rule}" for v in violations)
        count = len(violations)
        super().__init__(f"The request breaks {count} rule{'s' * (count > 1)}: {said}")
        self.violations = violations


class NotFound(AssistantError):
    """A named thing does not exist."""

    code = "not_found"


class AmbiguousName(NotFound):
    """Several things have the name."""

    code = "ambiguous_name"


class NoMarketData(NotFound):
    """No provider has prices of a symbol, frequency and time; the message names those asked."""

    code = "no_market_data"


class Forbidden(AssistantError):
    """This principal may not do this."""

    code = "forbidden"


class EgressForbidden(Forbidden):
    """This text may not leave this machine."""

    code = "egress_forbidden"


class CostUnconfirmed(AssistantError):
    """A cloud model would cost more than goes unasked; nothing was sent. A turn asks the user back."""

    code = "cost_unconfirmed"


class Rejection(StrEnum):
    """Why a file was refused. The values are part of the CLI and REST contract."""

    EMPTY_FILE = "empty_file"
    PASSWORD_REQUIRED = "password_required"  # noqa: S105 -- a rejection code, not a secret
    UNSUPPORTED_TYPE = "unsupported_type"
    TYPE_MISMATCH = "type_mismatch"
    CORRUPT = "corrupt"
    TOO_LARGE = "too_large"
    NO_TEXT = "no_text"
    NOT_A_DOCUMENT = "not_a_document"
    PERMISSION = "permission"
    BAD_NAME = "bad_name"
    TIMEOUT = "timeout"


class FilingRejected(AssistantError):
    """A file was refused; nothing of it was indexed.

    Args:
        rejection: The contract's code.
        message: What is wrong with the file.
        hint: What the user should do next.
    """

    def __init__(self, rejection: Rejection, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.rejection = rejection
        self.code = rejection.value

    def __reduce__(self) -> tuple[type["FilingRejected"], tuple[Rejection, str, str]]:
        """Pickle by the three arguments: a rejection travels from the reading process."""
        return (type(self), (self.rejection, self.message, self.hint))


class AlreadyPublished(AssistantError):
    """A filing with these bytes is in the catalogue; another writer was faster."""

    code = "duplicate"


class JobEnded(AssistantError):
    """A job is over, or was cancelled meanwhile; nothing more can be done with it."""

    code = "job_ended"


class QueueFull(AssistantError):
    """So many files wait that no more are taken. A later try may succeed."""

    code = "queue_full"
    retryable = True


class Kept(AssistantError):
    """A filing must not be deleted."""

    code = "kept"


class OnHold(Kept):
    """A legal hold keeps the filing."""

    code = "on_hold"


class Retained(Kept):
    """The filing's retention date has not passed."""

    code = "retained"


class ServiceFailed(AssistantError):
    """Something the product stands on gave no usable answer."""

    code = "service_failed"


class ServiceUnavailable(ServiceFailed):
    """The service did not answer. A later try may succeed."""

    code = "service_unavailable"
    retryable = True


class ModelBusy(ServiceUnavailable):
    """A model server is full, or asks us to slow down.

    Args:
        message: What happened.
        hint: What the user should do next.
        retry_after_s: How long the server asks us to wait; None where it does not say.
    """

    code = "model_busy"

    def __init__(self, message: str, hint: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message, hint)
        self.retry_after_s = retry_after_s


class ModelMissing(ServiceFailed):
    """A model is not there, or its key is not accepted; trying again does not help."""

    code = "model_missing"


class ContextOverflow(ServiceFailed):
    """A prompt does not fit the model, or the server cut it."""

    code = "context_overflow"


class BudgetSpent(ServiceFailed):
    """The budget for cloud models is used up."""

    code = "budget_spent"


class DiskFull(ServiceFailed):
    """The disk has no room for more. A later try may succeed: somebody may free some."""

    code = "disk_full"
    retryable = True


class StatementTimeout(ServiceFailed):
    """A database statement ran longer than its limit and was cancelled."""

    code = "statement_timeout"
    retryable = True


class MalformedReply(ServiceFailed):
    """The service answered with something we cannot parse."""

    code = "malformed_reply"
