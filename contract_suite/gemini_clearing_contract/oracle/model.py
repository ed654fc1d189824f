"""The suite's model of a server: orders, accounts and symbols, and the facts that earlier responses reported."""

from decimal import Decimal
from typing import Any

from attrs import define, field, frozen

from ..spec import Spec, SpecOperation
from .order_book import Order, OrderBook
from .times import CallTimes

__all__ = ["Call", "Memory", "Model"]


@frozen
class Call:
    """A request that passed every check before the business rules."""

    operation: SpecOperation
    # The counterparty id of the account that sends the request.
    caller: str
    request: dict[str, Any]
    times: CallTimes


@define
class Memory:
    """Facts that earlier responses have reported, and the form in which the server responds."""

    # By counterparty id, the name of the account.
    account_names: dict[str, str] = field(factory=dict)
    # By caller and counterparty id, the alias that the caller's lists show; None for rows without one.
    aliases: dict[tuple[str, str], str | None] = field(factory=dict)
    # By operation, whether the server returns every documented field or only those of the example.
    is_complete: dict[str, bool] = field(factory=dict)
    # The choices of this project that the server must share.
    choices: frozenset[str] = frozenset()
    # The hours that an order without `expires_in_hrs` lives; None if no response has reported them.
    default_hours: Decimal | None = None
    # Whether an update time was wrong, so that filters of update times cannot be checked.
    has_wrong_updates: bool = False
    # The lists that omit orders without a visible cause, and the lists that omit one because of a limit.
    losing: set[str] = field(factory=set)


class Model:
    """The state that the oracle predicts from."""

    def __init__(self, spec: Spec, desk_ids: frozenset[str], unfunded_ids: frozenset[str] = frozenset()) -> None:
        self.book = OrderBook(spec)
        default_hours = Decimal(24) if "default_expiry" in spec.choices else None
        self.memory = Memory(choices=spec.choices, default_hours=default_hours)
        self.desk_ids, self.unfunded_ids = desk_ids, unfunded_ids
        # The documented requests name symbols that the exchange clears.
        examples = [body for operation in spec.operations.values() for body in operation.request_examples.values()]
        self.cleared_symbols = frozenset(body["symbol"].upper() for body in examples if "amount" in body)
        # How long an event may take to show in responses.
        self.slack_ms = 0

    def order_of(self, call: Call) -> Order | None:
        """Return the order that a request is about, if it is in the book."""
        clearing_id = call.request.get("clearing_id")
        return self.book.orders.get(clearing_id) if isinstance(clearing_id, str) else None

    def states_of(self, order: Order, now_ms: Decimal) -> frozenset[str]:
        """Return the states that an order may have."""
        return self.book.states_now(order, now_ms, self.slack_ms)

    def note_state(self, order: Order, state: str, times: CallTimes) -> None:
        """Record the reported state; a change that no desk caused is later than the last response with the old one."""
        if state not in order.states:
            order.changed_ms = max(order.changed_ms, order.seen_ms)
        order.states = frozenset({state})
        order.seen_ms = times.earliest_ms - self.slack_ms
