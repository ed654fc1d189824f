"""
The payload of a request: the parameters' JSON with `request` and `nonce` in front, in base64.

The parameters are spliced in byte by byte, never encoded anew: a number keeps every digit it was given.
"""

import base64
import json
import re
from typing import NoReturn

from gemini_clearing_auth.errors import NonceError, UnsignableRequestError

__all__ = ["check_nonce", "check_parameters", "encode_payload", "payload_json"]

JSON_SPACE = b" \t\n\r"
INJECTED = ("request", "nonce")
ADVICE = "Send the parameters as a JSON object"
_DECIMAL_TEXT = re.compile(r"[0-9]+(\.[0-9]+)?")


def encode_payload(parameters: bytes, *, request: str, nonce: int | str | None) -> bytes:
    """
    The value of `X-GEMINI-PAYLOAD`: base64 in the standard alphabet, padded, without line breaks.

    Args:
        parameters: a JSON object in UTF-8, taken over as it is.
        request: the path of the endpoint alone, such as `/v1/clearing/new`.
        nonce: an int becomes a JSON number, decimal text a JSON string; with None there is no nonce (OAuth).

    Raises:
        UnsignableRequestError: the parameters are no JSON object, name a field twice,
            or hold `request` or `nonce` already.
        NonceError: the nonce is neither a number nor its decimal text.
    """
    check_parameters(parameters)
    if nonce is not None:
        check_nonce(nonce)
    return base64.b64encode(payload_json(parameters, request=request, nonce=nonce))


def payload_json(parameters: bytes, *, request: str, nonce: int | str | None) -> bytes:
    """The JSON inside a payload, of parameters and a nonce that were checked before."""
    injected = {"request": request} if nonce is None else {"request": request, "nonce": nonce}
    head = json.dumps(injected, separators=(",", ":")).encode().removesuffix(b"}")
    rest = parameters.strip(JSON_SPACE)[1:]
    return head + (rest if rest.lstrip(JSON_SPACE) == b"}" else b"," + rest)


def check_parameters(parameters: bytes) -> None:
    """
    Refuse parameters that cannot stand behind `request` and `nonce`.

    They are read once, strictly: an ambiguous text would be signed as one thing and understood as another.
    """
    if not parameters.strip(JSON_SPACE):
        raise UnsignableRequestError(f"The body is empty. {ADVICE}, which is {{}} when there are none.")
    try:
        fields = _STRICT.decode(parameters.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise UnsignableRequestError(
            f"The body is not UTF-8: {error.reason} at byte {error.start}. {ADVICE}, in UTF-8."
        ) from None
    except RecursionError:
        raise UnsignableRequestError(f"The body is nested too deep. {ADVICE}, flat.") from None
    except ValueError as error:
        raise UnsignableRequestError(f"The body is not JSON: {error}. {ADVICE}.") from None
    if not isinstance(fields, dict):
        raise UnsignableRequestError(f"The body is JSON, but not an object. {ADVICE}.")
    if taken := [name for name in INJECTED if name in fields]:
        raise UnsignableRequestError(
            f"The body holds {' and '.join(taken)} already, which the signer fills in. Leave it out."
        )


def check_nonce(nonce: object) -> None:
    """Refuse a nonce that is neither a whole number of at least 0 nor decimal text."""
    if isinstance(nonce, int) and not isinstance(nonce, bool) and nonce >= 0:
        return
    if isinstance(nonce, str) and _DECIMAL_TEXT.fullmatch(nonce) and nonce.isascii():
        return
    raise NonceError(f"{nonce!r} is not a nonce. Give an int of at least 0, or decimal text such as '1700000000.25'.")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the field {twice!r} stands twice")
    return fields


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


# Numbers are left as text: they are only to be recognised, not understood.
_STRICT = json.JSONDecoder(object_pairs_hook=_once, parse_int=str, parse_float=str, parse_constant=_no_constant)
