"""The spec is valid OpenAPI 3.1, and every reference and name in it resolves."""

import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.spec.reading import DOCUMENT, DOCUMENTED, OPERATIONS, resolve, walk


def test_spec_is_valid_openapi_3_1() -> None:
    """The document is valid by the meta-schema."""
    errors = [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()]

    assert errors == []


def test_spec_has_no_key_without_a_value() -> None:
    """YAML reads `{when: late, or never}` as two keys, so a text with a comma needs quotes."""
    assert [f"{place}/{key}" for place, node in walk(DOCUMENT) for key, value in node.items() if value is None] == []


def test_spec_has_exactly_the_documented_operations() -> None:
    """Eight operations have their documented paths."""
    assert {name: operation.path for name, operation in OPERATIONS.items()} == {
        name: documented["path"] for name, documented in DOCUMENTED.items()
    }


def test_spec_has_post_operations_only() -> None:
    """Every endpoint of the clearing API is a POST."""
    assert {method for item in DOCUMENT["paths"].values() for method in item} == {"post"}


def test_spec_uses_every_component() -> None:
    """An unused schema or response is an error."""
    used = {node["$ref"] for _, node in walk(DOCUMENT) if isinstance(node.get("$ref"), str)}
    there = {
        f"#/components/{kind}/{name}" for kind in ("schemas", "responses") for name in DOCUMENT["components"][kind]
    }

    assert there == used


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_has_a_summary(name: str) -> None:
    """A summary becomes a docstring: one sentence with a full stop."""
    assert re.fullmatch(r"[A-Z][^.]+\.", OPERATIONS[name].declared["summary"])


@pytest.mark.parametrize("name", OPERATIONS)
def test_request_fields_are_described(name: str) -> None:
    """Every request field has a description."""
    properties = resolve(OPERATIONS[name].request["schema"])["properties"]

    assert [field for field, schema in properties.items() if not resolve(schema).get("description")] == []


def test_response_fields_are_described() -> None:
    """Every response field has a description, with its unit or currency."""
    schemas = DOCUMENT["components"]["schemas"]
    fields = {
        f"{owner}.{field}": resolve(schema).get("description")
        for owner, declared in schemas.items()
        for field, schema in declared.get("properties", {}).items()
    }

    assert [field for field, description in fields.items() if not description] == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_declares_the_documented_statuses(name: str) -> None:
    """Every operation has a redirect, 400, 403, 404, 429, 500, 502, 503; with funds also 406."""
    declared = set(OPERATIONS[name].declared["responses"])
    asks_for_funds = name in {"create_order", "create_broker_order", "confirm_order"}

    assert declared == {"200", "3XX", "400", "403", "404", "429", "500", "502", "503"} | (
        {"406"} if asks_for_funds else set()
    )


def test_servers_are_the_two_documented_hosts() -> None:
    """Production and sandbox, with their names for the client's `environment` argument."""
    assert {server["x-environment"]: server["url"] for server in DOCUMENT["servers"]} == {
        "production": "https://api.gemini.com",
        "sandbox": "https://api.sandbox.gemini.com",
    }
