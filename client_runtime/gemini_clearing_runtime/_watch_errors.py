"""Errors of methods that send many reads. They change nothing, so no outcome is unknown. `errors` exports them."""

from typing import Any

from gemini_clearing_auth.errors import ClearingError

__all__ = ["OrderEndedError", "UnfinishedError", "WaitError", "WaitTimeoutError", "revive"]


class UnfinishedError(ClearingError):
    """A method that sends many reads has ended early. Reads change nothing, so nothing was executed."""

    operation: str
    """The method that was called, such as `wait_for_order`."""

    def __init__(self, message: str, *, operation: str) -> None:
        super().__init__(f"{operation}: {message}")
        self.operation = operation

    def __reduce__(self) -> tuple[Any, ...]:
        return revive, (type(self), self.args, self.__dict__)


class WaitError(UnfinishedError):
    """A wait has ended, and the order does not have the status that was waited for."""

    order: Any
    """The response to the last successful read; None if no read succeeded."""

    def __init__(self, message: str, *, operation: str, order: Any) -> None:
        super().__init__(message, operation=operation)
        self.order = order


class OrderEndedError(WaitError):
    """The order has another final status, such as canceled or expired, so it never gets the one waited for."""


class WaitTimeoutError(WaitError):
    """Time ran out. `__cause__` is the error of the last read, if it failed."""


def revive(cls: type[ClearingError], args: tuple[Any, ...], facts: dict[str, Any]) -> ClearingError:
    """Return a copy of an error that was pickled: with its message and its attributes."""
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(facts)
    return error
