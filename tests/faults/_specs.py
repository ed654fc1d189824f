"""Faults in the spec: what an editor may get wrong, while server and client are right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.faults._fault import Fault, World

__all__ = ["SPEC_FAULTS"]

Document = dict[str, Any]


def at(document: Document, place: str) -> Any:
    """The node at a place such as `components.schemas.Amount`; a path's dots and slashes are kept by `/`-separation."""
    node: Any = document
    for part in place.split(" > "):
        node = node[part]
    return node


def put(place: str, key: str, value: Any) -> Callable[[World], None]:
    """Set a key at a place; a function makes the new value of the old one."""

    def plant(world: World) -> None:
        node = at(world.document, place)
        node[key] = value(node[key]) if callable(value) else value

    return plant


def drop(place: str, key: str) -> Callable[[World], None]:
    """Leave a key out."""
    return lambda world: at(world.document, place).pop(key)


def without(item: Any) -> Callable[[list[Any]], list[Any]]:
    """A list without an item; it must have been there."""
    return lambda items: [entry for entry in items if entry != item] if item in items else items[len(items) + 1]


def renamed(old: str, new: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A mapping in which a key has another name."""
    return lambda mapping: {new if key == old else key: value for key, value in mapping.items()}


def without_reason(reason: str) -> Callable[[list[Any]], list[Any]]:
    """Refusals without the one for this reason."""
    return lambda refusals: [entry for entry in refusals if entry.get("reason") != reason]


S = "components > schemas > "
P = "paths > /v1/clearing/"
ENTRIES: tuple[tuple[str, str, Callable[[World], None]], ...] = (
    ("no longer requires an amount", "corpus", put(f"{S}CreateOrderRequest", "required", without("amount"))),
    ("requires a counterparty", "corpus", put(f"{S}CreateOrderRequest", "required", lambda names: [*names, "counterparty_id"])),
    ("no longer requires the hours of a broker order", "corpus", put(f"{S}CreateBrokerOrderRequest", "required", without("expires_in_hrs"))),
    ("no longer requires a nonce", "adversaries", put(f"{S}ListOrdersRequest", "required", without("nonce"))),
    ("has a third side", "corpus", put(f"{S}Side", "enum", ["buy", "sell", "text"])),
    ("has one side", "corpus", put(f"{S}Side", "enum", ["buy"])),
    ("lets amounts be anything", "corpus", drop(f"{S}Amount", "pattern")),
    ("lets amounts be zero", "corpus", put(f"{S}Amount", "pattern", "^[0-9]+(\\.[0-9]+)?$")),
    ("wants whole prices", "corpus", put(f"{S}Price", "pattern", "^[1-9][0-9]*$")),
    ("takes prices as numbers", "corpus", put(f"{S}Price", "type", ["string", "number"])),
    ("lets symbols have slashes", "corpus", put(f"{S}Symbol", "pattern", "^[A-Za-z0-9/]+$")),
    ("wants symbols in lower case", "corpus", put(f"{S}Symbol", "pattern", "^[a-z0-9]+$")),
    ("lets clearing ids be empty", "corpus", drop(f"{S}ClearingId", "minLength")),
    ("lets clearing ids be numbers", "corpus", put(f"{S}ClearingId", "type", ["string", "number"])),
    ("has no maximum of trades", "corpus", drop(f"{S}ListTradesRequest > properties > limit_per_account", "maximum")),
    ("has another maximum of trades", "corpus", put(f"{S}ListTradesRequest > properties > limit_per_account", "maximum", 100)),
    ("lets limits be zero", "corpus", put(f"{S}Limit", "minimum", 0)),
    ("lets the start of a range stand alone", "corpus", drop(f"{S}ListOrdersRequest", "dependentRequired")),
    ("wants times as numbers alone", "corpus", put(f"{S}Timestamp", "type", "integer")),
    ("lets hours be fractions", "corpus", put(f"{S}CreateOrderRequest > properties > expires_in_hrs", "type", "number")),
    ("lets hours be zero", "corpus", put(f"{S}CreateOrderRequest > properties > expires_in_hrs", "minimum", 0)),
    ("names a field otherwise", "corpus", put(f"{S}CreateOrderRequest", "properties", renamed("counterparty_id", "counterparty"))),
    ("gives a bad side another reason", "corpus", put(f"{S}Side", "x-reason", "InvalidSymbol")),
    ("gives a missing field another reason", "corpus", put(f"{S}CreateOrderRequest", "x-missing-reason", "InvalidJson")),
    ("gives half a range another reason", "corpus", put(f"{S}ListOrdersRequest", "x-dependent-reason", "UnsupportedOption")),
    ("gives a missing nonce another reason", "adversaries", put(f"{S}Nonce", "x-missing-reason", "InvalidNonce")),
    ("gives a bad signature another status", "adversaries", put("x-reasons > InvalidSignature", "status", 403)),
    ("gives a missing role another status", "precedence", put("x-reasons > MissingRole", "status", 400)),
    ("checks the nonce before the schema", "precedence", put("", "x-precedence", None)),
    ("checks the signature before the key", "precedence", put("", "x-precedence", None)),
    ("lets auditors place orders", "sequences", put(f"{P}new > post", "x-roles", ["Trader", "Auditor"])),
    ("keeps auditors from looking", "sequences", put(f"{P}status > post", "x-roles", ["Trader"])),
    ("forgets that an order may not be found", "sequences", put(f"{P}status > post", "x-refusals", without_reason("OrderNotFound"))),
    ("forgets that a symbol may not be cleared", "sequences", put(f"{P}new > post", "x-refusals", without_reason("InvalidSymbol"))),
    ("forgets that a side may be the wrong one", "sequences", put(f"{P}confirm > post", "x-refusals", without_reason("InvalidSide"))),
    ("refuses a wrong side with 400", "sequences", put(f"{P}confirm > post", "x-refusals", lambda entries: [{**entry, "status": 400} if entry.get("reason") == "InvalidSide" else entry for entry in entries])),
    ("promises a field that no answer has", "sequences", put(f"{S}ListedOrder", "required", lambda names: [*names, "counterparty_alias"])),
    ("names an answered field otherwise", "sequences", put(f"{S}ListedOrder", "properties", renamed("submission", "submitted"))),
    ("forgets an answered field", "sequences", drop(f"{S}Trade > properties", "wasNotified")),
    ("answers prices of lists as text", "sequences", put(f"{S}DecimalNumber", "type", "string")),
    ("answers prices of orders as numbers", "sequences", put(f"{S}DecimalText", "type", "number")),
    ("answers times as text", "sequences", put(f"{S}AnsweredMilliseconds", "type", "string")),
    ("forgets a status", "sequences", put(f"{S}OrderStatus", "x-extensible-enum", without("AwaitTargetConfirm"))),
    ("forgets a reason", "corpus", put(f"{S}Reason", "x-extensible-enum", without("InvalidQuantity"))),
    ("answers 200 with a reason", "sequences", put(f"{S}ConfirmedOrder", "required", lambda names: [*names, "reason"])),
    ("forgets the status 404", "sequences", drop(f"{P}status > post > responses", "404")),
    ("announces new orders by another word", "sequences", put("x-order-lifecycle", "announced_as", {})),
    ("never cancels", "sequences", drop("x-order-lifecycle > transitions > AwaitTargetConfirm", "cancel")),
    ("confirms at once", "sequences", put("x-order-lifecycle > transitions > AwaitSourceTargetConfirm", "confirm_by_source", "Confirmed")),
    ("never settles", "sequences", put("x-order-lifecycle > transitions > Confirmed", "settle", "Expired")),
    ("has another path", "examples", put("", "paths", renamed("/v1/clearing/list", "/v1/clearing/orders"))),
)


def _swap(one: str, other: str) -> Callable[[World], None]:
    """Two checks in each other's place."""

    def plant(world: World) -> None:
        order = world.document["x-precedence"]
        i, j = order.index(one), order.index(other)
        order[i], order[j] = order[j], order[i]

    return plant


def _top(key: str, change: Callable[[Any], Any]) -> Callable[[World], None]:
    def plant(world: World) -> None:
        world.document[key] = change(world.document[key])

    return plant


def _never_settles(world: World) -> None:
    for state in ("Confirmed", "AttemptSettlement"):
        del world.document["x-order-lifecycle"]["transitions"][state]["settle"]


SPECIAL = {
    "never settles": _never_settles,
    "checks the nonce before the schema": _swap("nonce", "schema"),
    "checks the signature before the key": _swap("signature", "payload"),
    "has another path": _top("paths", renamed("/v1/clearing/list", "/v1/clearing/orders")),
}
SPEC_FAULTS = tuple(Fault(f"the spec {name}", "spec", meant, SPECIAL.get(name, plant)) for name, meant, plant in ENTRIES)
