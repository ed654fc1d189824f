"""The actions of desks: create, confirm, cancel, get and list orders."""

from collections.abc import Iterable
from typing import Any

from ...oracle.operations import ORDER_LISTS, CancelOrder, ConfirmOrder, CreateBrokerOrder, CreateOrder, GetOrder
from ...run.session import CheckedResponse, Session
from ...wire import Desk

__all__ = ["NEEDED", "Desks", "has_desks"]

# The desks without which no scenario is possible.
NEEDED = ("initiator", "counterparty", "broker")


def has_desks(session: Session) -> bool:
    """Whether the credentials contain the desks of the scenarios."""
    return set(NEEDED) <= session.ring.desks.keys()


class Desks:
    """Calls by desks; the session checks each response."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @property
    def third(self) -> str:
        """A desk that is not part of the orders between initiator and counterparty."""
        return "desk3" if "desk3" in self.session.ring.desks else "broker"

    @property
    def all(self) -> tuple[str, ...]:
        """Every desk that trades, once."""
        return tuple(dict.fromkeys((*NEEDED, self.third)))

    def id_of(self, desk: str) -> str:
        """Return the counterparty id of a desk."""
        return self.session.desk(desk).counterparty_id

    def alias_of(self, desk: str) -> str | None:
        """Return the alias of a desk, if the initiator's lists have shown one."""
        aliases = self.session.oracle.model.memory.aliases
        return aliases.get((self.id_of("initiator"), self.id_of(desk)))

    def create(self, desk: str | Desk, **terms: Any) -> CheckedResponse:
        """Create an order with another desk."""
        return self.session.call(desk, CreateOrder.name, **terms)

    def create_for_two(self, broker: str, source: str, target: str, **terms: Any) -> CheckedResponse:
        """Create an order as a broker; the desks are given by name."""
        parties = {"source_counterparty_id": self.id_of(source), "target_counterparty_id": self.id_of(target)}
        return self.session.call(broker, CreateBrokerOrder.name, **{**parties, **terms})

    def confirm(self, desk: str, clearing_id: str, **terms: Any) -> CheckedResponse:
        """Confirm an order with these terms."""
        return self.session.call(desk, ConfirmOrder.name, clearing_id=clearing_id, **terms)

    def cancel(self, desk: str, clearing_id: str) -> CheckedResponse:
        """Cancel an order."""
        return self.session.call(desk, CancelOrder.name, clearing_id=clearing_id)

    def get(self, desk: str, clearing_id: str) -> CheckedResponse:
        """Get the status of an order."""
        return self.session.call(desk, GetOrder.name, clearing_id=clearing_id)

    def list_all(self, desk: str, **filters: Any) -> None:
        """Get each list that has all these filters."""
        for rules in ORDER_LISTS:
            if filters.keys() <= self.session.spec.operations[rules.name].fields.keys():
                self.session.call(desk, rules.name, **filters)

    def read_everything(self, *clearing_ids: str) -> None:
        """Read orders in every way, as every desk; the first one is the oldest."""
        if not clearing_ids:
            return
        for clearing_id in clearing_ids:
            for desk in (*self.all, "auditor"):
                if desk in self.session.ring.desks:
                    self.get(desk, clearing_id)
        self.list_since(clearing_ids, self.all)

    def list_since(self, clearing_ids: Iterable[str], desks: Iterable[str]) -> None:
        """Get every list from the creation of the first known order on."""
        since = self.creation_ms(clearing_ids)
        for desk in desks:
            self.list_all(desk, timestamp=since)

    def creation_ms(self, clearing_ids: Iterable[str]) -> int:
        """Return a time before the creation of the first order that is in the book, or 0."""
        known = (self.session.book.orders.get(clearing_id) for clearing_id in clearing_ids)
        first = next((order for order in known if order), None)
        return int(first.placed_ms[0]) - self.session.target.tolerance_ms - 1 if first else 0
