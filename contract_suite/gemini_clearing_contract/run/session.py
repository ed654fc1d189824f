"""
A session with the target: every request of every layer goes through here, is judged, and is counted.

So each layer only says what to send; that every answer is right in every respect is looked after once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..findings.deduplication import FindingTracker, by_picture, orders_of
from ..findings.finding import Finding, Problem
from ..findings.text import shorten
from ..oracle.expected_outcome import ExpectedOutcome, expected_outcome
from ..oracle.key_ring import KeyRing
from ..oracle.oracle import Oracle
from ..oracle.response_values import CallTimes
from ..spec import Spec, SpecOperation
from ..targets.target import Target
from ..wire import OMITTED, Desk, WireRequest, WireResponse, read_body, render_json, signed_request
from .ledger import Ledger

__all__ = ["CheckedResponse", "Session"]

# The first nonce of a run against an exchange that starts from nothing.
FIRST_NONCE = 1_767_225_600_000_000
PLACINGS = frozenset({"create_order", "create_broker_order"})


@dataclass(frozen=True)
class CheckedResponse:
    """An answer with what it was given to and what was wrong with it."""

    expected: ExpectedOutcome
    wire: WireResponse
    body: Any
    problems: tuple[Problem, ...]

    @property
    def clearing_id(self) -> str:
        """The new order's id; the empty string where the answer has none, which no server knows."""
        found = self.body.get("clearing_id", "") if isinstance(self.body, dict) else ""
        return found if isinstance(found, str) else ""


