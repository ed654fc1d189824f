"""Scenarios about texts that no order has, and about fields that an operation does not have."""

from typing import Any

from ...oracle.allowed_results import looks_like_id
from ...oracle.operations import CreateBrokerOrder, CreateOrder
from ...run.session import Session
from .desks import Desks
from .lifecycle import Scenario

__all__ = ["UNUSUAL_VALUE_SCENARIOS"]

TERMS = {"symbol": "btcusd", "amount": "6", "price": "60", "side": "buy"}
# Longer than the columns of most databases; characters with a meaning in markup, patterns, queries and C; a character
# of two units in UTF-16.
UNUSUAL_TEXTS = ("X" * 500, "<b>&amp;", "%", "*", "' OR 1=1 --", "a:b", "a\x00b", "😀")


def texts_that_no_order_has(session: Session) -> None:
    """A long text, or one with special characters, is a filter that no order passes, and no desk."""
    desks = Desks(session)
    created = [desks.create("initiator", **TERMS, counterparty_id=desks.id_of("counterparty")).clearing_id]
    since = desks.creation_ms(created)
    counterparty = desks.id_of("counterparty")
    for text in _near(counterparty) if looks_like_id(counterparty) else ():
        desks.list_all("initiator", timestamp=since, counterparty=text)
    for text in UNUSUAL_TEXTS:
        desks.list_all("initiator", timestamp=since, counterparty=text)
        desks.list_all("initiator", timestamp=since, status=text)
        desks.create("initiator", **TERMS, counterparty_id=text)
        desks.get("initiator", text)


def _near(clearing_id: str) -> tuple[str, ...]:
    """Return texts that are a part of an id, or continue it."""
    return (
        clearing_id[:-1],
        clearing_id[1:],
        clearing_id[2:5],
        f"{clearing_id}:x",
        f"{clearing_id}%",
        f"{clearing_id}0",
    )


def fields_of_other_operations(session: Session) -> None:
    """A field that only a response or another operation has changes nothing: the exchange decides it."""
    desks = Desks(session)
    others: dict[str, Any] = {
        "clearing_id": "ZZZZ9999",
        "order_id": "ZZZZ9998",
        "status": "Confirmed",
        "is_confirmed": True,
        "timestampms": 1,
        "broker_id": desks.id_of(desks.third),
        "source": desks.id_of(desks.third),
    }
    source, target = desks.id_of(desks.third), desks.id_of("counterparty")
    parties = {"source_counterparty_id": source, "target_counterparty_id": target, "source_side": "sell"}
    placed = session.call("initiator", CreateOrder.name, **TERMS, **others, **parties)
    desks.read_everything(placed.clearing_id)
    own = {"source_counterparty_id": desks.id_of("initiator"), "target_counterparty_id": target, "expires_in_hrs": 2}
    brokered = session.call("broker", CreateBrokerOrder.name, **TERMS, **own, **others, counterparty_id=source)
    desks.read_everything(brokered.clearing_id)


UNUSUAL_VALUE_SCENARIOS: dict[str, Scenario] = {
    function.__name__.replace("_", " "): function for function in (texts_that_no_order_has, fields_of_other_operations)
}
