"""
Whether an answer's values are true: they must agree with what was sent, and with every earlier answer.

One order is told of in seven answers.  Each of them is held against the same order in the suite's own book, so that a
server (or something on the way) that changes any value disagrees with the request or with itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ..findings.finding import Problem
from ..findings.text import shorten
from .order_book import HOUR_MS, Order, OrderBook

__all__ = ["CallTimes", "Memory", "Span", "ValueChecker", "milliseconds"]

# Below this a whole number counts seconds, from there on milliseconds: the year 5138, or March 1973.
SECONDS_BELOW = 10**11
# The documented examples expire a few milliseconds short of whole hours.
EXPIRY_SHORTFALL_MS = 100
Span = tuple[Decimal, Decimal]
CONFIRMED_WORDS = frozenset({"Confirmed", "AttemptSettlement", "Settled"})


@dataclass(frozen=True)
class CallTimes:
    """The suite's clock when a call began and ended, and how far the server's may be off."""

    before_ms: Decimal
    after_ms: Decimal
    tolerance_ms: int

    @property
    def latest_ms(self) -> Decimal:
        """What happened later than this, by the server's clock, is yet to come."""
        return self.after_ms + self.tolerance_ms


@dataclass
class Memory:
    """What earlier answers told of accounts, and in which form the server answers."""

    account_names: dict[str, str] = field(default_factory=dict)
    complete: dict[str, bool] = field(default_factory=dict)
    presence: dict[tuple[str, str], bool] = field(default_factory=dict)


def milliseconds(value: object) -> Decimal:
    """A time as milliseconds, given as number or text, in seconds or milliseconds."""
    number = Decimal(str(value))
    return number * 1000 if number < SECONDS_BELOW else number


