"""The error of a strict client for what the spec does not list. `errors` exports it."""

from typing import Any

from gemini_clearing_auth.errors import ClearingError

from ._events import CallOutcome, DriftEvent
from ._watch_errors import revive

__all__ = ["DriftError"]


class DriftError(ClearingError):
    """
    A response has something that the spec does not list, and the client has `strict=True`.

    The call has ended as without `strict`: `outcome` says whether the request was executed, and either `result` or
    `error` is how it ended. Do not repeat a write without looking at them.
    """

    operation: str
    """The method that was called, such as `create_order`."""
    drift: tuple[DriftEvent, ...]
    """What the responses have that the spec does not list, in the order in which it was found."""
    outcome: CallOutcome
    """The known outcome of the request: executed, rejected, not sent or unknown."""
    result: Any
    """What the call would have returned; None if it has failed."""
    error: ClearingError | None
    """What the call would have raised, also as `__cause__`; None if it has succeeded. It can have `resolve()`."""

    def __init__(
        self,
        *,
        operation: str,
        drift: tuple[DriftEvent, ...],
        outcome: CallOutcome,
        result: Any,
        error: ClearingError | None,
    ) -> None:
        found = " ".join(map(str, drift))
        super().__init__(f"{operation}: the outcome of the request is: {outcome}. The response has drifted: {found}")
        self.operation = operation
        self.drift = drift
        self.outcome = outcome
        self.result = result
        self.error = error

    def __reduce__(self) -> tuple[Any, ...]:
        return revive, (type(self), self.args, self.__dict__)
