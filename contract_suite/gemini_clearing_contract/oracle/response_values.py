"""
Whether the values of a response are right: they must agree with the request and with every earlier response.

One order is reported in seven kinds of response. Each value is compared with the same order in the suite's order book,
so that a server (or a proxy) that changes a value contradicts the request or itself.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ..findings.checks import (
    DIFFERS_FROM_EARLIER,
    DIFFERS_FROM_REQUEST,
    IMPLAUSIBLE_TIME,
    WRONG_EXPIRATION,
    WRONG_LIFETIME,
    WRONG_ORDER_STATUS,
)
from ..findings.finding import Problem
from ..findings.text import shorten
from ..spec import SpecOperation
from .model import Memory
from .order_book import HOUR_MS, Order
from .times import SECONDS_BELOW, CallTimes, Span, milliseconds

__all__ = ["ValueChecker", "compare"]

# The documented examples expire up to 20 ms before a full hour.
EXPIRY_SHORTFALL_MS = 100
MINUTE_MS = 60_000


def compare(check: str, place: str, expected: object, actual: object) -> Iterator[Problem]:
    """Yield a problem if two values differ."""
    if expected != actual:
        yield Problem(check, place, shorten(str(expected)), shorten(str(actual)))


class ValueChecker:
    """Compares the values of one response of an operation with an order; every method yields the differences."""

    def __init__(self, memory: Memory, times: CallTimes, operation: str) -> None:
        self.memory = memory
        self.times = times
        self.operation = operation

    def completeness(self, operation: SpecOperation, body: dict[str, Any]) -> Iterator[Problem]:
        """Check that the response has the fields of the documented example, or always every documented field."""
        short = {name for example in operation.success_examples.values() for name in example}
        is_complete = self.memory.is_complete.setdefault(operation.name, not set(body) <= short)
        fields = operation.success_schema["properties"].keys() if is_complete else short
        for name in sorted(fields - body.keys()):
            yield Problem("missing documented field", name, "each documented field, as in earlier responses", "missing")

    def terms(self, order: Order, body: dict[str, Any]) -> Iterator[Problem]:
        """Check symbol, price, amount and side, as far as the response has them."""
        terms = {"symbol": order.symbol, "price": order.price, "amount": order.amount, "side": order.side}
        for name, expected in terms.items():
            if name in body:
                actual = Decimal(body[name]) if isinstance(expected, Decimal) else body[name]
                yield from compare(DIFFERS_FROM_REQUEST, name, expected, actual)

    def status(
        self, order: Order, body: dict[str, Any], states: frozenset[str], confirmed: frozenset[bool]
    ) -> Iterator[Problem]:
        """Check `status` and `is_confirmed`, as far as the response has them."""
        if "status" in body:
            yield from self.state(order, body["status"], states, "status")
        if "is_confirmed" in body and body["is_confirmed"] not in confirmed:
            expected = " or ".join(map(str, sorted(confirmed)))
            yield Problem(WRONG_ORDER_STATUS, "is_confirmed", expected, str(body["is_confirmed"]))

    def state(self, order: Order, status: Any, states: frozenset[str], place: str) -> Iterator[Problem]:
        """Check the status by the possible ones, which an earlier response may have determined."""
        if status in states:
            if order.states != {status}:
                order.reported_by["status"], order.before_report = self.operation, states
            return
        # The reported state may still be right: then one of the two responses is wrong.
        is_contradiction = status in order.before_report and order.states <= states
        check = self._contradicts(order, "status") if is_contradiction else WRONG_ORDER_STATUS
        yield Problem(check, place, f"one of {sorted(states)}", shorten(status))

    def creation_time(self, order: Order, body: dict[str, Any]) -> Iterator[Problem]:
        """Check `timestampms` and `timestamp`, as far as the response has them."""
        for name in ("timestampms", "timestamp"):
            if name not in body:
                continue
            time = milliseconds(body[name])
            # `timestamp` may be in seconds.
            if name == "timestamp" and Decimal(str(body[name])) < SECONDS_BELOW:
                known = order.reported.get("submission", time)
                yield from compare(self._contradicts(order, "submission"), name, known // 1000, time // 1000)
            else:
                yield from self.submission_time(order, time, name)

    def submission_time(self, order: Order, time: Decimal, place: str) -> Iterator[Problem]:
        """Check that the order was created during the call, and that each response reports the same time."""
        earliest, latest = self.submission(order)
        if "submission" in order.reported or earliest <= time <= latest:
            yield from self.constant(order, "submission", time, place)
        else:
            # Not a fact that others must repeat: they may be right.
            yield Problem(f"{IMPLAUSIBLE_TIME}: submission", place, f"about {order.placed_ms[1]:f}", f"{time:f}")

    def expiration_time(self, order: Order, submitted: Decimal, expires: Decimal, place: str) -> Iterator[Problem]:
        """Check that the order expires the requested number of hours after its creation, or the server's default."""
        wrong = list(self._lifetime(order, submitted, expires, place))
        # A wrong time is not a fact that others must repeat.
        yield from wrong or self.constant(order, "expiration", expires, place)

    def _lifetime(self, order: Order, submitted: Decimal, expires: Decimal, place: str) -> Iterator[Problem]:
        if order.hours is None:
            # Every order without `expires_in_hrs` lives equally long.
            seconds = round((expires - submitted) / 1000)
            order.hours = self.memory.default_hours = self.memory.default_hours or Decimal(seconds * 1000) / HOUR_MS
        life = order.hours * HOUR_MS
        early, late = (EXPIRY_SHORTFALL_MS, 1) if "exact_expiry" in self.memory.choices else (MINUTE_MS, MINUTE_MS)
        # A wrong time of creation is reported as such: the expiration must fit that time or the right one.
        spans = (self.submission(order), (submitted, submitted))
        if not any(start + life - early < expires < end + life + late for start, end in spans):
            expected = f"{order.hours} hours after {submitted:f}: {submitted + life:f}"
            yield Problem(self._wrong_time(order, expires - life), place, expected, f"{expires:f}")

    def _wrong_time(self, order: Order, created: Decimal) -> str:
        """Return the check for an expiration by the creation that it implies: the suite's clock may not exclude it."""
        before_ms, after_ms = order.placed_ms
        is_possible = before_ms - self.times.tolerance_ms <= created <= after_ms + self.times.tolerance_ms
        return WRONG_LIFETIME if is_possible else WRONG_EXPIRATION

    def constant(self, order: Order, fact: str, value: object, place: str) -> Iterator[Problem]:
        """Check a fact that each response must report the same way."""
        known = order.reported.setdefault(fact, value)
        order.reported_by.setdefault(fact, self.operation)
        yield from compare(self._contradicts(order, fact), place, known, value)

    @staticmethod
    def _contradicts(order: Order, fact: str) -> str:
        """Return the check for another value than the first one: it names both, because either may be wrong."""
        by = order.reported_by.get(fact)
        return f"{DIFFERS_FROM_EARLIER}: {fact} of {by}" if by else DIFFERS_FROM_EARLIER

    def account_name(self, counterparty_id: str | None, name: str, place: str) -> Iterator[Problem]:
        """Check that an account always has the same name."""
        if counterparty_id is not None:
            known = self.memory.account_names.setdefault(counterparty_id, name)
            yield from compare(DIFFERS_FROM_EARLIER, place, known, name)

    def alias(self, caller: str, counterparty_id: str, alias: str | None, place: str) -> Iterator[Problem]:
        """Check that each row shows the alias of a desk, or none does."""
        known = self.memory.aliases.setdefault((caller, counterparty_id), alias)
        yield from compare(DIFFERS_FROM_EARLIER, place, known or "missing", alias or "missing")

    def submission(self, order: Order) -> Span:
        """Return the possible times of the order's creation."""
        if "submission" in order.reported:
            return order.reported["submission"], order.reported["submission"]
        before_ms, after_ms = order.placed_ms
        return before_ms - self.times.tolerance_ms, after_ms + self.times.tolerance_ms

    def expiration(self, order: Order) -> Span:
        """Return the possible times of the order's expiration."""
        if "expiration" in order.reported:
            return order.reported["expiration"], order.reported["expiration"]
        earliest, latest = self.submission(order)
        if order.hours is None:
            return earliest, Decimal("Infinity")
        life = order.hours * HOUR_MS
        return earliest + life - EXPIRY_SHORTFALL_MS, latest + life