class ValueChecker:
    """Holds answers against the book; every method yields what does not agree."""

    def __init__(self, book: OrderBook, memory: Memory) -> None:
        self.book = book
        self.memory = memory
        # The clock of the call whose answer is judged.
        self.clock = CallTimes(Decimal(0), Decimal(0), 0)

    def placed(self, order: Order, body: dict[str, Any]) -> Iterator[Problem]:
        """The answer to a new order."""
        if order.clearing_id in self.book.orders or order.clearing_id in self.book.foreign:
            yield Problem("unique id", "clearing_id", "an id that no other order has", order.clearing_id)
        first = self.book.first_state(order)
        announced = self.book.announced_as.get(first, first)
        yield from _same("announced state", "result", announced, body.get("result", announced))
        if not order.is_brokered:
            yield from self.completeness("create_order", body)
            yield from self._details(order, body, frozenset({announced}), frozenset({False}))
            yield from self._placed_at(order, body)

    def told(self, order: Order, body: dict[str, Any], states: frozenset[str]) -> Iterator[Problem]:
        """The answer to the question how an order stands."""
        yield from self.completeness("get_order", body)
        yield from _same("echo", "clearing_id", order.clearing_id, body.get("clearing_id", order.clearing_id))
        told = frozenset({body["status"]}) if body["status"] in states else states
        yield from self._details(order, body, states, frozenset(state in CONFIRMED_WORDS for state in told))
        yield from self._placed_at(order, body)
        self.narrow(order, body["status"], states)

    def row(
        self, order: Order, row: dict[str, Any], names: dict[str, str], states: frozenset[str], place: str
    ) -> Iterator[Problem]:
        """What every kind of row tells: terms, state and times; `names` maps the meaning to the row's field."""
        for meaning, truth in (("symbol", order.symbol), ("price", order.price), ("quantity", order.amount)):
            value = row[names[meaning]]
            exact = value if meaning == "symbol" else Decimal(value)
            yield from _same("echo", f"{place}.{names[meaning]}", truth, exact)
        status = row["status"]
        if status not in states:
            yield Problem("life-cycle", f"{place}.status", f"one of {sorted(states)}", shorten(status))
        self.narrow(order, status, states)
        submitted, expires = milliseconds(row[names["submission"]]), milliseconds(row[names["expiration"]])
        yield from self._submitted(order, submitted, f"{place}.{names['submission']}")
        yield from self.remember(order, "expiration", expires, f"{place}.{names['expiration']}")
        yield from self._lifetime(order, submitted, expires, f"{place}.{names['expiration']}")

    def remember(self, order: Order, fact: str, value: object, place: str) -> Iterator[Problem]:
        """A fact that never changes must be told the same in every answer."""
        yield from _same("agrees with earlier answers", place, order.told.setdefault(fact, value), value)

    def account_name(self, counterparty_id: str | None, name: str, place: str) -> Iterator[Problem]:
        """An account has one name."""
        if counterparty_id is not None:
            known = self.memory.account_names.setdefault(counterparty_id, name)
            yield from _same("agrees with earlier answers", place, known, name)

    def narrow(self, order: Order, status: str, states: frozenset[str]) -> None:
        """An answer settles what time had left open."""
        if status in states:
            order.states = frozenset({status})

    def completeness(self, operation: str, body: dict[str, Any]) -> Iterator[Problem]:
        """A server answers in the short form of the documented examples, or with every documented field."""
        short = {"create_order": {"result", "clearing_id"}, "get_order": {"result", "status"}}[operation]
        documented = {
            "result",
            "clearing_id",
            "symbol",
            "price",
            "amount",
            "side",
            "status",
            "timestamp",
            "timestampms",
            "is_confirmed",
        }
        is_complete = self.memory.complete.setdefault(operation, not set(body) <= short)
        missing = (documented if is_complete else short) - set(body)
        for name in sorted(missing):
            yield Problem("complete answer", name, "every documented field, as in the server's other fields", "absent")

    def _details(
        self, order: Order, body: dict[str, Any], states: frozenset[str], confirmed: frozenset[bool]
    ) -> Iterator[Problem]:
        truths: dict[str, Any] = {
            "symbol": order.symbol,
            "price": order.price,
            "amount": order.amount,
            "side": order.side,
        }
        for name, truth in truths.items():
            if name in body:
                value = Decimal(body[name]) if isinstance(truth, Decimal) else body[name]
                yield from _same("echo", name, truth, value)
        if body.get("status", next(iter(states))) not in states:
            yield Problem("life-cycle", "status", f"one of {sorted(states)}", shorten(body["status"]))
        if "is_confirmed" in body and body["is_confirmed"] not in confirmed:
            yield Problem("life-cycle", "is_confirmed", " or ".join(map(str, confirmed)), str(body["is_confirmed"]))

    def _placed_at(self, order: Order, body: dict[str, Any]) -> Iterator[Problem]:
        for name in ("timestampms", "timestamp"):
            if name not in body:
                continue
            moment = milliseconds(body[name])
            # `timestamp` may be in whole seconds.
            if name == "timestamp" and Decimal(str(body[name])) < SECONDS_BELOW:
                known = order.told.get("submission", moment)
                yield from _same("agrees with earlier answers", name, known // 1000, moment // 1000)
            else:
                yield from self._submitted(order, moment, name)

    def _submitted(self, order: Order, moment: Decimal, place: str) -> Iterator[Problem]:
        """When the order was placed: at the time of the call, and at the same time ever after."""
        earliest, latest = self.submission(order)
        if "submission" not in order.told and not earliest <= moment <= latest:
            yield Problem("plausible time", place, f"about {order.placed_ms[1]:f}", f"{moment:f}")
        yield from self.remember(order, "submission", moment, place)

    def submission(self, order: Order) -> Span:
        """Between which times the order was placed, as far as answers or the suite's clock have told."""
        if "submission" in order.told:
            return order.told["submission"], order.told["submission"]
        before_ms, after_ms = order.placed_ms
        return before_ms - self.clock.tolerance_ms, after_ms + self.clock.tolerance_ms

    def expiration(self, order: Order) -> Span:
        """Between which times the order expires."""
        if "expiration" in order.told:
            return order.told["expiration"], order.told["expiration"]
        earliest, latest = self.submission(order)
        life = order.hours * HOUR_MS
        return earliest + life - EXPIRY_SHORTFALL_MS, latest + life

    def _lifetime(self, order: Order, submitted: Decimal, expires: Decimal, place: str) -> Iterator[Problem]:
        life = order.hours * HOUR_MS
        if not life - EXPIRY_SHORTFALL_MS < expires - submitted < life + 1:
            expected = f"{order.hours} hours after {submitted:f}: {submitted + life:f}"
            yield Problem("expires in hours", place, expected, f"{expires:f}")


def _same(check: str, place: str, truth: object, value: object) -> Iterator[Problem]:
    if truth != value:
        yield Problem(check, place, shorten(truth if isinstance(truth, str) else str(truth)), shorten(str(value)))
