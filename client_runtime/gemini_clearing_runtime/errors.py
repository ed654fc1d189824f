"""
All errors of the client, grouped by the question that matters after a failed call: was the request executed?

    ClearingError
    ├── NotSentError               No. Nothing reached the exchange.
    │   ├── ArgumentError          An argument or option is invalid.
    │   ├── CredentialsError       Key, secret or token is missing or malformed.
    │   ├── UnsignableRequestError The request must not be signed: another origin, no TLS, …
    │   ├── NonceError             The nonce source failed.
    │   ├── JournalError           The journal cannot be used, so the write was not sent.
    │   ├── DeadlineError          No time was left to wait for the API key: its lock, or its pause after a 429.
    │   │   └── RateWaitError      No time was left to wait for the rate limit. Has `wait_s`.
    │   └── ConnectionFailedError  No byte of the request was written, as the connection reports.
    ├── RejectedError              No. The exchange rejected it. Has `status`, `reason`, `message`.
    │   ├── CancelFailedError, InsufficientFundsError, InvalidNonceError, InvalidPriceError, InvalidQuantityError,
    │   ├── InvalidSideError, InvalidSignatureError, InvalidSymbolError, MaintenanceError, MissingRoleError,
    │   └── OrderNotFoundError, RateLimitError
    ├── MaybeExecutedError         Unknown. Has `payload`, `nonce`, `sent_at`, and `resolve()`.
    │   ├── OutcomeUnknownError    The request was sent, and no trustworthy response followed.
    │   └── ContractViolatedError  The response violates the spec. Has `place`, `raw`.
    ├── DriftError                 Only with `strict=True`: has `outcome`, and `result` or `error`, and `drift`.
    └── UnfinishedError            Only of methods that send many reads: nothing was changed.
        ├── WaitError              A wait has ended early. Has `order`, the last one seen.
        │   └── OrderEndedError, WaitTimeoutError
        └── WalkError              A walk over a list has stopped.
            └── IncompleteWalkError, InvalidRowsError

A call raises nothing else, except `KeyboardInterrupt` and a task's cancellation. These get a note if they interrupt a
write that may have been executed. `gemini_clearing_auth.errors` defines the errors of signing, also offered here.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Self

from gemini_clearing_auth.errors import (
    ClearingError,
    CredentialsError,
    DeadlineError,
    NonceError,
    NotSentError,
    RateWaitError,
    UnsignableRequestError,
)

from . import _time
from ._drift_error import DriftError
from ._exchange_clock import Moment
from ._outcome import Resolution, cannot_resolve
from ._response import RawResponse
from ._retry_after import retry_after_s
from ._walk_errors import IncompleteWalkError, InvalidRowsError, WalkError
from ._watch_errors import OrderEndedError, UnfinishedError, WaitError, WaitTimeoutError, revive

__all__ = [
    "ArgumentError",
    "CancelFailedError",
    "ClearingError",
    "ConnectionFailedError",
    "ContractViolatedError",
    "CredentialsError",
    "DeadlineError",
    "DriftError",
    "IncompleteWalkError",
    "InsufficientFundsError",
    "InvalidNonceError",
    "InvalidPriceError",
    "InvalidQuantityError",
    "InvalidRowsError",
    "InvalidSideError",
    "InvalidSignatureError",
    "InvalidSymbolError",
    "JournalError",
    "MaintenanceError",
    "MaybeExecutedError",
    "MissingRoleError",
    "NonceError",
    "NotSentError",
    "OrderEndedError",
    "OrderNotFoundError",
    "OutcomeUnknownError",
    "RateLimitError",
    "RateWaitError",
    "RejectedError",
    "UnfinishedError",
    "UnsignableRequestError",
    "WaitError",
    "WaitTimeoutError",
    "WalkError",
]


class ArgumentError(NotSentError, ValueError):
    """An argument or an option is invalid. The message has its name, its value, and the valid values."""


class ConnectionFailedError(NotSentError):
    """
    The exchange could not be reached: unknown host, closed port, TLS failure, or the deadline passed before.

    The connection itself proves that nothing was sent. A failure without that proof is an `OutcomeUnknownError`.
    """


class JournalError(NotSentError):
    """
    The journal cannot be used: its disk is full or read-only, its file is missing, damaged or of another version.

    A write is not sent if its intent cannot be written to the journal before.
    """


class RejectedError(ClearingError):
    """
    The exchange rejected the request, so it was not executed.

    Some error responses arrive with status 200. They are rejections too.
    """

    operation: str
    """The method that was called, such as `create_order`."""
    status: int
    """The HTTP status."""
    reason: str | None
    """The exchange's code, such as `InvalidSide`, to compare with `Reason`. None if it is missing."""
    message: str
    """The exchange's explanation."""
    raw: RawResponse
    """The received response."""
    retry_after_s: float | None
    """The seconds to wait that the header `Retry-After` demands; None without one, or if it is invalid."""

    def __init__(self, *, operation: str, reason: str | None, message: str, raw: RawResponse) -> None:
        super().__init__(
            f"{operation} was rejected: {reason}: {message}" if reason else f"{operation} was rejected: {message}"
        )
        self.operation = operation
        self.status = raw.status
        self.reason = reason
        self.message = message
        self.raw = raw
        self.retry_after_s = retry_after_s(raw.headers, _time.utc_now())

    def __reduce__(self) -> tuple[Any, ...]:
        return revive, (type(self), self.args, self.__dict__)


