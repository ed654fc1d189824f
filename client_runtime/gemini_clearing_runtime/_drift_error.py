"""The error of a strict client whose response has something that the spec does not list. `errors` exports it."""

from collections.abc import Iterable
from typing import Any

from gemini_clearing_auth.errors import ClearingError

from ._events import CallOutcome, DriftEvent
from ._watch_errors import revive

__all__ = ["DriftError"]


class DriftError(ClearingError):
    """
    A response has something that the spec does not list, and the client has `strict=True`.

    The call has ended in the same way as without `strict`. `outcome` is that of the request. Either `result` or `error`
    is set. Check them before you repeat a write.
    """

    operation: str
    """The method that was called, such as `create_order`."""
    drift: tuple[DriftEvent, ...]
    """The values, reasons, fields and statuses that the spec does not list, in the order in which they were found."""
    outcome: CallOutcome
    """The known outcome of the request: executed, rejected, not sent or unknown."""
    result: Any
    """The result of the call; None if it has failed."""
    error: ClearingError | None
    """The error that the call has ended in, also the `__cause__`; None if it has succeeded."""

    def __init__(
        self,
        *,
        operation: str,
        drift: Iterable[DriftEvent],
        outcome: CallOutcome,
        end: Any,
    ) -> None:
        self.operation = operation
        self.drift = tuple(dict.fromkeys(drift))
        found = " ".join(map(str, self.drift))
        super().__init__(f"{operation}: the outcome of the request is: {outcome}. The response has drifted: {found}")
        self.outcome = outcome
        self.error = self.__cause__ = end if isinstance(end, ClearingError) else None
        self.result = end if self.error is None else None

    def __reduce__(self) -> tuple[Any, ...]:
        return revive, (type(self), self.args, self.__dict__)
