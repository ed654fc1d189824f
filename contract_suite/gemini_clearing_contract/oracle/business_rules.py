"""
What the business rules may answer to a request without fault, as far as the suite's own orders tell.

An outcome is what may come back: success, or refusals out of the operation's `x-refusals`.
Where only the server can know (its symbols, increments, balances), both are left open.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..cases.values import NO_SYMBOL
from ..spec import ExpectedError, Spec
from .expected_outcome import ExpectedOutcome
from .key_ring import KeyRing
from .order_book import Order, OrderBook

__all__ = ["AllowedResults", "allowed_results"]

NOT_FOUND = ExpectedError(404, "OrderNotFound")
OWN_ORDER = ExpectedError(200, "ConflictingAccountName")
TOO_LATE = ExpectedError(200, None, "failed")
NO_FUNDS = ExpectedError(406, "InsufficientFunds")
# Above these a server may rightly know a limit of its own; below them it has no business reason to refuse.
PLAIN_DECIMALS, PLAIN_AMOUNT, PLAIN_NOTIONAL = Decimal(2), Decimal(100), Decimal(1_000_000)
PLAIN_HOURS, SHORTEST_HOURS = Decimal(720), Decimal("0.0001")
# Above these no exchange says yes: increments are coarser, and orders do not live for a century.
NO_EXCHANGE_DECIMALS, NO_EXCHANGE_HOURS = Decimal(60), Decimal(876_000)


@dataclass(frozen=True)
class AllowedResults:
    """What may come back to a request without fault."""

    success: bool
    errors: frozenset[ExpectedError] = frozenset()

    def __or__(self, other: AllowedResults) -> AllowedResults:
        return AllowedResults(self.success or other.success, self.errors | other.errors)


SUCCESS = AllowedResults(True)


def only(*errors: ExpectedError) -> AllowedResults:
    """The outcome of being refused, in one of these ways."""
    return AllowedResults(False, frozenset(errors))


class BusinessRules:
    """The business rules, against the suite's own picture of the orders."""

    def __init__(self, spec: Spec, ring: KeyRing, book: OrderBook) -> None:
        self.book = book
        self.known_ids = frozenset(desk.counterparty_id for desk in ring.desks.values())
        examples = [body for operation in spec.operations.values() for body in operation.request_examples.values()]
        self.cleared = frozenset(body["symbol"].upper() for body in examples if "amount" in body)

    def open_limits(self, body: dict[str, Any]) -> AllowedResults:
        """The refusals that only the server can justify: unlisted symbol, increments, expiry, funds."""
        amount, price = Decimal(body["amount"]), Decimal(body["price"])
        hours = Decimal(body.get("expires_in_hrs", 1))
        return _all_of([
            self.symbol(body["symbol"]),
            _limit(_decimals(amount), PLAIN_DECIMALS, NO_EXCHANGE_DECIMALS, ExpectedError(400, "InvalidQuantity")),
            _limit(_decimals(price), PLAIN_DECIMALS, NO_EXCHANGE_DECIMALS, ExpectedError(400, "InvalidPrice")),
            _limit(hours, PLAIN_HOURS, NO_EXCHANGE_HOURS, ExpectedError(400, "InvalidTimestampInPayload")),
            _limit(-hours, -SHORTEST_HOURS, Decimal(0), ExpectedError(400, "InvalidTimestampInPayload")),
            SUCCESS | only(NO_FUNDS) if _is_big(amount, price) else SUCCESS,
        ])  # fmt: skip

    def symbol(self, name: str) -> AllowedResults:
        """The documented pairs are cleared, a pair of the suite's invention is not, of others only the server knows."""
        refusal = only(ExpectedError(400, "InvalidSymbol"))
        if name.upper() in self.cleared:
            return SUCCESS
        return refusal if name.lower() == NO_SYMBOL else SUCCESS | refusal

    def named(self, me: str, *names: str) -> AllowedResults:
        """The outcome of naming these accounts: an id that no known desk has may still be somebody's."""
        if all(name in self.known_ids for name in names):
            return SUCCESS
        errors = {ExpectedError(400, "InvalidAccountName")}
        if not _looks_like_an_id(me):
            # Whose key this is was not said: any of the ids may be its own.
            errors.add(ExpectedError(400, "ConflictingAccountName"))
        looks_real = all(name in self.known_ids or _looks_like_an_id(name) for name in names)
        return AllowedResults(looks_real, frozenset(errors))

    def create_order(self, me: str, body: dict[str, Any]) -> AllowedResults:
        """A new order between two desks."""
        outcomes = [self.open_limits(body)]
        if "counterparty_id" in body:
            name = body["counterparty_id"]
            outcomes.append(only(ExpectedError(400, "ConflictingAccountName")) if name == me else self.named(me, name))
        return _all_of(outcomes)

    def create_broker_order(self, me: str, body: dict[str, Any]) -> AllowedResults:
        """A new order between two other desks."""
        source, target = body["source_counterparty_id"], body["target_counterparty_id"]
        outcomes = [self.open_limits(body), self.named(me, source, target)]
        if len({me, source, target}) < 3:
            outcomes.append(only(ExpectedError(400, "ConflictingAccountName")))
        return _all_of(outcomes)

    def get_order(self, me: str, order: Order, states: frozenset[str]) -> AllowedResults:
        """For the desks and the broker; while an order without a counterparty waits, for anybody."""
        if order.is_concern_of(me):
            return SUCCESS
        if order.is_open and True in self.book.awaits(order, states):
            return SUCCESS if self.book.awaits(order, states) == {True} else SUCCESS | only(NOT_FOUND)
        return only(NOT_FOUND)

    def cancel_order(self, me: str, order: Order, states: frozenset[str]) -> AllowedResults:
        """For the desks and the broker, while no desk has confirmed."""
        if not order.is_concern_of(me):
            # `x-refusals` has both: no such order for this account, or not by this account.
            return only(NOT_FOUND, TOO_LATE)
        can = frozenset("cancel" in self.book.transitions.get(state, {}) and not order.confirmed_by for state in states)
        return _either(can, SUCCESS, only(TOO_LATE))

    def confirm_order(self, me: str, order: Order, states: frozenset[str], body: dict[str, Any]) -> AllowedResults:
        """For the desk that the order awaits, with the order's terms and the side that is left."""
        awaited = self._awaits_me(me, order, states)
        if me == order.placed_by:
            waits = self.book.awaits(order, states)
            return only(OWN_ORDER, NOT_FOUND) if order.is_brokered or False in waits else only(OWN_ORDER)
        mismatches = _mismatches(order, body, order.side_of(me))
        return _either(awaited, only(*mismatches) if mismatches else SUCCESS, only(NOT_FOUND))

    def _awaits_me(self, me: str, order: Order, states: frozenset[str]) -> frozenset[bool]:
        if not order.is_open and me not in order.parties():
            return frozenset({False})
        event = self.book.confirm_event(order, me)
        return frozenset(event in self.book.transitions.get(state, {}) for state in states)


