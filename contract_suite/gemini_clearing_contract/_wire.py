"""
The wire view: what travels, and how it follows from the logical view.

Here live the request and the answer as bytes and headers, the strict reading of base64 and JSON, and the projection
of the spec between its logical view (a JSON body) and its wire view (a header), in both directions.
No signature is made or checked here.
"""

from __future__ import annotations

import base64
import copy
import json
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

__all__ = [
    "PAYLOAD_HEADER",
    "PAYLOAD_MEDIA_TYPE",
    "WireAnswer",
    "WireRequest",
    "decode_base64",
    "encode_base64",
    "logical_view",
    "parse_json",
    "wire_view",
]

PAYLOAD_HEADER = "X-GEMINI-PAYLOAD"
PAYLOAD_MEDIA_TYPE = "application/json+base64"
STANDARD_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


@dataclass(frozen=True)
class WireRequest:
    """A request as it leaves; header names as they are written."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """A header's value, whatever the case of its name; None if it is not there."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True)
class WireAnswer:
    """An answer as it came; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


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


def wire_view(document: dict[str, Any]) -> dict[str, Any]:
    """The spec as it travels: every request body becomes the payload header, and the body is empty."""
    view = copy.deepcopy(document)
    for operation in _operations(view):
        body = operation.pop("requestBody")
        media = body.pop("content")["application/json"]
        parameter = {"in": "header", "name": PAYLOAD_HEADER, **body, "content": {PAYLOAD_MEDIA_TYPE: media}}
        operation["parameters"] = [*operation.get("parameters", []), parameter]
    return view


def logical_view(document: dict[str, Any]) -> dict[str, Any]:
    """The inverse of `wire_view`."""
    view = copy.deepcopy(document)
    for operation in _operations(view):
        parameter = operation["parameters"].pop()
        if not operation["parameters"]:
            del operation["parameters"]
        media = parameter.pop("content")[PAYLOAD_MEDIA_TYPE]
        rest = {key: value for key, value in parameter.items() if key not in {"in", "name"}}
        operation["requestBody"] = {**rest, "content": {"application/json": media}}
    return view


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        operation for item in document["paths"].values() for operation in item.values() if "operationId" in operation
    ]
