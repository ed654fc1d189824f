"""
The results that the business rules allow for a valid request: success, error responses, or either.

Both are allowed where only the server can decide, for example by its increments or by balances.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from attrs import frozen

from ..cases.values import UNKNOWN_SYMBOL
from ..spec import ExpectedError
from .model import Model

__all__ = [
    "CONFLICTING_ACCOUNT",
    "INSUFFICIENT_FUNDS",
    "NOT_FOUND",
    "SUCCESS",
    "AllowedResults",
    "all_of",
    "either",
    "funds",
    "is_large",
    "looks_like_id",
    "named_accounts",
    "only",
    "order_terms",
    "symbol_filter",
]

NOT_FOUND = ExpectedError(404, "OrderNotFound")
INSUFFICIENT_FUNDS = ExpectedError(406, "InsufficientFunds")
CONFLICTING_ACCOUNT = ExpectedError(400, "ConflictingAccountName")
INVALID_EXPIRY = ExpectedError(400, "InvalidTimestampInPayload")
# Above these values a server may have a limit that the spec does not state; below them it must accept.
PLAIN_DECIMALS, PLAIN_AMOUNT, PLAIN_NOTIONAL = Decimal(2), Decimal(100), Decimal(1_000_000)
PLAIN_HOURS, SHORTEST_HOURS = Decimal(720), Decimal("0.0001")
# Above these values every server must reject: no increment is as fine, and no order lives for a century.
IMPOSSIBLE_DECIMALS, IMPOSSIBLE_HOURS = Decimal(60), Decimal(876_000)


@frozen
class AllowedResults:
    """Whether a success is allowed, and which errors are."""

    success: bool
    errors: frozenset[ExpectedError] = frozenset()

    def __or__(self, other: "AllowedResults") -> "AllowedResults":
        return AllowedResults(self.success or other.success, self.errors | other.errors)

    def __str__(self) -> str:
        return " or ".join([*(["success"] if self.success else []), *sorted(map(str, self.errors))]) or "nothing"


SUCCESS = AllowedResults(True)


def only(*errors: ExpectedError) -> AllowedResults:
    """Return the result that the request must be rejected with one of these errors."""
    return AllowedResults(False, frozenset(errors))


def either(possible: frozenset[bool], yes: AllowedResults, no: AllowedResults) -> AllowedResults:
    """Return one of two results by a condition that may be true, false, or both."""
    return yes | no if len(possible) == 2 else yes if True in possible else no


def all_of(results: Iterable[AllowedResults]) -> AllowedResults:
    """Combine rules: success only if every rule allows it; the error of any rule may be returned."""
    rules = list(results)
    return AllowedResults(all(one.success for one in rules), frozenset().union(*(one.errors for one in rules)))


def order_terms(model: Model, request: dict[str, Any]) -> AllowedResults:
    """Return the results for the terms of a new order: symbol, increments, expiration and funds."""
    amount, price = Decimal(request["amount"]), Decimal(request["price"])
    hours = Decimal(request.get("expires_in_hrs", 1))
    return all_of([
        symbol_filter(model, request),
        _limit(_decimals(amount), PLAIN_DECIMALS, IMPOSSIBLE_DECIMALS, ExpectedError(400, "InvalidQuantity")),
        _limit(_decimals(price), PLAIN_DECIMALS, IMPOSSIBLE_DECIMALS, ExpectedError(400, "InvalidPrice")),
        _limit(hours, PLAIN_HOURS, IMPOSSIBLE_HOURS, INVALID_EXPIRY),
        _limit(-hours, -SHORTEST_HOURS, Decimal(0), INVALID_EXPIRY),
        SUCCESS | only(INSUFFICIENT_FUNDS) if is_large(amount, price) else SUCCESS,
    ])  # fmt: skip


def symbol_filter(model: Model, request: dict[str, Any]) -> AllowedResults:
    """Return the results for a symbol: documented ones are cleared, the invented one is not, others may be."""
    symbol = request.get("symbol")
    if symbol is None or symbol.upper() in model.cleared_symbols:
        return SUCCESS
    rejected = only(ExpectedError(400, "InvalidSymbol"))
    return rejected if symbol.lower() == UNKNOWN_SYMBOL else SUCCESS | rejected


def named_accounts(model: Model, caller: str, *names: str) -> AllowedResults:
    """Return the results for counterparty ids in a request: an id outside the credentials may exist."""
    if all(name in model.desk_ids for name in names):
        return SUCCESS
    errors = {ExpectedError(400, "InvalidAccountName")}
    if not looks_like_id(caller):
        # The caller's own id is unknown, and may be one of these.
        errors.add(CONFLICTING_ACCOUNT)
    may_exist = all(name in model.desk_ids or looks_like_id(name) for name in names)
    return AllowedResults(may_exist, frozenset(errors))


def funds(model: Model, *accounts: str) -> AllowedResults:
    """Return the results for an order of these accounts; without a choice of the project, it may wait for funds."""
    if model.unfunded_ids.isdisjoint(accounts):
        return SUCCESS
    rejected = only(INSUFFICIENT_FUNDS)
    return rejected if "funds_checked" in model.memory.choices else SUCCESS | rejected


def is_large(amount: Decimal, price: Decimal) -> bool:
    """Whether an account may not hold the funds for an order."""
    return amount >= PLAIN_AMOUNT or amount * price >= PLAIN_NOTIONAL


def looks_like_id(name: str) -> bool:
    """Whether a name has the form of a counterparty id: eight upper-case letters and digits."""
    return len(name) == 8 and name.isalnum() and name.isascii() and name == name.upper()


def _limit(value: Decimal, plain: Decimal, impossible: Decimal, error: ExpectedError) -> AllowedResults:
    if value <= plain:
        return SUCCESS
    return only(error) if value > impossible else SUCCESS | only(error)


def _decimals(number: Decimal) -> Decimal:
    """Return the number of significant decimals; arithmetic would round long numbers."""
    fraction = format(number, "f").partition(".")[2]
    return Decimal(len(fraction.rstrip("0")))
