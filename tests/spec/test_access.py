"""Who may call what: securities, scopes and roles of every operation."""

import pytest

from tests.spec.reading import DOCUMENT, OPERATIONS

ROLES = {"Administrator", "Trader", "FundManager", "Auditor"}
WRITES = {"create_order", "cancel_order", "confirm_order", "create_broker_order"}


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_takes_a_signed_key_or_a_token(name: str) -> None:
    """Key, payload and signature together, or a bearer token and the payload; reads and writes differ in scope."""
    scope = "clearing:create" if name in WRITES else "clearing:read"

    assert OPERATIONS[name].declared["security"] == [
        {"ApiKey": [], "Payload": [], "Signature": []},
        {"OAuth": [scope], "Payload": []},
    ]


def test_security_schemes_are_the_documented_headers() -> None:
    """The three headers of a signed call, and the bearer token."""
    schemes = DOCUMENT["components"]["securitySchemes"]

    assert {name: scheme.get("name", scheme.get("scheme")) for name, scheme in schemes.items()} == {
        "ApiKey": "X-GEMINI-APIKEY",
        "Payload": "X-GEMINI-PAYLOAD",
        "Signature": "X-GEMINI-SIGNATURE",
        "OAuth": "bearer",
    }


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_names_known_roles(name: str) -> None:
    """At least one role may call it, and each is a role that the exchange knows."""
    roles = OPERATIONS[name].declared["x-roles"]

    assert roles
    assert set(roles) <= ROLES


@pytest.mark.parametrize("name", sorted(WRITES))
def test_auditor_cannot_write(name: str) -> None:
    """An Auditor's key is read-only."""
    assert "Auditor" not in OPERATIONS[name].declared["x-roles"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_says_whether_it_is_safe_to_repeat(name: str) -> None:
    """Reads are, writes are not: no key tells the exchange that an order was sent twice."""
    assert OPERATIONS[name].declared["x-safe-to-repeat"] is (name not in WRITES)
