"""Base64 and JSON, read strictly and written exactly."""

from __future__ import annotations

import base64
import json
import re
from decimal import Decimal
from json.encoder import encode_basestring_ascii
from typing import Any

__all__ = ["OMITTED", "decode_base64", "encode_base64", "parse_json", "render_json"]

STANDARD_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


class _Omitted:
    """Stands for a field that is not sent."""

    def __repr__(self) -> str:
        return "(omitted)"


OMITTED: Any = _Omitted()


def encode_base64(content: bytes) -> str:
    """Standard alphabet, padded, no line breaks."""
    return base64.b64encode(content).decode("ascii")


def decode_base64(text: str) -> bytes:
    """The inverse of `encode_base64`, and nothing more lenient; raises ValueError."""
    if not STANDARD_BASE64.fullmatch(text):
        raise ValueError("not padded base64 in the standard alphabet")
    return base64.b64decode(text)


def parse_json(content: bytes) -> Any:
    """Strict JSON in UTF-8, numbers exact; raises ValueError."""
    try:
        return _exact.decode(content.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


_exact = json.JSONDecoder(parse_float=Decimal, parse_int=Decimal, parse_constant=_no_constant)


def render_json(value: Any) -> bytes:
    """Compact JSON in which a Decimal is written digit by digit, never through binary floating point."""
    return _render(value).encode()


def _render(value: Any) -> str:
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return "{" + ",".join([f"{encode_basestring_ascii(key)}:{_render(item)}" for key, item in value.items()]) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_render, value)) + "]"
    return json.dumps(value)
