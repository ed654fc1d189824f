"""`x-success`, `x-echo` and `x-inconclusive-reasons`: what proves the outcome of a call."""

from typing import Any

import pytest

from tests.spec.reading import DOCUMENT, OPERATIONS, resolve

WRITES = [name for name, operation in OPERATIONS.items() if not operation.declared["x-safe-to-repeat"]]
ECHOES = [
    (name, argument, field)
    for name, operation in OPERATIONS.items()
    for argument, field in operation.declared.get("x-echo", {}).items()
]
MARKS = {
    schema["properties"]["result"]["const"]
    for schema in DOCUMENT["components"]["schemas"].values()
    if schema.get("x-refusal")
}


def _success(name: str) -> dict[str, Any]:
    """Return the properties of a response that is a success."""
    schema = OPERATIONS[name].response["schema"]
    (success,) = (one for one in map(resolve, schema.get("oneOf", [schema])) if not one.get("x-refusal"))
    return success["properties"]


def _documented(name: str) -> list[dict[str, Any]]:
    """Return the documented responses without the errors."""
    examples = (example["value"] for example in OPERATIONS[name].response["examples"].values())
    return [body for body in examples if body.get("result") not in MARKS]


def test_only_writes_list_values_of_success() -> None:
    """A read changes nothing, so nothing has to prove that it was executed."""
    assert [name for name in OPERATIONS if "x-success" in OPERATIONS[name].declared] == WRITES


@pytest.mark.parametrize("name", WRITES)
def test_documented_success_has_a_listed_value(name: str) -> None:
    """Each documented success proves that the write was executed, and no field has another value."""
    success = OPERATIONS[name].declared["x-success"]

    assert _documented(name)
    for body in _documented(name):
        found = {field: body[field] for field in success if field in body}
        assert found
        assert all(value in success[field] for field, value in found.items())


@pytest.mark.parametrize("name", WRITES)
def test_values_of_success_never_mark_an_error(name: str) -> None:
    """A response cannot be both."""
    values = {value for values in OPERATIONS[name].declared["x-success"].values() for value in values}

    assert not values & MARKS


@pytest.mark.parametrize("name", [name for name in WRITES if "window" in OPERATIONS[name].declared["x-resolve"]])
def test_new_orders_are_announced_with_a_status_of_the_life_cycle(name: str) -> None:
    """The success of a new order is the status that the life-cycle announces, or its first state."""
    lifecycle = DOCUMENT["x-order-lifecycle"]
    announced = {*lifecycle["initial"].values(), *lifecycle["announced_as"].values()}

    for values in OPERATIONS[name].declared["x-success"].values():
        assert set(values) <= announced


@pytest.mark.parametrize(("name", "argument", "field"), ECHOES)
def test_echo_refers_to_fields_of_request_and_response(name: str, argument: str, field: Any) -> None:
    """Left is a field of the request, right one of the response."""
    assert argument in resolve(OPERATIONS[name].request["schema"])["properties"]
    assert (field["in"] if isinstance(field, dict) else field) in _success(name)


@pytest.mark.parametrize("name", list(OPERATIONS))
def test_every_repeated_field_is_an_echo(name: str) -> None:
    """A response field with the name of a request field repeats it, so that no wrong response is accepted."""
    arguments = resolve(OPERATIONS[name].request["schema"])["properties"].keys()

    assert arguments & _success(name).keys() == {
        argument for operation, argument, field in ECHOES if operation == name and argument == field
    }


def test_inconclusive_reasons_are_known() -> None:
    """They are values of the enum of the reasons."""
    assert set(DOCUMENT["x-inconclusive-reasons"]) <= set(
        DOCUMENT["components"]["schemas"]["Reason"]["x-extensible-enum"]
    )


def test_reasons_of_rate_and_nonce_are_inconclusive() -> None:
    """Rate and nonce depend on earlier requests: a second delivery of a request can fail because of the first one."""
    checks = {reason: entry["check"] for reason, entry in DOCUMENT["x-reasons"].items()}
    depend = {reason for reason, check in checks.items() if check == "rate" or reason == "InvalidNonce"}

    assert depend <= set(DOCUMENT["x-inconclusive-reasons"])