class Session:
    """Requests to one target, in order, each judged with the knowledge of all before it."""

    def __init__(self, spec: Spec, target: Target, ledger: Ledger, layer: str, before: Session | None = None) -> None:
        self.spec = spec
        self.target = target
        self.ledger = ledger
        self.layer = layer
        self.case: list[str] = []
        self.only = ""
        # A server that cannot be reset goes on where the session before has left it.
        self.ring: KeyRing = before.ring if before else KeyRing(target.desks, target.now_ms)
        self.oracle: Oracle = before.oracle if before else Oracle(spec, self.ring)
        self.oracle.slack_ms = target.slack_ms
        self._nonces: dict[str, int] = before._nonces if before else {}
        self._trail: FindingTracker = before._trail if before else FindingTracker()
        # The step that placed each order, and the orders that the case at hand has placed.
        self._placed: dict[str, str] = before._placed if before else {}
        self._own: set[str] = set()

    def traders(self) -> list[Desk]:
        """The desks that trade for one account with incremental nonces, one for each account."""
        by_account: dict[str, Desk] = {}
        for desk in self.ring.desks.values():
            if "Trader" in desk.roles and desk.counterparty_id and desk.api_key not in self.ring.time_based:
                by_account.setdefault(desk.counterparty_id, desk)
        return list(by_account.values())

    def desk(self, name: str) -> Desk:
        """A desk by its name in the credentials."""
        return self.ring.desks[name]

    def begin(self, name: str) -> None:
        """Start a new case; what came before is no part of it."""
        self.case, self.only, self._own = [], name, set()
        self._trail.begin_case()

    def nonce(self, desk: Desk) -> Any:
        """A nonce above every one that was ever tried with this key; the time for a time-based key."""
        if desk.api_key in self.ring.time_based:
            return self.target.now_ms() / 1000
        base = FIRST_NONCE if self.target.tolerance_ms == 0 else int(self.target.now_ms()) * 1000
        number = max(base, self._nonces.get(desk.api_key, 0) + 1)
        self._nonces[desk.api_key] = number
        return number

    def go_on_above(self, desk: Desk, nonce: int) -> None:
        """Leave out the nonces that other software may have spent with this key."""
        self._nonces[desk.api_key] = max(self._nonces.get(desk.api_key, 0), nonce)

    def payload(self, desk: Desk, operation: SpecOperation, fields: Mapping[str, Any]) -> bytes:
        """The JSON that is signed: path and a new nonce in front, then the fields; given ones are left alone."""
        body: dict[str, Any] = {"request": operation.path, "nonce": None, **fields}
        if body["nonce"] is None:
            body["nonce"] = self.nonce(desk)
        return render_json({name: value for name, value in body.items() if value is not OMITTED})

    def call(self, desk: Desk | str, operation: str, /, **fields: Any) -> CheckedResponse:
        """Send a rightly signed request and judge its answer."""
        who = self.desk(desk) if isinstance(desk, str) else desk
        what = self.spec.operations[operation]
        payload = self.payload(who, what, fields)
        return self.send(signed_request(who, what.path, payload), who, payload)

    def send(self, request: WireRequest, desk: Desk | None, payload: bytes, note: str = "") -> CheckedResponse:
        """Send any request and judge its answer; `payload` and `note` tell of it in a finding."""
        expected = expected_outcome(self.spec, self.ring, request)
        before = self.target.now_ms()
        wire = self.target.send(request)
        clock = CallTimes(before, self.target.now_ms(), self.target.tolerance_ms)
        self._note_nonce(desk, expected)
        problems = tuple(self.oracle.oracle(expected, wire, clock))
        operation = expected.operation.name if expected.operation else request.path
        self.ring.note(expected.desk, expected.spends_nonce)
        self.ledger.requests[self.layer, operation] += 1
        if expected.operation is not None and expected.body is not None:
            self.ledger.keywords.note(expected.operation, expected.body)
        step = _step(request, desk, payload, note, wire)
        self.case.append(step)
        answer = CheckedResponse(expected, wire, read_body(wire), problems)
        self._trail.begin_answer()
        self._take_up(answer, operation, step)
        for problem in sorted(problems, key=by_picture):
            self._report(operation, problem, answer)
        if problems and operation in PLACINGS and answer.clearing_id not in self.oracle.book.orders:
            self._trail.lose()
        return answer

    def _take_up(self, answer: CheckedResponse, operation: str, step: str) -> None:
        """Remember which step placed an order: later cases may be about it."""
        if operation in PLACINGS and answer.clearing_id:
            self._own.add(answer.clearing_id)
            self._placed.setdefault(answer.clearing_id, step)

    def _report(self, operation: str, problem: Problem, answer: CheckedResponse) -> Finding:
        """Report a problem with an answer: with the steps that placed the orders in it, and what it follows from."""
        orders = orders_of(problem, answer.expected, answer.body)
        earlier = orders - self._own
        steps = tuple(f"(earlier) {self._placed[name]}" for name in sorted(earlier & self._placed.keys()))
        # A case that leans on earlier ones is shown again only by the whole layer.
        only = "" if earlier or _needs_all(problem) else self.only
        origin = self._trail.origin(problem, orders)
        finding = self.ledger.report(self.layer, operation, problem, (*steps, *self.case), only, origin)
        self._trail.note(finding, orders)
        return finding

    def report(self, operation: str, problem: Problem) -> Finding:
        """Report a problem with the case as it stands."""
        origin = self._trail.origin(problem, frozenset())
        finding = self.ledger.report(self.layer, operation, problem, tuple(self.case), self.only, origin)
        self._trail.note(finding, frozenset())
        return finding

    def expect(self, operation: str, check: str, place: str, expected: object, got: object) -> None:
        """Report that two things which must be equal are not."""
        if expected != got:
            self.report(operation, Problem(check, place, shorten(str(expected)), shorten(str(got))))

    def _note_nonce(self, desk: Desk | None, expected: ExpectedOutcome) -> None:
        """Later nonces go above every number that was tried, so that one finding does not bring others with it."""
        nonce = (expected.body or {}).get("nonce")
        if desk is not None and isinstance(nonce, Decimal) and nonce.is_finite() and nonce < 10**30:
            self._nonces[desk.api_key] = max(self._nonces.get(desk.api_key, 0), int(nonce))


def _needs_all(problem: Problem) -> bool:
    """Whether it took more than the orders in the answer: the number of all orders, or the nonces of other requests."""
    return problem.check == "limit" or "InvalidNonce" in problem.got


def _step(request: WireRequest, desk: Desk | None, payload: bytes, note: str, wire: WireResponse) -> str:
    who = desk.name if desk else "nobody"
    what = shorten(payload.decode("utf-8", "replace"), 700)
    extra = f" [{note}]" if note else ""
    came = shorten(wire.body.decode("utf-8", "replace"), 300)
    return f"{who}: {request.method} {request.path} {what}{extra} → {wire.status} {came}"