def allowed_results(
    rules: BusinessRules, expected: ExpectedOutcome, clock_ms: Decimal, slack_ms: int
) -> AllowedResults:
    """What may come back to a request that has passed every check before the business rules."""
    operation, desk, body = expected.operation, expected.desk, expected.body
    if operation is None or desk is None or body is None:
        raise ValueError("only a request that passed its checks has a business outcome")
    me = desk.counterparty_id
    if operation.name in {"create_order", "create_broker_order"}:
        return getattr(rules, operation.name)(me, body)  # type: ignore[no-any-return]
    if "clearing_id" not in operation.fields:
        return rules.symbol(body["symbol"]) if "symbol" in body else SUCCESS
    order = rules.book.orders.get(body["clearing_id"])
    if order is None:
        may_exist = AllowedResults(True, operation.errors)
        return may_exist if body["clearing_id"] in rules.book.foreign else only(NOT_FOUND)
    states = rules.book.states_now(order, clock_ms, slack_ms)
    if operation.name == "confirm_order":
        outcome = rules.confirm_order(me, order, states, body)
        return outcome | only(NO_FUNDS) if outcome.success and _is_big(order.amount, order.price) else outcome
    return getattr(rules, operation.name)(me, order, states)  # type: ignore[no-any-return]


def _mismatches(order: Order, body: dict[str, Any], side: str) -> list[ExpectedError]:
    """The terms that are not the order's; any of them may be named."""
    wrong = {
        "InvalidSymbol": str(body["symbol"]).upper() != order.symbol,
        "InvalidQuantity": Decimal(body["amount"]) != order.amount,
        "InvalidPrice": Decimal(body["price"]) != order.price,
        "InvalidSide": body["side"] != side,
    }
    return [ExpectedError(200, reason) for reason, is_wrong in wrong.items() if is_wrong]


def _either(can: frozenset[bool], yes: AllowedResults, no: AllowedResults) -> AllowedResults:
    return yes | no if len(can) == 2 else yes if True in can else no


def _all_of(outcomes: list[AllowedResults]) -> AllowedResults:
    """Success only if every rule allows it; any rule's refusal may come first."""
    success = all(outcome.success for outcome in outcomes)
    return AllowedResults(success, frozenset().union(*(outcome.errors for outcome in outcomes)))


def _limit(value: Decimal, plain: Decimal, impossible: Decimal, refusal: ExpectedError) -> AllowedResults:
    if value <= plain:
        return SUCCESS
    return only(refusal) if value > impossible else SUCCESS | only(refusal)


def _is_big(amount: Decimal, price: Decimal) -> bool:
    return amount >= PLAIN_AMOUNT or amount * price >= PLAIN_NOTIONAL


def _decimals(number: Decimal) -> Decimal:
    """How many decimals count; read off the digits, because arithmetic would round long numbers."""
    fraction = format(number, "f").partition(".")[2]
    return Decimal(len(fraction.rstrip("0")))


def _looks_like_an_id(name: str) -> bool:
    return len(name) == 8 and name.isalnum() and name.isascii() and name == name.upper()
