"""`x-resolve` refers to operations, fields and statuses that exist."""

from typing import Any

import pytest

from tests.spec.reading import DOCUMENT, OPERATIONS, resolve

WRITES = [name for name, operation in OPERATIONS.items() if not operation.declared["x-safe-to-repeat"]]
STATUSES = set(DOCUMENT["components"]["schemas"]["OrderStatus"]["x-extensible-enum"])


def _rule(name: str) -> dict[str, Any]:
    return OPERATIONS[name].declared["x-resolve"]


def _row_fields(name: str) -> set[str]:
    """Return the fields of an order in a response: of the response itself, or of the rows of its list."""
    properties = resolve(OPERATIONS[name].response["schema"])["properties"]
    if "orders" in properties:
        properties = resolve(resolve(properties["orders"])["items"])["properties"]
    return set(properties)


def test_only_writes_have_a_rule() -> None:
    """A read is retried instead."""
    assert [name for name in OPERATIONS if "x-resolve" in OPERATIONS[name].declared] == WRITES


@pytest.mark.parametrize("name", WRITES)
def test_query_is_safe_to_repeat(name: str) -> None:
    """A query must not change anything."""
    assert OPERATIONS[_rule(name)["query"]].declared["x-safe-to-repeat"] is True


@pytest.mark.parametrize("name", WRITES)
def test_match_has_fields_of_request_and_response(name: str) -> None:
    """Left is a field of the request, right a field of the order in the response."""
    match = _rule(name)["match"]

    assert set(match) <= set(resolve(OPERATIONS[name].request["schema"])["properties"])
    assert set(match.values()) <= _row_fields(_rule(name)["query"])


@pytest.mark.parametrize("name", WRITES)
def test_window_has_arguments_of_the_query(name: str) -> None:
    """A window is two filters of the query."""
    asked = resolve(OPERATIONS[_rule(name)["query"]].request["schema"])["properties"]

    assert set(_rule(name).get("window", [])) <= set(asked)


@pytest.mark.parametrize("name", WRITES)
def test_statuses_are_known_and_unique(name: str) -> None:
    """A status proves one outcome only."""
    rule = _rule(name)
    groups = [set(rule.get(key, ())) for key in ("executed", "not_executed", "confirmed_by")]

    assert set.union(*groups) <= STATUSES
    assert sum(map(len, groups)) == len(set.union(*groups))
