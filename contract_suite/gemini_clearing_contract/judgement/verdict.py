"""
What a server owes to a request: the verdict, worked out from the request's own bytes and the spec.

The checks run in the order of `x-precedence`; the first that finds a fault names the reasons that fit it.
Nothing here looks at an answer, and nothing here knows which orders exist.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from .._signer import KEY_HEADER, SIGNATURE_HEADER, Desk, sign
from .._spec import Operation, Refusal, Spec
from .._wire import PAYLOAD_HEADER, WireRequest, decode_base64, parse_json

__all__ = ["Fault", "KeyRing", "Verdict", "judge_request", "schema_faults"]


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a request: where, the broken rule, and the reason that fits."""

    place: str
    rule: str
    reason: str


@dataclass(frozen=True)
class Verdict:
    """What must come back; `check` is None for a request without fault, which only business rules may refuse."""

    operation: Operation | None
    desk: Desk | None
    body: dict[str, Any] | None
    check: str | None
    faults: tuple[Fault, ...]
    refusals: frozenset[Refusal]
    spends_nonce: Decimal | None = None

    @property
    def is_valid(self) -> bool:
        """Whether nothing but a business rule may refuse the request."""
        return self.check is None

    @property
    def place(self) -> str:
        """The place of the fault that must be answered."""
        return ", ".join(dict.fromkeys(fault.place for fault in self.faults)) or "request"


# How far the nonce of a time-based key may be from the server's time.
NONCE_WINDOW_S = 30


class KeyRing:
    """The keys that the suite knows, the kind of nonce that each takes, and the highest that each has spent."""

    def __init__(self, desks: Iterable[Desk], now_ms: Callable[[], Decimal]) -> None:
        self.desks = {desk.name: desk for desk in desks}
        self.by_key = {desk.api_key: desk for desk in self.desks.values()}
        self.spent: dict[str, Decimal] = {}
        self.time_based: set[str] = set()
        self._now_ms = now_ms

    def accepts(self, desk: Desk, nonce: Decimal) -> bool:
        """Whether the nonce is above every one that the key has spent, or near the time for a time-based key."""
        if desk.api_key in self.time_based:
            return abs(nonce * 1000 - self._now_ms()) <= NONCE_WINDOW_S * 1000
        return nonce > self.spent.get(desk.api_key, Decimal(-1))

    def note(self, verdict: Verdict) -> None:
        """Remember what the request spends."""
        if verdict.desk is not None and verdict.spends_nonce is not None:
            self.spent[verdict.desk.api_key] = verdict.spends_nonce


@dataclass
class _Case:
    """A request on its way through the checks; each check adds what it learns."""

    spec: Spec
    ring: KeyRing
    request: WireRequest
    operation: Operation
    desk: Desk | None = None
    payload: bytes = b""
    body: dict[str, Any] | None = None
    faults: tuple[Fault, ...] = ()
    nonce: Decimal | None = None


def judge_request(spec: Spec, ring: KeyRing, request: WireRequest) -> Verdict:
    """Work out what a server owes to this request."""
    operation = spec.by_path.get(request.path)
    if operation is None:
        return _outside("path", Refusal(404, "EndpointNotFound"))
    if request.method != "POST":
        # Observed: 405; the spec has no body for it.
        return _outside("method", Refusal(405, None))
    case = _Case(spec, ring, request, operation)
    for check in spec.precedence:
        faults = CHECKS[check](case)
        if faults:
            refusals = frozenset(Refusal(spec.status_of(fault.reason), fault.reason) for fault in faults)
            nonce = case.nonce if check in NONCE_IS_SPENT_BY else None
            return Verdict(operation, case.desk, case.body, check, faults, refusals, nonce)
    return Verdict(operation, case.desk, case.body, None, (), operation.refusals, case.nonce)


# A nonce counts as spent once its check is passed: what is refused later has spent it.
NONCE_IS_SPENT_BY = frozenset({"account", "role", "business"})