class CancelFailedError(RejectedError):
    """The order cannot be canceled any more, or not by this account."""


class InsufficientFundsError(RejectedError):
    """An account does not have the funds for the order."""


class InvalidNonceError(RejectedError):
    """The nonce is not greater than the key's last one, or too far from the exchange's clock."""


class InvalidPriceError(RejectedError):
    """The price is malformed, not a multiple of the symbol's increment, or not that of the order to confirm."""


class InvalidQuantityError(RejectedError):
    """The amount is malformed, not a multiple of the symbol's increment, or not that of the order to confirm."""


class InvalidSideError(RejectedError):
    """The side is malformed, or not the side of the desk that confirms."""


class InvalidSignatureError(RejectedError):
    """The signature does not match. In most cases the secret belongs to another key."""


class InvalidSymbolError(RejectedError):
    """The exchange does not clear this symbol, or it is not that of the order to confirm."""


class MaintenanceError(RejectedError):
    """The exchange is closed for maintenance."""


class MissingRoleError(RejectedError):
    """The API key does not have the role that the operation requires."""


class OrderNotFoundError(RejectedError):
    """This account has no such order, or the order does not wait for its confirmation."""


class RateLimitError(RejectedError):
    """The key exceeded the rate limit. The exchange did not process the request."""


REJECTIONS: Mapping[str, type[RejectedError]] = {
    "InsufficientFunds": InsufficientFundsError,
    "InvalidNonce": InvalidNonceError,
    "InvalidPrice": InvalidPriceError,
    "InvalidQuantity": InvalidQuantityError,
    "InvalidSide": InvalidSideError,
    "InvalidSignature": InvalidSignatureError,
    "InvalidSymbol": InvalidSymbolError,
    "Maintenance": MaintenanceError,
    "MissingRole": MissingRoleError,
    "OrderNotFound": OrderNotFoundError,
    "RateLimit": RateLimitError,
}

RESOLVE_TIMEOUT_S = 60.0
"""Seconds that `resolve()` may take. The exchange accepts a time-based nonce for 30, and a query takes a while."""
SETTLE_S = 2.0
"""Seconds for which a list of the exchange may lag. The documentation states none; half a second was reported."""


