"""
The outcome that the spec allows for a request, derived from the request's own bytes.

The checks run in the order of `x-precedence`; the first violation decides which errors may be
returned. Orders and responses are not considered here.
"""

import hmac
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from attrs import define, frozen

from ..spec import ExpectedError, Spec, SpecOperation, Violation, schema_violations
from ..wire import (
    AUTHORIZATION_HEADER,
    KEY_HEADER,
    PAYLOAD_HEADER,
    SIGNATURE_HEADER,
    AccessToken,
    Desk,
    MasterKey,
    WireRequest,
    decode_base64,
    parse_json,
    sign,
)
from .key_ring import KeyRing

__all__ = ["ExpectedOutcome", "expected_outcome"]

Violations = tuple[Violation, ...]


@frozen
class ExpectedOutcome:
    """The errors that a request may get; `check` is None for a request that only a business rule may reject."""

    operation: SpecOperation | None
    desk: Desk | None
    body: dict[str, Any] | None
    check: str | None
    violations: tuple[Violation, ...]
    errors: frozenset[ExpectedError]
    spends_nonce: Decimal | None = None
    method: str = "POST"
    # The counterparty id of the account that the request acts for, and the access token that it has.
    account: str | None = None
    token: AccessToken | None = None
    # The statuses with which the request may be rejected for any reason, where the spec defines no reason.
    open_statuses: frozenset[int] = frozenset()

    @property
    def is_valid(self) -> bool:
        """Whether only a business rule may reject the request."""
        return self.check is None

    @property
    def place(self) -> str:
        """The places of the violations, or `request`."""
        return ", ".join(dict.fromkeys(violation.place for violation in self.violations)) or "request"


@define
class _Request:
    """A request while it is checked; each check adds what the later ones need."""

    spec: Spec
    ring: KeyRing
    wire: WireRequest
    operation: SpecOperation
    desk: Desk | None = None
    payload: bytes = b""
    body: dict[str, Any] | None = None
    violations: tuple[Violation, ...] = ()
    nonce: Decimal | None = None
    token: AccessToken | None = None

    @property
    def account(self) -> str | None:
        """The counterparty id of the account that the request acts for; None if it is not known."""
        if isinstance(self.desk, MasterKey):
            name = (self.body or {}).get("account")
            return self.desk.accounts.get(name) if isinstance(name, str) else None
        caller = self.token or self.desk
        return caller.counterparty_id if caller else None

    def outcome(self, check: str | None = None, violations: Violations = ()) -> ExpectedOutcome:
        """Return the outcome of the request by the violations of its first failed check."""
        errors = frozenset(ExpectedError(self.spec.status_of(one.reason), one.reason) for one in violations)
        return ExpectedOutcome(
            self.operation,
            self.desk,
            self.body,
            check,
            violations,
            errors if check else self.operation.errors,
            self.nonce if check in NONCE_IS_SPENT_BY else None,
            account=self.account,
            token=self.token,
            open_statuses=self._open_statuses(violations),
        )

    def _open_statuses(self, violations: Violations) -> frozenset[int]:
        is_about_token = any(violation.rule in TOKEN_RULES for violation in violations)
        return TOKEN_STATUSES if is_about_token and "token_errors" not in self.spec.choices else frozenset()


# A request that a later check rejects has spent its nonce.
NONCE_IS_SPENT_BY = frozenset({"account", "role", "business", None})
BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)
# The rules of access tokens whose error responses are not documented, and the statuses that HTTP has for them.
TOKEN_RULES = frozenset({"known token", "scopes"})
TOKEN_STATUSES = frozenset({400, 401, 403})


def expected_outcome(spec: Spec, ring: KeyRing, wire: WireRequest) -> ExpectedOutcome:
    """Return the outcome that the spec allows for a request, given the nonces that its key has spent."""
    operation = spec.by_path.get(wire.path)
    if operation is None:
        return _not_routed(wire, "path", ExpectedError(404, "EndpointNotFound"))
    if wire.method != "POST":
        # Observed: 405, with a body that is not documented.
        return _not_routed(wire, "method", ExpectedError(405, None))
    request = _Request(spec, ring, wire, operation)
    for check in spec.precedence:
        violations = CHECKS[check](request)
        if violations:
            return request.outcome(check, violations)
    return request.outcome()


def _not_routed(wire: WireRequest, place: str, error: ExpectedError) -> ExpectedOutcome:
    violation = Violation(place, "route", error.reason or "")
    return ExpectedOutcome(None, None, None, "route", (violation,), frozenset({error}), method=wire.method)


def _violation(place: str, rule: str, reason: str) -> Violations:
    return (Violation(place, rule, reason),)


