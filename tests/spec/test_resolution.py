"""`x-resolve` says how a write whose answer was lost is looked up, by operations, fields and words that exist."""

from typing import Any

import pytest

from tests.spec.reading import DOCUMENT, OPERATIONS, resolve

WRITES = [name for name, operation in OPERATIONS.items() if not operation.declared["x-safe-to-repeat"]]
STATUSES = set(DOCUMENT["components"]["schemas"]["OrderStatus"]["x-extensible-enum"])


def _rule(name: str) -> dict[str, Any]:
    return OPERATIONS[name].declared["x-resolve"]


def _answered_fields(name: str) -> set[str]:
    """The fields of one answered order: of the answer itself, or of the rows of its list."""
    properties = resolve(OPERATIONS[name].answer["schema"])["properties"]
    if "orders" in properties:
        properties = resolve(resolve(properties["orders"])["items"])["properties"]
    return set(properties)


def test_writes_and_nothing_else_can_be_resolved() -> None:
    """A read is simply repeated."""
    assert [name for name in OPERATIONS if "x-resolve" in OPERATIONS[name].declared] == WRITES


@pytest.mark.parametrize("name", WRITES)
def test_resolution_asks_an_operation_that_is_safe_to_repeat(name: str) -> None:
    """Finding out whether something happened must not make it happen again."""
    assert OPERATIONS[_rule(name)["query"]].declared["x-safe-to-repeat"] is True


@pytest.mark.parametrize("name", WRITES)
def test_resolution_matches_fields_that_were_sent_with_fields_that_are_answered(name: str) -> None:
    """Left the request's own field, right the field of the order that comes back."""
    match = _rule(name)["match"]

    assert set(match) <= set(resolve(OPERATIONS[name].request["schema"])["properties"])
    assert set(match.values()) <= _answered_fields(_rule(name)["query"])


@pytest.mark.parametrize("name", WRITES)
def test_resolution_filters_by_fields_that_the_question_takes(name: str) -> None:
    """A window names the two filters that bound it."""
    asked = resolve(OPERATIONS[_rule(name)["query"]].request["schema"])["properties"]

    assert set(_rule(name).get("window", [])) <= set(asked)


@pytest.mark.parametrize("name", WRITES)
def test_resolution_judges_by_known_words_once_each(name: str) -> None:
    """No status says both that it happened and that it did not."""
    rule = _rule(name)
    groups = [set(rule.get(key, ())) for key in ("executed", "not_executed", "confirmed_by")]

    assert set.union(*groups) <= STATUSES
    assert sum(map(len, groups)) == len(set.union(*groups))