class MaybeExecutedError(ClearingError):
    """
    The request was sent, and may have been executed.

    The client does not send it again. `resolve()` queries the exchange for the outcome.
    """

    operation: str
    """The method that was called, such as `create_order`."""
    payload: str
    """The JSON that was signed and sent. It contains no secret."""
    nonce: int | str | None
    """The nonce of the request; None with OAuth."""
    sent_at: datetime
    """The time of sending by this machine's clock, in UTC."""
    raw: RawResponse | None
    """The response; None if it was lost."""
    retry_after_s: float | None
    """The seconds to wait that the header `Retry-After` demands; None without one, or if it is invalid."""
    problem: str = ""
    """The message without the operation, and without its advice for a program."""
    attempt_id: str | None = None
    """The client's own id of the attempt. A journal has it too."""
    key: str | None = None
    """The fingerprint of the API key that sent the request."""
    exchange_time: datetime | None = None
    """The earliest time of sending by the exchange's clock; None if no response had shown its clock before."""

    _moment: Moment | None = None
    _resolution: Resolution | None = None
    _may_quote: bool = True  # whether the message may quote `raw`
    _resolve: Callable[..., Resolution] | None = None
    _resolve_async: Callable[..., Awaitable[Resolution]] | None = None

    def __init__(
        self,
        message: str,
        *,
        operation: str,
        payload: str,
        nonce: int | str | None,
        sent_at: datetime,
        raw: RawResponse | None,
    ) -> None:
        super().__init__(f"{operation}: {message}")
        self.operation = operation
        self.payload = payload
        self.nonce = nonce
        self.sent_at = sent_at
        self.raw = raw
        self.retry_after_s = retry_after_s(raw.headers, _time.utc_now()) if raw else None

    @property
    def status(self) -> int | None:
        """The HTTP status of the response; None without a response."""
        return self.raw.status if self.raw else None

    def resolve(self, *, timeout: float = RESOLVE_TIMEOUT_S, settle: float = SETTLE_S) -> Resolution:
        """
        Query the exchange for the outcome: executed, not executed, or ambiguous.

        The client sends reads only. For a call of `AsyncGeminiClearing`, use `await error.resolve_async()`. An error
        that was pickled or written as JSON has no client: use `client.resolve(error)`.

        Args:
            timeout: seconds after which the outcome is ambiguous.
            settle: seconds for which the exchange's lists may lag behind its book. *Not executed* takes that long.

        Raises:
            ArgumentError: the error belongs to the other client, or has no client.
            ClearingError: a query failed; the outcome is as unknown as before.
        """
        if self._resolve is None:
            raise ArgumentError(cannot_resolve(self.operation, self._resolve_async, "await error.resolve_async()"))
        return self._resolve(timeout=timeout, settle=settle)

    async def resolve_async(self, *, timeout: float = RESOLVE_TIMEOUT_S, settle: float = SETTLE_S) -> Resolution:
        """Do the same as `resolve()`, for a call of `AsyncGeminiClearing`."""
        if self._resolve_async is None:
            raise ArgumentError(cannot_resolve(self.operation, self._resolve, "error.resolve()"))
        return await self._resolve_async(timeout=timeout, settle=settle)

    def to_dict(self) -> dict[str, Any]:
        """Return what `from_dict` needs, as JSON values: operation, payload, nonce and times. It has no secret."""
        return {
            "attempt_id": self.attempt_id,
            "operation": self.operation,
            "payload": self.payload,
            "nonce": self.nonce,
            "key": self.key,
            "sent_at": self.sent_at.isoformat(),
            "exchange_time": self.exchange_time.isoformat() if self.exchange_time else None,
            "message": str(self).removeprefix(f"{self.operation}: "),
        }

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """
        Return the error that `to_dict` described, to be passed to `client.resolve()`.

        Raises:
            ArgumentError: a fact is missing, or has another form.
        """
        try:
            error = cls(
                str(facts.get("message", "the outcome is unknown")),
                operation=facts["operation"],
                payload=facts["payload"],
                nonce=facts["nonce"],
                sent_at=datetime.fromisoformat(facts["sent_at"]),
                raw=None,
            )
            error.attempt_id, error.key = facts.get("attempt_id"), facts.get("key")
            time = facts.get("exchange_time")
            error.exchange_time = datetime.fromisoformat(time) if time else None
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise ArgumentError(f"invalid description of an error: {exc!r}. Pass what to_dict() returned.") from None
        return error

    def __reduce__(self) -> tuple[Any, ...]:
        return revive, (type(self), self.args, {k: v for k, v in self.__dict__.items() if k not in _LOCAL})


_LOCAL = {"_resolve", "_resolve_async", "_moment"}  # facts that have no meaning in another process


class OutcomeUnknownError(MaybeExecutedError):
    """The request was sent, and no trustworthy response followed: timeout, broken connection, a 5xx."""


class ContractViolatedError(MaybeExecutedError):
    """The response violates the spec. `raw` is the received response."""

    place: str = "$"
    """The invalid part of the response, such as `$.orders[0].price`; `$` is the whole response."""
