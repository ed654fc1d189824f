"""Reasons, checks and their precedence agree in all parts of the spec."""

from typing import Any

import pytest

from tests.spec.reading import DOCUMENT, OPERATIONS, resolve, walk

REASONS: dict[str, dict[str, Any]] = DOCUMENT["x-reasons"]
KNOWN = set(DOCUMENT["components"]["schemas"]["Reason"]["x-extensible-enum"])
FIELD_REASONS = ("x-reason", "x-missing-reason", "x-dependent-reason")


def _error_responses(name: str) -> list[dict[str, Any]]:
    return OPERATIONS[name].declared["x-refusals"]


def test_precedence_covers_every_check() -> None:
    """Each check with a reason is in the precedence. Business rules are at the operations."""
    assert {entry["check"] for entry in REASONS.values()} == set(DOCUMENT["x-precedence"]) - {"business"}


def test_precedence_is_unique_and_ends_with_business() -> None:
    """Business rules depend on the state of the exchange, and only a valid request may reveal it."""
    checks = DOCUMENT["x-precedence"]

    assert len(checks) == len(set(checks))
    assert checks[-1] == "business"


def test_checks_have_the_documented_statuses() -> None:
    """403 for the role, 429 for the rate, 400 for all other errors of a request."""
    others = {name: entry["status"] for name, entry in REASONS.items() if entry["status"] != 400}

    assert others == {"MissingRole": 403, "RateLimit": 429}


def test_every_reason_is_known() -> None:
    """Every reason at a check, a field or an operation is a value of the enum."""
    at_fields = {node[key] for _, node in walk(DOCUMENT) for key in FIELD_REASONS if key in node}
    at_operations = {
        refusal["reason"] for name in OPERATIONS for refusal in _error_responses(name) if "reason" in refusal
    }

    assert (set(REASONS) | at_fields | at_operations) - KNOWN == set()


def test_known_reasons_are_sorted_and_unique() -> None:
    """A sorted list is easy to search."""
    words = DOCUMENT["components"]["schemas"]["Reason"]["x-extensible-enum"]

    assert words == sorted(set(words))


def test_reason_of_a_field_belongs_to_a_check() -> None:
    """The reason of an invalid field has a status and a place in the precedence."""
    named = {node[key] for _, node in walk(DOCUMENT) for key in FIELD_REASONS if key in node}

    assert named - set(REASONS) == set()


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_request_field_has_the_reason_of_an_invalid_value(name: str) -> None:
    """Every violation of the schema has a reason."""
    properties = resolve(OPERATIONS[name].request["schema"])["properties"]

    assert [field for field, schema in properties.items() if "x-reason" not in resolve(schema)] == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_request_has_the_reason_of_a_missing_field(name: str) -> None:
    """Fields that depend on each other have the reason of a missing partner too."""
    schema = resolve(OPERATIONS[name].request["schema"])

    assert "x-missing-reason" in schema
    assert ("dependentRequired" in schema) == ("x-dependent-reason" in schema)


@pytest.mark.parametrize("name", OPERATIONS)
def test_error_responses_have_declared_statuses(name: str) -> None:
    """The status of a business rule is declared by the operation."""
    declared = OPERATIONS[name].declared

    assert declared["x-refusals"]
    assert {str(refusal["status"]) for refusal in declared["x-refusals"]} <= set(declared["responses"])


@pytest.mark.parametrize("name", OPERATIONS)
def test_error_responses_have_a_reason_and_a_case(name: str) -> None:
    """Each has a reason, or the `result` that marks it, and a description of the case, and is unique."""
    responses = _error_responses(name)

    assert [one for one in responses if set(one) - {"reason", "result"} != {"status", "when"}] == []
    assert len({(one.get("reason"), one["status"]) for one in responses}) == len(responses)


@pytest.mark.parametrize("name", OPERATIONS)
def test_error_responses_with_status_200_have_a_schema(name: str) -> None:
    """The response of a business rule with status 200 has an alternative with `x-refusal`."""
    rejects = any(one["status"] == 200 for one in _error_responses(name))
    marked = [part for part in OPERATIONS[name].response["schema"].get("oneOf", []) if resolve(part).get("x-refusal")]

    assert bool(marked) is rejects


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


def test_examples_of_error_responses_are_the_observed_ones() -> None:
    """Reason and message are those of a live server, or of the table in the documentation."""
    shown = [
        (name, example["value"]["reason"], example["value"]["message"])
        for name, response in DOCUMENT["components"]["responses"].items()
        for example in response.get("content", {}).get("application/json", {}).get("examples", {}).values()
    ]

    assert shown == OBSERVED


@pytest.mark.parametrize("name", OPERATIONS)
def test_injected_fields_are_request_and_nonce(name: str) -> None:
    """The signer adds the endpoint's path and the nonce; callers pass neither."""
    properties = resolve(OPERATIONS[name].request["schema"])["properties"]
    injected = [field for field, schema in properties.items() if resolve(schema).get("x-injected")]

    assert injected == ["request", "nonce"]
    assert properties["request"]["const"] == OPERATIONS[name].path
