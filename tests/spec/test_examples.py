"""Examples validate against their schema, and results and error responses exclude each other."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.spec.reading import DOCUMENT, DOCUMENTED, OPERATIONS, resolve, validator


def _media_types() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every body in the spec: requests, responses of operations, shared responses."""
    for name, operation in OPERATIONS.items():
        yield f"{name} request", operation.request
        yield f"{name} 200", operation.response
    for name, response in DOCUMENT["components"]["responses"].items():
        for media_type, body in response.get("content", {}).items():
            yield f"{name} {media_type}", body


EXAMPLES = [
    pytest.param(body["schema"], example["value"], id=f"{place} {name}")
    for place, body in _media_types()
    for name, example in body.get("examples", {}).items()
]
ERROR_RESPONSES = [
    pytest.param(name, body, id=name)
    for name, facts in DOCUMENTED.items()
    for body in facts.get("error_responses_with_status_200", [])
]


@pytest.mark.parametrize(("schema", "example"), EXAMPLES)
def test_example_validates_against_its_schema(schema: dict[str, Any], example: Any) -> None:
    """Every example of the spec is valid."""
    assert [error.message for error in validator(schema).iter_errors(example)] == []


def _alternatives(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the success and the error response of an operation with status 200."""
    parts = [resolve(part) for part in OPERATIONS[name].response["schema"]["oneOf"]]
    [error] = [part for part in parts if part.get("x-refusal")]
    [success] = [part for part in parts if not part.get("x-refusal")]
    return success, error


@pytest.mark.parametrize(("name", "body"), ERROR_RESPONSES)
def test_error_response_with_status_200_is_not_a_success(name: str, body: dict[str, Any]) -> None:
    """A failed cancellation or confirmation must not look executed because its status is 200."""
    as_success, as_error = _alternatives(name)

    assert validator(as_error).is_valid(body)
    assert not validator(as_success).is_valid(body)


@pytest.mark.parametrize(
    "name", [name for name, facts in DOCUMENTED.items() if "error_responses_with_status_200" in facts]
)
def test_success_is_not_an_error_response(name: str) -> None:
    """An executed operation must not look rejected."""
    as_success, as_error = _alternatives(name)

    for success in DOCUMENTED[name]["response_examples"]:
        assert validator(as_success).is_valid(success)
        assert not validator(as_error).is_valid(success)


@pytest.mark.parametrize(
    "name", [name for name, facts in DOCUMENTED.items() if "error_responses_with_status_200" not in facts]
)
def test_other_operations_have_one_response_with_status_200(name: str) -> None:
    """Only cancel and confirm have error responses with status 200."""
    assert "oneOf" not in OPERATIONS[name].response["schema"]


@pytest.mark.parametrize("mark", ["failed", "error"])
@pytest.mark.parametrize("name", ["cancel_order", "confirm_order"])
def test_mark_of_an_error_response_is_not_a_success(name: str, mark: str) -> None:
    """`result` decides, with any other fields."""
    as_success, _ = _alternatives(name)

    assert not validator(as_success).is_valid({"result": mark, "details": "…", "reason": "System", "message": "…"})


@pytest.mark.parametrize("name", OPERATIONS)
def test_request_schema_rejects_a_missing_field(name: str) -> None:
    """The documented request without a required field is invalid."""
    schema = resolve(OPERATIONS[name].request["schema"])
    example = next(iter(OPERATIONS[name].request["examples"].values()))["value"]
    lacking = {field: {key: value for key, value in example.items() if key != field} for field in schema["required"]}

    assert [field for field, request in lacking.items() if validator(schema).is_valid(request)] == []


AMOUNTS = {
    **dict.fromkeys(["100", "0.00000001", "9500.00", "0001.5", "9" * 30 + "." + "1" * 30], True),
    **dict.fromkeys(["0", "0.00", "-1", "+1", "1e3", "1.", ".5", "", " 1", "1 ", "1\n", "NaN", "Infinity", "١"], False),
}


@pytest.mark.parametrize(("text", "allowed"), AMOUNTS.items())
@pytest.mark.parametrize("schema", ["Amount", "Price"])
def test_money_in_requests_is_a_plain_positive_decimal(schema: str, text: str, *, allowed: bool) -> None:
    """It is exact, above zero, and without exponent, sign or white space; its length is not limited."""
    assert validator(DOCUMENT["components"]["schemas"][schema]).is_valid(text) is allowed


@pytest.mark.parametrize("number", [1, 1.5, True, None])
@pytest.mark.parametrize("schema", ["Amount", "Price"])
def test_money_in_requests_is_text(schema: str, number: object) -> None:
    """A JSON number may have been a binary float."""
    assert not validator(DOCUMENT["components"]["schemas"][schema]).is_valid(number)
