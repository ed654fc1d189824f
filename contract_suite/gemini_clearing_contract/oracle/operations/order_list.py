"""
The base class of the lists of orders.

A list contains all orders of the account that pass the filters, and only those, the newest first. The filters are in
`filters.py`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any, ClassVar

from ...findings.checks import (
    DIFFERS_FROM_REQUEST,
    LIMIT_EXCEEDED,
    UNKNOWN_ORDER,
)
from ...findings.finding import Problem
from ...findings.text import shorten
from ..allowed_results import AllowedResults, symbol_filter
from ..model import Call, Model
from ..order_book import Order
from ..response_values import ValueChecker, compare
from ..times import is_ambiguous, milliseconds
from .base import OperationRules
from .filters import FILTERS, TRADE_FILTERS, Facts, Filter, facts_of
from .listing import Listing

__all__ = ["OrderList"]

Rows = list[dict[str, Any]]


class OrderList(OperationRules, ABC):
    """The rules of an operation that lists orders."""

    # The property that contains the rows, and the row's fields by their meaning.
    reported: ClassVar[tuple[str, ...]] = ("status",)
    rows: ClassVar[str]
    fields: ClassVar[Mapping[str, str]]
    limits: ClassVar[tuple[str, ...]]
    filters: ClassVar[Mapping[str, Filter]] = FILTERS
    # Whether a limit keeps the newest orders; for trades the spec does not define it.
    keeps_newest: ClassVar[bool] = True

    def concerns(self, order: Order, caller: str) -> bool:
        """Whether the list of this account contains the order."""
        return caller in order.parties()

    @abstractmethod
    def own_fields(self, order: Order, caller: str) -> dict[str, Any]:
        """Return the values of the fields that only this list has; None for a field that must be missing."""

    def applies_to(self, request: Mapping[str, Any]) -> bool:
        """Whether each limit is a number."""
        return all(isinstance(request[name], int | Decimal) for name in self.limits if name in request)

    def can_compare(self, body: Any) -> bool:
        """Whether the body has a list of objects."""
        rows = body.get(self.rows)
        return isinstance(rows, list) and all(isinstance(row, dict) for row in rows)

    def allowed(self, model: Model, call: Call) -> AllowedResults:
        """Return success, unless the symbol may not be cleared."""
        return symbol_filter(model, call.request)

    def accept(self, model: Model, call: Call, body: Any) -> Iterator[Problem]:
        """Check each row, the selection of rows, and their order."""
        rows: Rows = body[self.rows]
        needed = {*self.fields.values(), *self.reported}
        yield from _missing_fields(call, body, self.rows, needed)
        if not all(needed <= row.keys() for row in rows):
            return
        yield from self._rows(model, call, rows)
        filters = (value for name, value in call.request.items() if name in self.filters)
        if not any(is_ambiguous(value) for value in filters):
            yield from self._selection(model, call, rows)
        if "newest_first" in model.memory.choices:
            yield from self._sort_order(rows)

    def row(self, model: Model, call: Call, order: Order, row: dict[str, Any], place: str) -> Iterator[Problem]:
        """Check one row: terms, status, times, and the list's own fields."""
        values = ValueChecker(model.memory, call.times, self.name)
        yield from self._terms(order, row, place)
        states = model.states_of(order, call.times.after_ms)
        yield from values.state(order, row["status"], states, f"{place}.status")
        if row["status"] in states:
            model.note_state(order, row["status"], call.times)
        submitted, expires = (milliseconds(row[self.fields[name]]) for name in ("submission", "expiration"))
        expiration_place = f"{place}.{self.fields['expiration']}"
        yield from values.submission_time(order, submitted, f"{place}.{self.fields['submission']}")
        yield from values.expiration_time(order, submitted, expires, expiration_place)
        for name, expected in self.own_fields(order, call.caller).items():
            yield from _own_field(row, name, expected, place)

    def _rows(self, model: Model, call: Call, rows: Rows) -> Iterator[Problem]:
        seen: set[str] = set()
        id_field = self.fields["clearing_id"]
        for index, row in enumerate(rows):
            place, clearing_id = f"{self.rows}[{index}]", row[id_field]
            if clearing_id in seen:
                yield Problem("duplicate row", f"{place}.{id_field}", "an id that no other row has", clearing_id)
            seen.add(clearing_id)
            order = model.book.orders.get(clearing_id)
            if order is not None and self.concerns(order, call.caller):
                yield from self.row(model, call, order, row, place)
            elif order is not None:
                yield Problem("order of another account", f"{place}.{id_field}", "an own order", clearing_id)
            elif clearing_id not in model.book.foreign:
                yield Problem(UNKNOWN_ORDER, f"{place}.{id_field}", "an order that was created", clearing_id)

    def _terms(self, order: Order, row: dict[str, Any], place: str) -> Iterator[Problem]:
        for name, expected in (("symbol", order.symbol), ("price", order.price), ("quantity", order.amount)):
            field = self.fields[name]
            actual = row[field] if name == "symbol" else Decimal(row[field])
            yield from compare(DIFFERS_FROM_REQUEST, f"{place}.{field}", expected, actual)

    def _selection(self, model: Model, call: Call, rows: Rows) -> Iterator[Problem]:
        given = {name: value for name, value in call.request.items() if name in self.filters}
        facts = self._facts(model, call)
        passes = {
            clearing_id: {name: self.filters[name](one, value) for name, value in given.items()}
            for clearing_id, one in facts.items()
        }
        listed = [row[self.fields["clearing_id"]] for row in rows]
        listing = Listing(self.name, call.caller, self.rows, given, facts, passes, listed, model.memory.losing)
        yield from listing.extra()
        limits = {name: int(call.request[name]) for name in self.limits if name in call.request}
        limit = min(limits.values(), default=self._default_limit(call))
        if limit is not None and len(rows) > limit:
            by = ", ".join(limits) or "the default"
            yield Problem(LIMIT_EXCEEDED, self.rows, f"at most {limit} rows, by {by}", f"{len(rows)} rows")
        expected_ids = [clearing_id for clearing_id, passed in passes.items() if all(passed.values())]
        is_full = limit is not None and len(rows) >= limit
        missing = self._missing(model, call, expected_ids, rows, is_full=is_full)
        yield from listing.missing(missing, is_one_less=bool(limits) and limit == len(rows) + 1)
        listing.remember()

    def _default_limit(self, call: Call) -> int | None:
        """Return the limit without a limit in the request; None for no limit."""
        schemas = (call.operation.fields.get(name, {}) for name in self.limits)
        return min((schema["default"] for schema in schemas if "default" in schema), default=None)

    def _facts(self, model: Model, call: Call) -> dict[str, Facts]:
        """Return the facts of each order that concerns the list."""
        values = ValueChecker(model.memory, call.times, self.name)
        return {
            order.clearing_id: facts_of(
                values,
                order,
                call.caller,
                model.states_of(order, call.times.after_ms),
                is_trade=self.filters is TRADE_FILTERS,
            )
            for order in model.book.orders.values()
            if self.concerns(order, call.caller)
        }

    def _missing(self, model: Model, call: Call, expected: list[str], rows: Rows, *, is_full: bool) -> list[str]:
        """Return the orders that are missing; a full list must still contain every order newer than its last row."""
        listed = {row[self.fields["clearing_id"]] for row in rows}
        missing = [clearing_id for clearing_id in expected if clearing_id not in listed]
        if not is_full:
            return missing
        if not self.keeps_newest or not rows or "newest_first" not in model.memory.choices:
            return []
        values = ValueChecker(model.memory, call.times, self.name)
        oldest = min(milliseconds(row[self.fields["submission"]]) for row in rows)
        return [one for one in missing if values.submission(model.book.orders[one])[0] > oldest]

    def _sort_order(self, rows: Rows) -> Iterator[Problem]:
        field = self.fields["submission"]
        times = [milliseconds(row[field]) for row in rows]
        for index, (newer, older) in enumerate(pairwise(times), start=1):
            if newer < older:
                yield Problem("wrong sort order", f"{self.rows}[{index}].{field}", f"at most {newer:f}", f"{older:f}")
                return


def _missing_fields(call: Call, body: dict[str, Any], rows: str, needed: set[str]) -> Iterator[Problem]:
    """Check that response and rows have the documented fields that the schema does not require."""
    schema = call.operation.success_schema
    row_schema = schema["properties"][rows]["items"]
    documented = set[str]().union(*call.operation.success_examples.values())
    parts = [("", body, documented, schema)]
    parts += [(f"{rows}[{index}].", row, needed, row_schema) for index, row in enumerate(body[rows])]
    for place, part, names, own in parts:
        for name in sorted(names - part.keys() - set(own.get("required", ()))):
            yield Problem("missing documented field", f"{place}{name}", "each documented field", "missing")


def _own_field(row: dict[str, Any], name: str, expected: Any, place: str) -> Iterator[Problem]:
    if expected is None and name in row:
        yield Problem(DIFFERS_FROM_REQUEST, f"{place}.{name}", "missing, because no request set it", shorten(row[name]))
    elif expected is not None and row.get(name) != expected:
        yield Problem(DIFFERS_FROM_REQUEST, f"{place}.{name}", str(expected), shorten(row.get(name, "missing")))
