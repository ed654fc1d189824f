"""Every example validates against its schema, and no refusal can be taken for a success, nor the reverse."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.spec.reading import DOCUMENT, DOCUMENTED, OPERATIONS, resolve, validator


def _media_types() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every place where the spec gives a body: requests, answers of operations, shared answers."""
    for name, operation in OPERATIONS.items():
        yield f"{name} request", operation.request
        yield f"{name} 200", operation.answer
    for name, response in DOCUMENT["components"]["responses"].items():
        for media_type, body in response.get("content", {}).items():
            yield f"{name} {media_type}", body


EXAMPLES = [
    pytest.param(body["schema"], example["value"], id=f"{place} {name}")
    for place, body in _media_types()
    for name, example in body.get("examples", {}).items()
]
REFUSALS = [
    pytest.param(name, refusal, id=name)
    for name, facts in DOCUMENTED.items()
    for refusal in facts.get("refusals_under_200", [])
]


@pytest.mark.parametrize(("schema", "example"), EXAMPLES)
def test_example_validates_against_its_schema(schema: dict[str, Any], example: Any) -> None:
    """What the spec shows is what it allows."""
    assert [error.message for error in validator(schema).iter_errors(example)] == []


def _alternatives(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The success and the refusal that an operation answers under status 200."""
    parts = [resolve(part) for part in OPERATIONS[name].answer["schema"]["oneOf"]]
    [refusal] = [part for part in parts if part.get("x-refusal")]
    [success] = [part for part in parts if not part.get("x-refusal")]
    return success, refusal


@pytest.mark.parametrize(("name", "refusal"), REFUSALS)
def test_refusal_under_200_is_a_refusal_and_no_success(name: str, refusal: dict[str, Any]) -> None:
    """A refused cancel or confirm must not look carried out because its status is 200."""
    as_success, as_refusal = _alternatives(name)

    assert validator(as_refusal).is_valid(refusal)
    assert not validator(as_success).is_valid(refusal)


@pytest.mark.parametrize("name", [name for name, facts in DOCUMENTED.items() if "refusals_under_200" in facts])
def test_success_under_200_is_a_success_and_no_refusal(name: str) -> None:
    """What was carried out must not look refused."""
    as_success, as_refusal = _alternatives(name)

    for success in DOCUMENTED[name]["answer_examples"]:
        assert validator(as_success).is_valid(success)
        assert not validator(as_refusal).is_valid(success)


@pytest.mark.parametrize("name", [name for name, facts in DOCUMENTED.items() if "refusals_under_200" not in facts])
def test_operation_without_documented_refusal_has_one_answer(name: str) -> None:
    """Only cancel and confirm are known to refuse under status 200."""
    assert "oneOf" not in OPERATIONS[name].answer["schema"]


@pytest.mark.parametrize("mark", ["failed", "error"])
@pytest.mark.parametrize("name", ["cancel_order", "confirm_order"])
def test_no_answer_marked_as_a_refusal_is_a_success(name: str, mark: str) -> None:
    """`result` alone decides, whatever other fields come with it."""
    as_success, _ = _alternatives(name)

    assert not validator(as_success).is_valid({"result": mark, "details": "…", "reason": "System", "message": "…"})


@pytest.mark.parametrize("name", OPERATIONS)
def test_request_schema_refuses_a_missing_field(name: str) -> None:
    """Leaving out any required field makes the documented request invalid."""
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
    """Exact, above zero, without exponent, sign or white space; length is free."""
    assert validator(DOCUMENT["components"]["schemas"][schema]).is_valid(text) is allowed


@pytest.mark.parametrize("number", [1, 1.5, True, None])
@pytest.mark.parametrize("schema", ["Amount", "Price"])
def test_money_in_requests_is_text(schema: str, number: object) -> None:
    """A JSON number has been through somebody's binary floating point."""
    assert not validator(DOCUMENT["components"]["schemas"][schema]).is_valid(number)
