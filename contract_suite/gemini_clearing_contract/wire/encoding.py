"""
Base64 and JSON: parsed strictly, written exactly.

Lenient parsers accept more than the API does, and binary floating point loses digits of an amount.
"""

import base64
import json
import re
from decimal import Decimal
from json.encoder import encode_basestring_ascii
from typing import Any, NoReturn

__all__ = ["OMITTED", "decode_base64", "encode_base64", "parse_json", "render_json"]

STANDARD_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


class _Omitted:
    def __repr__(self) -> str:
        return "(omitted)"


# The value of a field that `render_json` omits.
OMITTED: Any = _Omitted()


def encode_base64(content: bytes) -> str:
    """Encode with the standard alphabet and padding, without line breaks."""
    return base64.b64encode(content).decode("ascii")


def decode_base64(text: str) -> bytes:
    """
    Decode what `encode_base64` writes.

    Raises:
        ValueError: The text has another alphabet, no padding, or white space.
    """
    if not STANDARD_BASE64.fullmatch(text):
        raise ValueError("not padded base64 in the standard alphabet")
    return base64.b64decode(text)


def parse_json(content: bytes) -> Any:
    """
    Parse JSON in UTF-8; every number becomes a `Decimal`.

    Raises:
        ValueError: The content is not JSON by RFC 8259, or is nested too deeply.
    """
    try:
        return _decoder.decode(content.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_decoder = json.JSONDecoder(parse_float=Decimal, parse_int=Decimal, parse_constant=_reject_constant)


def render_json(value: Any) -> bytes:
    """Write compact JSON; a `Decimal` is written digit by digit, and fields with the value `OMITTED` are omitted."""
    return _render(value).encode()


def _render(value: Any) -> str:
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        items = ((key, item) for key, item in value.items() if item is not OMITTED)
        return "{" + ",".join([f"{encode_basestring_ascii(key)}:{_render(item)}" for key, item in items]) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_render, value)) + "]"
    return json.dumps(value)
