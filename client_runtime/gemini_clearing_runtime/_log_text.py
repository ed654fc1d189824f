"""The part of an error for events and log lines: never a text of the exchange, which can repeat the request."""

from ._exchange_text import is_name
from .errors import ClearingError, MaybeExecutedError, RejectedError

__all__ = ["code_of", "log_text"]


def code_of(error: object) -> str | None:
    """Return the exchange's code of a rejection; None for another error, or if its reason does not look like a name."""
    reason = error.reason if isinstance(error, RejectedError) else None
    return reason if reason and is_name(reason) else None


def log_text(error: ClearingError) -> str:
    """Return an error as it is logged: its message, or what is known about it if the message quotes a response."""
    if not isinstance(error, RejectedError | MaybeExecutedError) or error.raw is None:
        return str(error)
    if isinstance(error, MaybeExecutedError) and not error._may_quote:
        return str(error)
    facts = ", ".join(filter(None, (f"status {error.raw.status}", code_of(error))))
    text = f"{error.operation}: {type(error).__name__} ({facts})."
    return f"{text} It may have been executed." if isinstance(error, MaybeExecutedError) else text
