"""
Everything that can go wrong, cut along the one question after a failed call: did it happen?

    ClearingError
    ├── NotSentError               No: nothing reached the exchange.
    │   ├── ArgumentError          An argument is not what the contract allows.
    │   ├── CredentialsError       Key, secret or token is missing or malformed.
    │   ├── UnsignableRequestError The request must not be signed: foreign origin, no TLS, …
    │   ├── NonceError             No nonce can be drawn.
    │   ├── DeadlineError          Time ran out while the call waited for its turn.
    │   └── ConnectionFailedError  The exchange could not be reached.
    ├── RejectedError              No: the exchange refused.  Has `status`, `reason`, `message`.
    │   ├── CancelFailedError, InsufficientFundsError, InvalidNonceError, InvalidPriceError, InvalidQuantityError,
    │   ├── InvalidSideError, InvalidSignatureError, InvalidSymbolError, MaintenanceError, MissingRoleError,
    │   └── OrderNotFoundError, RateLimitError
    └── MaybeExecutedError         Perhaps.  Has `payload`, `nonce`, `sent_at`, and `resolve()`.
        ├── OutcomeUnknownError    The request left, and no answer came back that can be trusted.
        └── ContractViolatedError  An answer came back that is not what the contract says.  Has `place`, `raw`.

Nothing else leaves a call, save `KeyboardInterrupt` and a task's cancellation: those carry a note where an order may
have been placed.  The branch of signing stands in `gemini_clearing_auth.errors`; this module offers all of it.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from gemini_clearing_auth.errors import (
    ClearingError,
    CredentialsError,
    DeadlineError,
    NonceError,
    NotSentError,
    UnsignableRequestError,
)

from ._outcome import Resolution
from ._response import RawResponse

__all__ = [
    "ArgumentError",
    "CancelFailedError",
    "ClearingError",
    "ConnectionFailedError",
    "ContractViolatedError",
    "CredentialsError",
    "DeadlineError",
    "InsufficientFundsError",
    "InvalidNonceError",
    "InvalidPriceError",
    "InvalidQuantityError",
    "InvalidSideError",
    "InvalidSignatureError",
    "InvalidSymbolError",
    "MaintenanceError",
    "MaybeExecutedError",
    "MissingRoleError",
    "NonceError",
    "NotSentError",
    "OrderNotFoundError",
    "OutcomeUnknownError",
    "RateLimitError",
    "RejectedError",
    "UnsignableRequestError",
]


class ArgumentError(NotSentError, ValueError):
    """An argument is not what the contract allows; the message names it, its value and what is allowed."""


class ConnectionFailedError(NotSentError):
    """No connection to the exchange came about: name not found, refused, TLS failed, or time ran out before that."""


class RejectedError(ClearingError):
    """
    The exchange refused, so nothing was done.

    Refusals that arrive under status 200 (`result` is `error` or `failed`) are rejections like any other.
    """

    operation: str
    """The method that was called, such as `create_order`."""
    status: int
    """The HTTP status."""
    reason: str | None
    """The exchange's word for it, such as `InvalidSide`; None where it gave none.  Compare with `Reason`."""
    message: str
    """The exchange's sentence about it."""
    raw: RawResponse
    """The answer as it came."""

    def __init__(self, *, operation: str, reason: str | None, message: str, raw: RawResponse) -> None:
        super().__init__(
            f"{operation} was refused: {reason}: {message}" if reason else f"{operation} was refused: {message}"
        )
        self.operation = operation
        self.status = raw.status
        self.reason = reason
        self.message = message
        self.raw = raw

    def __reduce__(self) -> tuple[Any, ...]:
        return _revive, (type(self), self.args, self.__dict__)


class CancelFailedError(RejectedError):
    """The order can no longer be canceled, or not by this account."""


class InsufficientFundsError(RejectedError):
    """An account does not hold what the order would move."""


class InvalidNonceError(RejectedError):
    """The nonce was not above the key's last one, or too far from the exchange's clock."""


class InvalidPriceError(RejectedError):
    """The price is malformed, off the symbol's increment, or not the one of the order to confirm."""


class InvalidQuantityError(RejectedError):
    """The amount is malformed, off the symbol's increment, or not the one of the order to confirm."""


class InvalidSideError(RejectedError):
    """The side is malformed, or not the one left for the desk that confirms."""


class InvalidSignatureError(RejectedError):
    """The signature does not fit payload and key: most often the secret belongs to another key."""


class InvalidSymbolError(RejectedError):
    """The exchange does not clear this symbol, or it is not the one of the order to confirm."""


class MaintenanceError(RejectedError):
    """The exchange is closed for maintenance."""


class MissingRoleError(RejectedError):
    """The API key lacks the role that the operation needs."""


class OrderNotFoundError(RejectedError):
    """There is no such order for this account, or none that awaits its confirmation."""


class RateLimitError(RejectedError):
    """The key has called too often; the exchange did not look at this request."""


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


class MaybeExecutedError(ClearingError):
    """
    The request left, and whether the exchange carried it out is not certain.

    Nothing is ever sent a second time on its own.  `resolve()` asks the exchange.
    """

    operation: str
    """The method that was called, such as `create_order`."""
    payload: str
    """The JSON that was signed and sent; it holds no secret."""
    nonce: int | str | None
    """The nonce it was sent with; None under OAuth."""
    sent_at: datetime
    """When it was sent, by this machine's clock, in UTC."""
    raw: RawResponse | None
    """What came back, if anything did."""

    _resolve: Callable[[], Resolution] | None = None
    _resolve_async: Callable[[], Awaitable[Resolution]] | None = None

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

    def resolve(self) -> Resolution:
        """
        Ask the exchange whether it carried the request out; the answer is found, not there, or ambiguous.

        With an incremental nonce, *not there* is final: the question's own nonce is higher, so that the exchange would
        refuse the old request if it still were on its way.  Without one, ask again 30 seconds after `sent_at`.
        For a call of `AsyncGeminiClearing` it is `await error.resolve_async()`.
        """
        if self._resolve is None:
            raise ArgumentError(_cannot_resolve(self, self._resolve_async, "await error.resolve_async()"))
        return self._resolve()

    async def resolve_async(self) -> Resolution:
        """Do as `resolve()`, for a call of `AsyncGeminiClearing`."""
        if self._resolve_async is None:
            raise ArgumentError(_cannot_resolve(self, self._resolve, "error.resolve()"))
        return await self._resolve_async()

    def __reduce__(self) -> tuple[Any, ...]:
        facts = {name: value for name, value in self.__dict__.items() if not name.startswith("_resolve")}
        return _revive, (type(self), self.args, facts)


class OutcomeUnknownError(MaybeExecutedError):
    """The request left, and no answer came back that can be trusted: time ran out, the line broke, a 5xx."""


class ContractViolatedError(MaybeExecutedError):
    """An answer came back that is not what the contract says; `raw` keeps it."""

    place: str = "$"
    """The part of the answer that is wrong, such as `$.orders[0].price`; `$` is the whole."""


def _cannot_resolve(error: MaybeExecutedError, other: object, how: str) -> str:
    if other is not None:
        return f"This {error.operation} was called by the other client: use {how}."
    return f"This {error.operation} is detached from its client: ask with a new one."


def _revive(cls: type[ClearingError], args: tuple[Any, ...], facts: dict[str, Any]) -> ClearingError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(facts)
    return error
