"""
The two views of the spec: the logical view (a JSON request body) and the wire view (a header, and an empty body).

With `x-body: repeated` the wire view has both: the header, and the body.

The OpenAPI file is the logical view; the wire view is transformed from it, so that the two cannot differ.
"""

import copy
from typing import Any

from .messages import PAYLOAD_HEADER, PAYLOAD_MEDIA_TYPE

__all__ = ["logical_view", "wire_view"]


def wire_view(document: dict[str, Any]) -> dict[str, Any]:
    """Return the spec with each request body as a parameter in the payload header."""
    view = copy.deepcopy(document)
    for operation in _operations(view):
        body = dict(operation["requestBody"])
        if operation.get("x-body") != "repeated":
            del operation["requestBody"]
        media = body.pop("content")["application/json"]
        parameter = {"in": "header", "name": PAYLOAD_HEADER, **body, "content": {PAYLOAD_MEDIA_TYPE: media}}
        operation["parameters"] = [*operation.get("parameters", []), parameter]
    return view


def logical_view(document: dict[str, Any]) -> dict[str, Any]:
    """Return the inverse of `wire_view`."""
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
