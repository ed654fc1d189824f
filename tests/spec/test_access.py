"""Access: securities, scopes and roles of every operation."""

import pytest

from tests.spec.reading import DOCUMENT, OPERATIONS

ROLES = {"Administrator", "Trader", "FundManager", "Auditor"}
WRITES = {"create_order", "cancel_order", "confirm_order", "create_broker_order"}


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_accepts_a_signed_key_or_a_token(name: str) -> None:
    """Key, payload and signature, or a bearer token and the payload; the scope differs for reads and writes."""
    scope = "clearing:create" if name in WRITES else "clearing:read"

    assert OPERATIONS[name].declared["security"] == [
        {"ApiKey": [], "Payload": [], "Signature": []},
        {"OAuth": [scope], "Payload": []},
    ]


def test_security_schemes_are_the_documented_headers() -> None:
    """The headers are those of a signed call, and the bearer token."""
    schemes = DOCUMENT["components"]["securitySchemes"]

    assert {name: scheme.get("name", scheme.get("scheme")) for name, scheme in schemes.items()} == {
        "ApiKey": "X-GEMINI-APIKEY",
        "Payload": "X-GEMINI-PAYLOAD",
        "Signature": "X-GEMINI-SIGNATURE",
        "OAuth": "bearer",
    }


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_names_known_roles(name: str) -> None:
    """An operation has at least one role, and each is a role of the exchange."""
    roles = OPERATIONS[name].declared["x-roles"]

    assert roles
    assert set(roles) <= ROLES


@pytest.mark.parametrize("name", sorted(WRITES))
def test_auditor_cannot_write(name: str) -> None:
    """The key of an Auditor is read-only."""
    assert "Auditor" not in OPERATIONS[name].declared["x-roles"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_reads_are_safe_to_repeat(name: str) -> None:
    """Writes are not: the API has no idempotency key."""
    assert OPERATIONS[name].declared["x-safe-to-repeat"] is (name not in WRITES)
