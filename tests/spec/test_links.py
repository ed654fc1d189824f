"""Links: from a placed order to the operations that follow, with fields that exist."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.spec.reading import OPERATIONS, resolve


def _links() -> Iterator[Any]:
    for name, operation in OPERATIONS.items():
        for label, link in operation.declared["responses"]["200"].get("links", {}).items():
            yield pytest.param(name, link, id=f"{name} {label}")


LINKS = list(_links())


def _fields(schema: dict[str, Any]) -> set[str]:
    return set(resolve(schema)["properties"])


@pytest.mark.parametrize("name", ["create_order", "create_broker_order"])
def test_placed_order_links_to_status_cancel_and_confirm(name: str) -> None:
    """The response has the values for the next operation."""
    links = OPERATIONS[name].declared["responses"]["200"]["links"].values()

    assert {link["operationId"] for link in links} == {"get_order", "cancel_order", "confirm_order"}


@pytest.mark.parametrize(("name", "link"), LINKS)
def test_link_fills_fields_of_an_operation_that_exists(name: str, link: dict[str, Any]) -> None:
    """A link has an operation of the spec and fields of its request."""
    assert link["description"]
    assert set(link["requestBody"]) <= _fields(OPERATIONS[link["operationId"]].request["schema"])


@pytest.mark.parametrize(("name", "link"), LINKS)
def test_link_takes_its_values_from_fields_that_exist(name: str, link: dict[str, Any]) -> None:
    """Each expression reads a field of the request or of the response."""
    sources = {
        "$request.body#/": _fields(OPERATIONS[name].request["schema"]),
        "$response.body#/": _fields(OPERATIONS[name].response["schema"]),
    }
    expressions = {prefix + field for prefix, fields in sources.items() for field in fields}

    assert set(link["requestBody"].values()) <= expressions


@pytest.mark.parametrize(("name", "link"), LINKS)
def test_link_fills_every_required_field_except_the_side(name: str, link: dict[str, Any]) -> None:
    """The confirming side is the opposite of the side in the request, which no expression can compute."""
    required = set(resolve(OPERATIONS[link["operationId"]].request["schema"])["required"])
    open_fields = required - set(link["requestBody"]) - {"request", "nonce"}

    assert open_fields == ({"side"} if link["operationId"] == "confirm_order" else set())
