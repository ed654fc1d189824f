"""The spec is a valid OpenAPI 3.1 document, and every reference and every name in it leads somewhere."""

import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.spec.reading import DOCUMENT, DOCUMENTED, OPERATIONS, resolve, walk


def test_spec_is_valid_openapi_3_1() -> None:
    """The meta-schema, the references and the schemas hold."""
    errors = [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()]

    assert errors == []


def test_spec_has_no_key_without_a_value() -> None:
    """In `{when: late, or never}` YAML reads a second key, `or never`: such a sentence wants quotes."""
    assert [f"{place}/{key}" for place, node in walk(DOCUMENT) for key, value in node.items() if value is None] == []


def test_spec_has_exactly_the_documented_operations() -> None:
    """Eight operations, each at its documented path."""
    assert {name: operation.path for name, operation in OPERATIONS.items()} == {
        name: documented["path"] for name, documented in DOCUMENTED.items()
    }


def test_spec_takes_nothing_but_post() -> None:
    """Every endpoint of the clearing API is a POST."""
    assert {method for item in DOCUMENT["paths"].values() for method in item} == {"post"}


def test_spec_uses_every_component() -> None:
    """A schema or response that nothing refers to is a leftover."""
    used = {node["$ref"] for _, node in walk(DOCUMENT) if isinstance(node.get("$ref"), str)}
    there = {
        f"#/components/{kind}/{name}" for kind in ("schemas", "responses") for name in DOCUMENT["components"][kind]
    }

    assert there == used


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_tells_people_what_it_does(name: str) -> None:
    """Summaries become docstrings: one sentence with a full stop."""
    assert re.fullmatch(r"[A-Z][^.]+\.", OPERATIONS[name].declared["summary"])


@pytest.mark.parametrize("name", OPERATIONS)
def test_request_fields_say_what_they_mean(name: str) -> None:
    """Every request field has a description."""
    properties = resolve(OPERATIONS[name].request["schema"])["properties"]

    assert [field for field, schema in properties.items() if not resolve(schema).get("description")] == []


def test_answer_fields_say_what_they_mean() -> None:
    """Every field of every answer has a description, its unit or currency where it has one."""
    schemas = DOCUMENT["components"]["schemas"]
    fields = {
        f"{owner}.{field}": resolve(schema).get("description")
        for owner, declared in schemas.items()
        for field, schema in declared.get("properties", {}).items()
    }

    assert [field for field, description in fields.items() if not description] == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_declares_the_documented_statuses(name: str) -> None:
    """Every call can meet a redirect, 400, 403, 404, 429, 500, 502, 503; where funds are asked for also 406."""
    declared = set(OPERATIONS[name].declared["responses"])
    asks_for_funds = name in {"create_order", "create_broker_order", "confirm_order"}

    assert declared == {"200", "3XX", "400", "403", "404", "429", "500", "502", "503"} | (
        {"406"} if asks_for_funds else set()
    )


def test_servers_are_the_two_documented_hosts() -> None:
    """Production and sandbox, each named for the client's `environment` argument."""
    assert {server["x-environment"]: server["url"] for server in DOCUMENT["servers"]} == {
        "production": "https://api.gemini.com",
        "sandbox": "https://api.sandbox.gemini.com",
    }
