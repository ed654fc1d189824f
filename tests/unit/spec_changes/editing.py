"""A named edit of the spec, and helpers to write one."""

from collections.abc import Callable
from typing import Any

import attrs

__all__ = ["Edit", "field", "new_operation", "operation", "rename_component", "rename_path", "schema"]

Document = dict[str, Any]


@attrs.frozen
class Edit:
    """A change of the spec, its expected weight, and the reason of the reviewer."""

    name: str
    apply: Callable[[Document], Any]
    weight: str
    reason: str


def schema(document: Document, name: str) -> Document:
    """Return a schema."""
    found: Document = document["components"]["schemas"][name]
    return found


def field(document: Document, name: str, name_of_field: str) -> Document:
    """Return a field of a schema."""
    found: Document = schema(document, name)["properties"][name_of_field]
    return found


def operation(document: Document, name: str) -> Document:
    """Return an operation by the end of its path."""
    found: Document = document["paths"][f"/v1/clearing/{name}"]["post"]
    return found


def rename_component(document: Document, old: str, new: str) -> None:
    """Rename a schema, and all references to it."""

    def walk(part: Any) -> None:
        if isinstance(part, dict):
            if part.get("$ref") == f"#/components/schemas/{old}":
                part["$ref"] = f"#/components/schemas/{new}"
            for value in part.values():
                walk(value)
        elif isinstance(part, list):
            for value in part:
                walk(value)

    document["components"]["schemas"][new] = document["components"]["schemas"].pop(old)
    walk(document)


def rename_path(document: Document) -> None:
    """Move the list of orders to another path."""
    document["paths"]["/v1/clearing/orders"] = document["paths"].pop("/v1/clearing/list")
    field(document, "ListOrdersRequest", "request")["const"] = "/v1/clearing/orders"


def new_operation(document: Document) -> None:
    """Add an operation."""
    copy = {**operation(document, "status"), "operationId": "get_order_again"}
    document["paths"]["/v1/clearing/again"] = {"post": copy}
