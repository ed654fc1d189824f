"""
What a server owes to a request: the verdict, worked out from the request's own bytes and the spec.

The checks run in the order of `x-precedence`; the first that finds a fault names the reasons that fit it.
Nothing here looks at an answer, and nothing here knows which orders exist.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from ..spec import ExpectedError, Spec, SpecOperation, Violation, schema_violations
from ..wire import KEY_HEADER, PAYLOAD_HEADER, SIGNATURE_HEADER, Desk, WireRequest, decode_base64, parse_json, sign
from .key_ring import KeyRing

__all__ = ["ExpectedOutcome", "expected_outcome"]


@dataclass(frozen=True)
class ExpectedOutcome:
    """What must come back; `check` is None for a request without fault, which only business rules may refuse."""

    operation: SpecOperation | None
    desk: Desk | None
    body: dict[str, Any] | None
    check: str | None
    violations: tuple[Violation, ...]
    errors: frozenset[ExpectedError]
    spends_nonce: Decimal | None = None

    @property
    def is_valid(self) -> bool:
        """Whether nothing but a business rule may refuse the request."""
        return self.check is None

    @property
    def place(self) -> str:
        """The place of the fault that must be answered."""
        return ", ".join(dict.fromkeys(fault.place for fault in self.violations)) or "request"


@dataclass
class _Case:
    """A request on its way through the checks; each check adds what it learns."""

    spec: Spec
    ring: KeyRing
    request: WireRequest
    operation: SpecOperation
    desk: Desk | None = None
    payload: bytes = b""
    body: dict[str, Any] | None = None
    violations: tuple[Violation, ...] = ()
    nonce: Decimal | None = None


def expected_outcome(spec: Spec, ring: KeyRing, request: WireRequest) -> ExpectedOutcome:
    """Work out what a server owes to this request."""
    operation = spec.by_path.get(request.path)
    if operation is None:
        return _outside("path", ExpectedError(404, "EndpointNotFound"))
    if request.method != "POST":
        # Observed: 405; the spec has no body for it.
        return _outside("method", ExpectedError(405, None))
    case = _Case(spec, ring, request, operation)
    for check in spec.precedence:
        violations = CHECKS[check](case)
        if violations:
            errors = frozenset(ExpectedError(spec.status_of(fault.reason), fault.reason) for fault in violations)
            nonce = case.nonce if check in NONCE_IS_SPENT_BY else None
            return ExpectedOutcome(operation, case.desk, case.body, check, violations, errors, nonce)
    return ExpectedOutcome(operation, case.desk, case.body, None, (), operation.errors, case.nonce)


# A nonce counts as spent once its check is passed: what is refused later has spent it.
NONCE_IS_SPENT_BY = frozenset({"account", "role", "business"})


def _outside(place: str, refusal: ExpectedError) -> ExpectedOutcome:
    return ExpectedOutcome(
        None, None, None, "route", (Violation(place, "route", refusal.reason or ""),), frozenset({refusal})
    )


def _fault(place: str, rule: str, reason: str) -> tuple[Violation, ...]:
    return (Violation(place, rule, reason),)


def _key(case: _Case) -> tuple[Violation, ...]:
    # A header without a value counts as missing.
    key = case.request.header(KEY_HEADER)
    names = (KEY_HEADER, PAYLOAD_HEADER, SIGNATURE_HEADER)
    if case.request.header("Authorization") and (key or case.request.header(SIGNATURE_HEADER)):
        return _fault("Authorization", "alone", "AmbiguousAuthentication")
    if not any(case.request.header(name) for name in names):
        return _fault("headers", "required", "MissingSecurityHeaders")
    if not key:
        return _fault(KEY_HEADER, "required", "MissingApikeyHeader")
    case.desk = case.ring.by_key.get(key)
    return () if case.desk else _fault(KEY_HEADER, "known", "InvalidApiKey")


def _payload(case: _Case) -> tuple[Violation, ...]:
    text = case.request.header(PAYLOAD_HEADER)
    if not text:
        return _fault(PAYLOAD_HEADER, "required", "MissingPayloadHeader")
    try:
        case.payload = decode_base64(text)
    except ValueError:
        return _fault(PAYLOAD_HEADER, "base64", "InvalidJson")
    return ()


def _signature(case: _Case) -> tuple[Violation, ...]:
    given = case.request.header(SIGNATURE_HEADER)
    if not given:
        return _fault(SIGNATURE_HEADER, "required", "MissingSignatureHeader")
    desk = case.desk
    right = sign(case.request.header(PAYLOAD_HEADER) or "", desk.api_secret if desk else "")
    if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), right.encode()):
        return _fault(SIGNATURE_HEADER, "matches", "InvalidSignature")
    return ()


def _json(case: _Case) -> tuple[Violation, ...]:
    try:
        value = parse_json(case.payload)
    except (ValueError, InvalidOperation):
        return _fault(PAYLOAD_HEADER, "json", "InvalidJson")
    if not isinstance(value, dict):
        return _fault(PAYLOAD_HEADER, "type", "InvalidJson")
    case.body = value
    # Every later check reads the same errors; the validator runs once.
    case.violations = schema_violations(case.operation, value)
    return ()


def _of_field(name: str) -> Callable[[_Case], tuple[Violation, ...]]:
    return lambda case: tuple(fault for fault in case.violations if fault.place == name)


def _schema(case: _Case) -> tuple[Violation, ...]:
    return tuple(fault for fault in case.violations if fault.place in case.operation.own_fields)


def _nonce(case: _Case) -> tuple[Violation, ...]:
    violations = _of_field("nonce")(case)
    if violations or "nonce" not in (case.body or {}):
        return violations
    nonce = Decimal((case.body or {})["nonce"])
    if case.desk and not case.ring.accepts(case.desk, nonce):
        rule = "near the time" if case.desk.api_key in case.ring.time_based else "increases"
        return _fault("nonce", rule, "InvalidNonce")
    case.nonce = nonce
    return ()


def _account(case: _Case) -> tuple[Violation, ...]:
    names_one, is_master = "account" in (case.body or {}), bool(case.desk and case.desk.is_master)
    if is_master and not names_one:
        return _fault("account", "required", "MissingAccounts")
    if names_one and not is_master:
        return _fault("account", "absent", "AccountsOnGroupOnlyApi")
    return ()


def _role(case: _Case) -> tuple[Violation, ...]:
    roles = case.desk.roles if case.desk else frozenset()
    return () if roles & case.operation.roles else _fault("roles", "x-roles", "MissingRole")


def _nothing(case: _Case) -> tuple[Violation, ...]:
    """The rate is the target's to keep, and business rules need to know the orders."""
    return ()


CHECKS: dict[str, Callable[[_Case], tuple[Violation, ...]]] = {
    "key": _key,
    "payload": _payload,
    "signature": _signature,
    "rate": _nothing,
    "json": _json,
    "endpoint": _of_field("request"),
    "schema": _schema,
    "nonce": _nonce,
    "account": _account,
    "role": _role,
    "business": _nothing,
}
