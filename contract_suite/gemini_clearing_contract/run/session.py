"""
A session with the target: each request of each layer is sent, checked and counted here.

A layer decides only what to send; every response is checked in every respect.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from attrs import frozen

from ..cases.values import PLAIN_DESKS, plain_body
from ..findings.checks import LIMIT_EXCEEDED
from ..findings.deduplication import FindingTracker, depends_on_order_book, orders_of
from ..findings.finding import Finding, Problem
from ..findings.text import shorten
from ..oracle.allowed_results import looks_like_id
from ..oracle.expected_outcome import ExpectedOutcome, expected_outcome
from ..oracle.key_ring import KeyRing
from ..oracle.oracle import Oracle
from ..oracle.order_book import OrderBook
from ..oracle.times import CallTimes
from ..spec import Spec, SpecOperation
from ..targets.target import Target
from ..wire import (
    OMITTED,
    UNFUNDED,
    AccessToken,
    Caller,
    Desk,
    WireRequest,
    WireResponse,
    read_body,
    render_json,
    request_by,
)
from .ledger import Ledger

__all__ = ["CheckedResponse", "Session"]

# The first nonce on an exchange that is new.
FIRST_NONCE = 1_767_225_600_000_000


@frozen
class CheckedResponse:
    """A response with the expected outcome of its request and everything that is wrong with it."""

    # The operation, or the path if no operation has it.
    operation: str
    expected: ExpectedOutcome
    wire: WireResponse
    body: Any
    problems: tuple[Problem, ...]

    @property
    def clearing_id(self) -> str:
        """The id of the created order, or an empty string."""
        found = self.body.get("clearing_id", "") if isinstance(self.body, dict) else ""
        return found if isinstance(found, str) else ""


class Session:
    """Requests to one target in order, each checked with the knowledge of the earlier ones."""

    def __init__(self, spec: Spec, target: Target, ledger: Ledger, layer: str, before: "Session | None" = None) -> None:
        self.spec = spec
        self.target = target
        self.ledger = ledger
        self.layer = layer
        self.steps: list[str] = []
        self.case = ""
        # A server that cannot be reset continues from the state after the session before.
        ring = KeyRing(target.desks, target.now_ms, target.master_keys, target.tokens)
        self.ring: KeyRing = before.ring if before else ring
        self.oracle: Oracle = before.oracle if before else Oracle(spec, self.ring)
        self.oracle.model.slack_ms = target.slack_ms
        self._nonces: dict[str, int] = before._nonces if before else {}
        self._tracker: FindingTracker = before._tracker if before else FindingTracker()
        # The step that created each order, and the orders that the current case has created.
        self._creations: dict[str, str] = before._creations if before else {}
        self._own: set[str] = set()

    @property
    def book(self) -> OrderBook:
        """The oracle's order book."""
        return self.oracle.model.book

    @property
    def controls_clock(self) -> bool:
        """Whether the target is an embedded exchange: new for each session, with a clock that the suite advances."""
        return self.target.tolerance_ms == 0

    def traders(self) -> list[Desk]:
        """Return the desks that trade with incremental nonces, one for each account."""
        by_account: dict[str, Desk] = {}
        for desk in self.ring.desks.values():
            is_poor = desk.name == UNFUNDED
            if (
                "Trader" in desk.roles
                and desk.counterparty_id
                and not is_poor
                and desk.api_key not in self.ring.time_based
            ):
                by_account.setdefault(desk.counterparty_id, desk)
        return list(by_account.values())

    def desk(self, name: str) -> Desk:
        """Return a desk by its name in the credentials."""
        return self.ring.desks[name]

    def sender(self, operation: SpecOperation) -> Desk:
        """Return the desk that sends an operation's plain request: a desk that the request does not name."""
        preferred = [self.ring.desks[name] for name in ("initiator", "broker") if name in self.ring.desks]
        named = set(map(str, self.plain_body(operation).values()))
        others = (desk for desk in (*preferred, *self.traders()) if desk.counterparty_id not in named)
        return next(others, preferred[0])

    def plain_body(self, operation: SpecOperation) -> dict[str, Any]:
        """Return the operation's plain request with the ids of this server's desks."""
        return self._with_own_desks(plain_body(operation))

    def _with_own_desks(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Replace the ids of plain values by those of the same desks on this server, as far as they are known."""
        known = {desk.counterparty_id for desk in self.ring.desks.values()}
        own = {
            placeholder: self.ring.desks[name].counterparty_id
            for name, placeholder in PLAIN_DESKS.items()
            if placeholder not in known and name in self.ring.desks
        }
        return {
            name: own[value] if isinstance(value, str) and looks_like_id(own.get(value, "")) else value
            for name, value in fields.items()
        }

    def begin(self, case: str) -> None:
        """Start a new case."""
        self.steps, self.case, self._own = [], case, set()
        self._tracker.begin_case()

    def nonce(self, desk: Caller) -> Any:
        """Return a nonce above all nonces of this key; the time for a time-based key, and none for a token."""
        if isinstance(desk, AccessToken):
            return OMITTED
        if desk.api_key in self.ring.time_based:
            return self.target.now_ms() / 1000
        base = FIRST_NONCE if self.controls_clock else int(self.target.now_ms()) * 1000
        number = max(base, self._nonces.get(desk.api_key, 0) + 1)
        self._nonces[desk.api_key] = number
        return number

    def continue_above(self, desk: Desk, nonce: int) -> None:
        """Use only nonces above this one."""
        self._nonces[desk.api_key] = max(self._nonces.get(desk.api_key, 0), nonce)

    def payload(self, desk: Caller, operation: SpecOperation, fields: Mapping[str, Any]) -> bytes:
        """Return the JSON that is signed: the path, a new nonce, and the fields, which may replace both."""
        body: dict[str, Any] = {"request": operation.path, "nonce": None, **self._with_own_desks(fields)}
        if "nonce" not in fields:
            body["nonce"] = self.nonce(desk)
        return render_json(body)

    def call(self, desk: Caller | str, operation: SpecOperation | str, /, **fields: Any) -> CheckedResponse:
        """Send a valid request of a key or token, and check its response."""
        sender = self.desk(desk) if isinstance(desk, str) else desk
        called = self.spec.operations[operation] if isinstance(operation, str) else operation
        payload = self.payload(sender, called, fields)
        request = request_by(sender, called.path, payload, repeats_body=called.repeats_body)
        return self.send(request, sender, payload)

    def send(self, request: WireRequest, desk: Caller | None, payload: bytes, note: str = "") -> CheckedResponse:
        """Send any request, and check its response; a finding shows the payload and the note."""
        expected = expected_outcome(self.spec, self.ring, request)
        before = self.target.now_ms()
        sent = self.ledger.line.deliver(self, request, expected, payload)
        request, expected, payload = sent.attempt.request, sent.attempt.expected, sent.attempt.payload
        wire = sent.response
        times = CallTimes(before, self.target.now_ms(), self.target.tolerance_ms)
        self._add_nonce(desk, expected)
        # The result of a lookup updates the model. It is not the response to this request, so it is not checked.
        found = self.oracle.check(expected, wire, times)
        problems = () if sent.is_looked_up else tuple(found)
        self.ring.spend(expected.desk, expected.spends_nonce)
        name = expected.operation.name if expected.operation else request.path
        response = CheckedResponse(name, expected, wire, read_body(wire), problems)
        self._count(response)
        step = _step(request, desk, payload, note, wire)
        self.steps.append(step)
        self._report_all(response, step)
        return response

    def _count(self, response: CheckedResponse) -> None:
        expected = response.expected
        self.ledger.requests[self.layer, response.operation] += 1
        if isinstance(response.body, dict) and isinstance(response.body.get("reason"), str):
            self.ledger.reasons.add(response.body["reason"])
        if expected.operation is not None and expected.body is not None:
            self.ledger.keywords.add(expected.operation, expected.body)

    def _report_all(self, response: CheckedResponse, step: str) -> None:
        operation = response.expected.operation
        creates_order = operation is not None and operation.creates_order
        self._tracker.begin_response()
        if creates_order and response.clearing_id:
            self._own.add(response.clearing_id)
            self._creations.setdefault(response.clearing_id, step)
        for problem in sorted(response.problems, key=depends_on_order_book):
            self._report_response(problem, response)
        if creates_order and response.problems and response.clearing_id not in self.book.orders:
            self._tracker.lose_creation()

    def _report_response(self, problem: Problem, response: CheckedResponse) -> None:
        """Report a problem of a response, with the steps that created its orders and the finding that explains it."""
        orders = orders_of(problem, response.expected.body or {}, response.body)
        earlier = orders - self._own
        steps = tuple(f"(earlier) {self._creations[name]}" for name in sorted(earlier & self._creations.keys()))
        # A case that depends on earlier ones is reproduced only by the whole layer.
        case = "" if earlier or _depends_on_all_cases(problem) else self.case
        self._report(response.operation, problem, (*steps, *self.steps), case, orders)

    def report(self, operation: str, problem: Problem) -> Finding:
        """Report a problem with the steps of the current case."""
        return self._report(operation, problem, tuple(self.steps), self.case, frozenset())

    def _report(
        self, operation: str, problem: Problem, steps: tuple[str, ...], case: str, orders: frozenset[str]
    ) -> Finding:
        origin = self._tracker.origin(problem, orders)
        finding = self.ledger.report(self.layer, operation, problem, steps, case, origin)
        self._tracker.add(finding, orders)
        return finding

    def expect(self, operation: str, check: str, place: str, expected: object, actual: object) -> None:
        """Report a problem if two values differ."""
        if expected != actual:
            self.report(operation, Problem(check, place, shorten(str(expected)), shorten(str(actual))))

    def _add_nonce(self, desk: Caller | None, expected: ExpectedOutcome) -> None:
        """Continue above each nonce that was tried, so that one finding does not cause others."""
        nonce = (expected.body or {}).get("nonce")
        if isinstance(desk, Desk) and isinstance(nonce, Decimal) and nonce.is_finite() and nonce < 10**30:
            self.continue_above(desk, int(nonce))


def _depends_on_all_cases(problem: Problem) -> bool:
    """Whether the problem depends on the number of all orders, or on the nonces of other requests."""
    return problem.check == LIMIT_EXCEEDED or "InvalidNonce" in problem.actual


def _step(request: WireRequest, desk: Caller | None, payload: bytes, note: str, response: WireResponse) -> str:
    sender = desk.title if desk else "unsigned"
    sent = shorten(payload.decode("utf-8", "replace"), 700)
    extra = f" [{note}]" if note else ""
    received = shorten(response.body.decode("utf-8", "replace"), 300)
    return f"{sender}: {request.method} {request.path} {sent}{extra} → {response.status} {received}"
