"""
The part of an error for events, log lines and the journal: never a text of the exchange, which can repeat the request.
"""

import httpx

from gemini_clearing_auth import SIGNED_EXTENSION, SignedPayload

from ._exchange_text import is_name
from .errors import ClearingError, MaybeExecutedError, RejectedError

__all__ = ["code_of", "journal_text", "log_text", "repeats_call"]

# The headers that the client sets, without those of the identity. All others may be secret.
_PUBLIC = {
    "host", "user-agent", "accept", "accept-encoding", "connection", "content-length", "content-type", "cache-control",
}  # fmt: skip
_SHORTEST_SECRET = 8


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


def journal_text(error: ClearingError) -> str:
    """Return an error as the journal records it: of a rejection its code, or a message that looks like a name."""
    if isinstance(error, RejectedError):
        return code_of(error) or (error.message if is_name(error.message) else log_text(error))
    return log_text(error)


def repeats_call(text: str, request: httpx.Request) -> bool:
    """Return whether a text has the key, the signature, the token, the payload or a caller's header of a request."""
    headers = request.headers.items()
    hidden = [value for name, value in headers if name not in _PUBLIC and len(value) >= _SHORTEST_SECRET]
    hidden += [value.removeprefix("Bearer ") for value in hidden]
    signed = request.extensions.get(SIGNED_EXTENSION)
    if isinstance(signed, SignedPayload):
        hidden += [signed.payload.decode(), signed.payload_json.decode()]
    return any(value in text for value in hidden)
