"""
The payload of a request: the parameters' JSON with `request` and `nonce` in front, in base64.

The parameters are inserted byte by byte and never serialized again, so a number keeps every digit.
"""

import base64
import json
import re
from functools import lru_cache
from typing import NoReturn

from ._secrets import shown
from .errors import NonceError, UnsignableRequestError

__all__ = ["check_nonce", "check_parameters", "encode_payload", "payload_json"]

JSON_SPACE = b" \t\n\r"
INJECTED = ("request", "nonce")
ADVICE = "Send the parameters as a JSON object"
_DECIMAL_TEXT = re.compile(r"[0-9]+(\.[0-9]+)?")


def encode_payload(parameters: bytes, *, request: str, nonce: int | str | None) -> bytes:
    """
    Return the value of `X-GEMINI-PAYLOAD`: base64 in the standard alphabet, padded, without line breaks.

    Args:
        parameters: a JSON object in UTF-8, used unchanged.
        request: only the path of the endpoint, such as `/v1/clearing/new`.
        nonce: an int becomes a JSON number, decimal text a JSON string; None leaves the nonce out (OAuth).

    Raises:
        UnsignableRequestError: the parameters are not a JSON object, contain a field twice,
            or contain `request` or `nonce`; or `request` is not a text.
        NonceError: the nonce is neither a number nor decimal text.
    """
    check_parameters(parameters)
    if not isinstance(request, str):
        raise UnsignableRequestError(f"invalid request: {shown(request)}. Pass a path such as /v1/clearing/new.")
    if nonce is not None:
        check_nonce(nonce)
    return base64.b64encode(payload_json(parameters, request=request, nonce=nonce))


def payload_json(parameters: bytes, *, request: str, nonce: int | str | None) -> bytes:
    """Return the JSON inside a payload; parameters and nonce must be valid."""
    head = _head(request)
    if nonce is not None:
        head += b',"nonce":' + json.dumps(nonce).encode()
    rest = parameters.strip(JSON_SPACE)[1:]
    return head + (rest if rest.lstrip(JSON_SPACE) == b"}" else b"," + rest)


@lru_cache(maxsize=64)
def _head(request: str) -> bytes:
    """Return the start of the JSON for an endpoint. A client calls the same few endpoints again and again."""
    return b'{"request":' + json.dumps(request).encode()


def check_parameters(parameters: bytes) -> None:
    """
    Raise for parameters that cannot follow `request` and `nonce`.

    Parsing is strict: two parsers could read ambiguous JSON in two ways, and the signature would cover both.
    """
    if not isinstance(parameters, bytes):
        raise UnsignableRequestError(f"the parameters must be bytes, not {type(parameters).__name__}. {ADVICE}.")
    if not parameters.strip(JSON_SPACE):
        raise UnsignableRequestError(f"the body is empty. {ADVICE}; without parameters, {{}}.")
    fields = _fields(parameters)
    if not isinstance(fields, dict):  # raised here: the parser's error has the parameters
        raise UnsignableRequestError(f"the body is {fields}. {ADVICE}.")
    if present := [name for name in INJECTED if name in fields]:
        raise UnsignableRequestError(
            f"the body contains {' and '.join(present)}, which the signer adds. Remove it from the parameters."
        )


def _fields(parameters: bytes) -> dict[str, object] | str:
    """Return the fields of a JSON object, or what the bytes are instead."""
    try:
        fields = _STRICT.decode(parameters.decode("utf-8"))
    except UnicodeDecodeError as error:
        return f"not UTF-8: {error.reason} at byte {error.start}"
    except RecursionError:
        return "nested too deeply"
    except ValueError as error:
        return f"not JSON: {error}"
    return fields if isinstance(fields, dict) else "JSON, but not an object"


def check_nonce(nonce: object) -> None:
    """Raise for a nonce that is neither an integer of at least 0 nor decimal text."""
    if isinstance(nonce, int) and not isinstance(nonce, bool) and nonce >= 0:
        return
    if isinstance(nonce, str) and _DECIMAL_TEXT.fullmatch(nonce) and nonce.isascii():
        return
    raise NonceError(
        f"invalid nonce: {shown(nonce)}. Use an int of at least 0, or decimal text such as '1700000000.25'."
    )


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        duplicate = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"duplicate field {duplicate!r}")
    return fields


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


# Numbers stay text: they are recognized, not converted.
_STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_int=str, parse_float=str, parse_constant=_no_constant)
