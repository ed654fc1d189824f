"""
The check of the nonce: what it must do depends on the key's mode.
"""

from __future__ import annotations

import re
from decimal import Decimal

from ..state._accounts import NonceMode, Token
from ._context import RequestContext
from ._error_reply import ErrorReply, as_json, as_sent

__all__ = ["check_nonce"]

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


def check_nonce(context: RequestContext) -> None:
    """The nonce, by the key's mode; once it passes it is spent.  An access token needs none."""
    if isinstance(context.who, Token):
        return
    if "nonce" not in context.document:
        raise ErrorReply("MissingNonce", "Must provide 'nonce' in the payload", expected='"nonce": <a number>')
    nonce = _nonce(context.document["nonce"])
    if context.who.nonce is NonceMode.TIME_BASED:
        _check_nonce_time(context, nonce)
    else:
        _check_nonce_increases(context, context.who.api_key, nonce)


def _nonce(sent: object) -> Decimal:
    if isinstance(sent, int | Decimal) and not isinstance(sent, bool) and sent >= 0:
        return Decimal(sent)
    if isinstance(sent, str) and _NUMBER.fullmatch(sent):
        return Decimal(sent)
    raise ErrorReply(
        "InvalidNonce",
        f"Nonce '{as_json(sent)[:100]}' was not parseable as a number.",
        expected="a number that is not negative, or its text",
    )


def _check_nonce_time(context: RequestContext, nonce: Decimal) -> None:
    window_ms = context.state.choices.nonce_window_s * 1000
    earliest, latest = context.now_ms - window_ms, context.now_ms + window_ms
    # Compared before it is multiplied: a nonce may be too large to be multiplied at all.
    if not Decimal(earliest) / 1000 <= nonce <= Decimal(latest) / 1000:
        server_time_s = context.now_ms // 1000
        raise ErrorReply(
            "InvalidNonce",
            f"Nonce '{as_sent(str(nonce))}' is not within {window_ms // 1000} seconds "
            f"of server time '{server_time_s}''",  # the doubled quote is Gemini's
            expected=f"the time in seconds, such as {server_time_s}",
        )


def _check_nonce_increases(context: RequestContext, api_key: str, nonce: Decimal) -> None:
    last = context.state.nonces.get(api_key)
    if last is not None and nonce <= Decimal(last):
        raise ErrorReply(
            "InvalidNonce",
            f"Nonce '{as_sent(str(nonce))}' has not increased since your last call to the Gemini API.",
            expected=f"a number above {as_sent(last)}",
        )
    context.state.nonces[api_key] = str(nonce)
