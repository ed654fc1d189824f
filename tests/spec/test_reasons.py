"""Reasons, checks and their precedence agree with each other, wherever the spec names them."""

from typing import Any

import pytest

from tests.spec.reading import DOCUMENT, OPERATIONS, resolve, walk

REASONS: dict[str, dict[str, Any]] = DOCUMENT["x-reasons"]
KNOWN = set(DOCUMENT["components"]["schemas"]["Reason"]["x-extensible-enum"])
FIELD_REASONS = ("x-reason", "x-missing-reason", "x-dependent-reason")


def _refusals(name: str) -> list[dict[str, Any]]:
    return OPERATIONS[name].declared["x-refusals"]


def test_precedence_covers_every_check() -> None:
    """Each check that gives a reason has its place in the order; business rules stand at the operations."""
    assert {entry["check"] for entry in REASONS.values()} == set(DOCUMENT["x-precedence"]) - {"business"}


def test_precedence_names_no_check_twice_and_business_last() -> None:
    """Business rules look at the exchange's state, and only a request that is sound may learn about it."""
    checks = DOCUMENT["x-precedence"]

    assert len(checks) == len(set(checks))
    assert checks[-1] == "business"


def test_checks_answer_with_the_documented_statuses() -> None:
    """403 for the role, 429 for the rate, 400 for everything else that is wrong with a request."""
    others = {name: entry["status"] for name, entry in REASONS.items() if entry["status"] != 400}

    assert others == {"MissingRole": 403, "RateLimit": 429}


def test_every_reason_is_a_known_word() -> None:
    """No reason is misspelt: at the checks, at the fields, or at the operations."""
    at_fields = {node[key] for _, node in walk(DOCUMENT) for key in FIELD_REASONS if key in node}
    at_operations = {refusal["reason"] for name in OPERATIONS for refusal in _refusals(name) if "reason" in refusal}

    assert (set(REASONS) | at_fields | at_operations) - KNOWN == set()


def test_known_words_are_sorted_and_unique() -> None:
    """A list in order is a list in which a word is found, and no word stands twice."""
    words = DOCUMENT["components"]["schemas"]["Reason"]["x-extensible-enum"]

    assert words == sorted(set(words))


def test_reason_of_a_field_is_given_by_a_check() -> None:
    """What a bad field is refused with has a status and a place in the precedence."""
    named = {node[key] for _, node in walk(DOCUMENT) for key in FIELD_REASONS if key in node}

    assert named - set(REASONS) == set()


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_request_field_has_the_reason_of_a_bad_value(name: str) -> None:
    """A schema refusal is never without a word for it."""
    properties = resolve(OPERATIONS[name].request["schema"])["properties"]

    assert [field for field, schema in properties.items() if "x-reason" not in resolve(schema)] == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_request_has_the_reason_of_a_missing_field(name: str) -> None:
    """And where fields depend on each other, the reason of a missing partner."""
    schema = resolve(OPERATIONS[name].request["schema"])

    assert "x-missing-reason" in schema
    assert ("dependentRequired" in schema) == ("x-dependent-reason" in schema)


@pytest.mark.parametrize("name", OPERATIONS)
def test_refusals_of_an_operation_use_its_declared_statuses(name: str) -> None:
    """A business rule answers under a status that the operation declares."""
    declared = OPERATIONS[name].declared

    assert declared["x-refusals"]
    assert {str(refusal["status"]) for refusal in declared["x-refusals"]} <= set(declared["responses"])


@pytest.mark.parametrize("name", OPERATIONS)
def test_refusals_of_an_operation_say_when(name: str) -> None:
    """Each has a reason, or the `result` that marks it, and the case in words; none stands twice."""
    refusals = _refusals(name)

    assert [refusal for refusal in refusals if set(refusal) - {"reason", "result"} != {"status", "when"}] == []
    assert len({(refusal.get("reason"), refusal["status"]) for refusal in refusals}) == len(refusals)


@pytest.mark.parametrize("name", OPERATIONS)
def test_refusals_under_200_have_a_schema_that_marks_them(name: str) -> None:
    """Where a business rule refuses under 200, the answer's schema has an alternative marked `x-refusal`."""
    refuses = any(refusal["status"] == 200 for refusal in _refusals(name))
    marked = [part for part in OPERATIONS[name].answer["schema"].get("oneOf", []) if resolve(part).get("x-refusal")]

    assert bool(marked) is refuses


OBSERVED = [
    ("BadRequest", "InvalidSignature", "InvalidSignature"),
    ("BadRequest", "InvalidNonce", "Nonce '1495127793000' has not increased since your last call to the Gemini API."),
    ("BadRequest", "InvalidSymbol", "Received unsupported symbol 'abc'"),
    ("BadRequest", "InvalidQuantity", "Invalid quantity for symbol BTCUSD: -2"),
    ("BadRequest", "GTSTradeIDMustBeString", "The Clearing ID must be a string"),
    (
        "Forbidden",
        "MissingRole",
        (
            "To access this endpoint, you need to log in to the website and go to the settings page to assign one of"
            " these roles [Trader] to API key account-demo which currently has roles [Auditor]"
        ),
    ),
    ("NotFound", "EndpointNotFound", "API entry point not found"),
]


def test_examples_of_refusals_are_the_observed_ones() -> None:
    """Reason and message as a live server gave them, or as the documentation's table of reasons has them."""
    shown = [
        (name, example["value"]["reason"], example["value"]["message"])
        for name, response in DOCUMENT["components"]["responses"].items()
        for example in response.get("content", {}).get("application/json", {}).get("examples", {}).values()
    ]

    assert shown == OBSERVED


@pytest.mark.parametrize("name", OPERATIONS)
def test_injected_fields_are_request_and_nonce(name: str) -> None:
    """The signer fills in the endpoint's own path and the nonce; callers pass neither."""
    properties = resolve(OPERATIONS[name].request["schema"])["properties"]
    injected = [field for field, schema in properties.items() if resolve(schema).get("x-injected")]

    assert injected == ["request", "nonce"]
    assert properties["request"]["const"] == OPERATIONS[name].path