def _key(request: _Request) -> Violations:
    # A header without a value counts as missing.
    key = request.wire.header(KEY_HEADER)
    names = (KEY_HEADER, PAYLOAD_HEADER, SIGNATURE_HEADER)
    authorization = request.wire.header(AUTHORIZATION_HEADER)
    if authorization and (key or request.wire.header(SIGNATURE_HEADER)):
        return _violation(AUTHORIZATION_HEADER, "only one kind", "AmbiguousAuthentication")
    if authorization:
        match = BEARER.fullmatch(authorization)
        request.token = request.ring.by_token.get(match[1]) if match else None
        return () if request.token else _violation(AUTHORIZATION_HEADER, "known token", "InvalidApiKey")
    if not any(request.wire.header(name) for name in names):
        return _violation("headers", "required", "MissingSecurityHeaders")
    if not key:
        return _violation(KEY_HEADER, "required", "MissingApikeyHeader")
    request.desk = request.ring.by_key.get(key)
    return () if request.desk else _violation(KEY_HEADER, "known", "InvalidApiKey")


def _payload(request: _Request) -> Violations:
    text = request.wire.header(PAYLOAD_HEADER)
    if not text:
        return _violation(PAYLOAD_HEADER, "required", "MissingPayloadHeader")
    try:
        request.payload = decode_base64(text)
    except ValueError:
        return _violation(PAYLOAD_HEADER, "base64", "InvalidJson")
    return ()


def _signature(request: _Request) -> Violations:
    if request.token:
        return ()
    given = request.wire.header(SIGNATURE_HEADER)
    if not given:
        return _violation(SIGNATURE_HEADER, "required", "MissingSignatureHeader")
    secret = request.desk.api_secret if request.desk else ""
    correct = sign(request.wire.header(PAYLOAD_HEADER) or "", secret)
    if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), correct.encode()):
        return _violation(SIGNATURE_HEADER, "matches", "InvalidSignature")
    return ()


def _json(request: _Request) -> Violations:
    try:
        value = parse_json(request.payload)
    except (ValueError, InvalidOperation):
        return _violation(PAYLOAD_HEADER, "json", "InvalidJson")
    if not isinstance(value, dict):
        return _violation(PAYLOAD_HEADER, "type", "InvalidJson")
    if request.operation.repeats_body and not _repeats(request.wire.body, value):
        return _violation("body", "x-body", "InvalidJson")
    request.body = value
    # The checks `endpoint`, `schema` and `nonce` share one validation.
    request.violations = schema_violations(request.operation, value)
    return ()


def _repeats(body: bytes, payload: dict[str, Any]) -> bool:
    try:
        return bool(parse_json(body) == payload)
    except (ValueError, InvalidOperation):
        return False


def _of_field(name: str) -> Callable[[_Request], Violations]:
    return lambda request: tuple(violation for violation in request.violations if violation.place == name)


def _schema(request: _Request) -> Violations:
    return tuple(violation for violation in request.violations if violation.place in request.operation.own_fields)


def _nonce(request: _Request) -> Violations:
    if request.token:
        return ()
    violations = _of_field("nonce")(request)
    if violations or "nonce" not in (request.body or {}):
        return violations
    nonce = Decimal((request.body or {})["nonce"])
    if request.desk and not request.ring.accepts(request.desk, nonce):
        rule = "close to the time" if request.desk.api_key in request.ring.time_based else "increases"
        return _violation("nonce", rule, "InvalidNonce")
    request.nonce = nonce
    return ()


def _account(request: _Request) -> Violations:
    names_account = "account" in (request.body or {})
    if not isinstance(request.desk, MasterKey):
        return _violation("account", "absent", "AccountsOnGroupOnlyApi") if names_account else ()
    if not names_account:
        return _violation("account", "required", "MissingAccounts")
    if request.desk.accounts and request.account is None:
        return _violation("account", "known", "InvalidAccountName")
    return ()


def _role(request: _Request) -> Violations:
    if request.token:
        has_scopes = (request.operation.scopes or frozenset()) <= request.token.scopes
        return () if has_scopes else _violation("scopes", "scopes", "MissingRole")
    roles = request.desk.roles if request.desk else frozenset()
    return () if roles & request.operation.roles else _violation("roles", "x-roles", "MissingRole")


def _rate(request: _Request) -> Violations:
    """The layer `limits` exceeds the rate of a key; the other layers stay below it."""
    is_limited = request.desk is not None and request.desk.api_key in request.ring.limited
    return _violation("requests", "rate limit", "RateLimit") if is_limited else ()


def _not_checked(request: _Request) -> Violations:
    """The business rules depend on the orders."""
    return ()


CHECKS: dict[str, Callable[[_Request], Violations]] = {
    "key": _key,
    "payload": _payload,
    "signature": _signature,
    "rate": _rate,
    "json": _json,
    "endpoint": _of_field("request"),
    "schema": _schema,
    "nonce": _nonce,
    "account": _account,
    "role": _role,
    "business": _not_checked,
}