def _outside(place: str, refusal: Refusal) -> Verdict:
    return Verdict(None, None, None, "route", (Fault(place, "route", refusal.reason or ""),), frozenset({refusal}))


def _fault(place: str, rule: str, reason: str) -> tuple[Fault, ...]:
    return (Fault(place, rule, reason),)


def _key(case: _Case) -> tuple[Fault, ...]:
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


def _payload(case: _Case) -> tuple[Fault, ...]:
    text = case.request.header(PAYLOAD_HEADER)
    if not text:
        return _fault(PAYLOAD_HEADER, "required", "MissingPayloadHeader")
    try:
        case.payload = decode_base64(text)
    except ValueError:
        return _fault(PAYLOAD_HEADER, "base64", "InvalidJson")
    return ()


def _signature(case: _Case) -> tuple[Fault, ...]:
    given = case.request.header(SIGNATURE_HEADER)
    if not given:
        return _fault(SIGNATURE_HEADER, "required", "MissingSignatureHeader")
    desk = case.desk
    right = sign(case.request.header(PAYLOAD_HEADER) or "", desk.api_secret if desk else "")
    if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), right.encode()):
        return _fault(SIGNATURE_HEADER, "matches", "InvalidSignature")
    return ()


def _json(case: _Case) -> tuple[Fault, ...]:
    try:
        value = parse_json(case.payload)
    except (ValueError, InvalidOperation):
        return _fault(PAYLOAD_HEADER, "json", "InvalidJson")
    if not isinstance(value, dict):
        return _fault(PAYLOAD_HEADER, "type", "InvalidJson")
    case.body = value
    # Every later check reads the same errors; the validator runs once.
    case.faults = schema_faults(case.operation, value)
    return ()


def schema_faults(operation: Operation, body: dict[str, Any]) -> tuple[Fault, ...]:
    """Every rule of the request schema that the body breaks, with the reason that the spec gives to it."""
    return tuple(_schema_fault(operation, error) for error in operation.request_validator.iter_errors(body))


def _schema_fault(operation: Operation, error: Any) -> Fault:
    schema, rule = operation.request_schema, str(error.evaluation_path[-1])
    if error.instance_path:
        name = str(error.instance_path[0])
        return Fault(name, rule, operation.fields[name]["x-reason"])
    name = error.kind.property
    if rule == "dependentRequired":
        return Fault(name, rule, schema["x-dependent-reason"])
    return Fault(name, rule, operation.fields[name].get("x-missing-reason", schema["x-missing-reason"]))


def _of_field(name: str) -> Callable[[_Case], tuple[Fault, ...]]:
    return lambda case: tuple(fault for fault in case.faults if fault.place == name)


def _schema(case: _Case) -> tuple[Fault, ...]:
    return tuple(fault for fault in case.faults if fault.place in case.operation.own_fields)


def _nonce(case: _Case) -> tuple[Fault, ...]:
    faults = _of_field("nonce")(case)
    if faults or "nonce" not in (case.body or {}):
        return faults
    nonce = Decimal((case.body or {})["nonce"])
    if case.desk and not case.ring.accepts(case.desk, nonce):
        rule = "near the time" if case.desk.api_key in case.ring.time_based else "increases"
        return _fault("nonce", rule, "InvalidNonce")
    case.nonce = nonce
    return ()


def _account(case: _Case) -> tuple[Fault, ...]:
    names_one, is_master = "account" in (case.body or {}), bool(case.desk and case.desk.is_master)
    if is_master and not names_one:
        return _fault("account", "required", "MissingAccounts")
    if names_one and not is_master:
        return _fault("account", "absent", "AccountsOnGroupOnlyApi")
    return ()


def _role(case: _Case) -> tuple[Fault, ...]:
    roles = case.desk.roles if case.desk else frozenset()
    return () if roles & case.operation.roles else _fault("roles", "x-roles", "MissingRole")


def _nothing(case: _Case) -> tuple[Fault, ...]:
    """The rate is the target's to keep, and business rules need to know the orders."""
    return ()


CHECKS: dict[str, Callable[[_Case], tuple[Fault, ...]]] = {
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
