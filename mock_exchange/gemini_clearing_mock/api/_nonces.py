"""
The rules for nonces, for both nonce modes of a key.
"""

import re
from decimal import Decimal

from ._error_reply import ErrorReply, as_json, as_sent

__all__ = ["check_nonce_increases", "check_nonce_time", "parse_nonce"]

_NUMBERS = (int, Decimal)  # `int | Decimal` would be created for each nonce
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


def parse_nonce(sent: object) -> Decimal:
    """
    Return a nonce that was sent as a number or as a string.

    Raises:
        ErrorReply: it is not a number, or negative.

    """
    if isinstance(sent, _NUMBERS) and not isinstance(sent, bool) and sent >= 0:
        return Decimal(sent)
    if isinstance(sent, str) and _NUMBER.fullmatch(sent):
        return Decimal(sent)
    raise ErrorReply(
        "InvalidNonce",
        f"Nonce '{as_json(sent)[:100]}' was not parseable as a number.",
        expected="a number that is not negative, as a JSON number or string",
    )


def check_nonce_time(nonce: Decimal, now_ms: int, window_s: int) -> None:
    """
    Check the nonce of a time-based key: the time in seconds, at most `window_s` off.

    Raises:
        ErrorReply: the nonce is too far from the exchange time.

    """
    window_ms = window_s * 1000
    earliest, latest = now_ms - window_ms, now_ms + window_ms
    # The limits are divided instead of multiplying the nonce, because a huge nonce cannot be multiplied.
    if not Decimal(earliest) / 1000 <= nonce <= Decimal(latest) / 1000:
        server_time_s = now_ms // 1000
        raise ErrorReply(
            "InvalidNonce",
            f"Nonce '{as_sent(str(nonce))}' is not within {window_s} seconds "
            f"of server time '{server_time_s}''",  # the second quote is in Gemini's documentation, too
            expected=f"the time in seconds, such as {server_time_s}",
        )


def check_nonce_increases(nonce: Decimal, last: str | None) -> None:
    """
    Check the nonce of an incremental key: greater than the last one, if any.

    Raises:
        ErrorReply: the nonce is not greater.

    """
    if last is not None and nonce <= Decimal(last):
        raise ErrorReply(
            "InvalidNonce",
            f"Nonce '{as_sent(str(nonce))}' has not increased since your last call to the Gemini API.",
            expected=f"a number above {as_sent(last)}",
        )
