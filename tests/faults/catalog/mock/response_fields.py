"""Faults in single fields of successful responses: missing, renamed, of the wrong type, or with a wrong value."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from gemini_clearing_contract.spec import Spec
from tests.faults.catalog.interceptors import as_float, at, change_responses
from tests.faults.catalog.layers import SEQUENCES
from tests.faults.seeded_fault import SeededFault

__all__ = ["RESPONSE_FIELD_FAULTS"]

Body = dict[str, Any]


def remove(body: Body, name: str) -> None:
    """Remove a field."""
    body.pop(name, None)


def to_camel_case(body: Body, name: str) -> None:
    """Rename a field from snake_case to camelCase."""
    head, *tail = name.split("_")
    body[head + "".join(part.capitalize() for part in tail)] = body.pop(name)


def rename(new: str) -> Any:
    """Return a change that renames a field."""
    return lambda body, name: body.update({new: body.pop(name)})


def set_to(value: Any) -> Any:
    """Return a change that sets a field to a value, or to the result of a function of its old value."""

    def change(body: Body, name: str) -> None:
        body[name] = value(body[name]) if callable(value) else value

    return change


# Documented in every row or list, and not required: a client can go on without them.
_DOCUMENTED = {"result", "expiration", "sourceAccount", "targetAccount", "expirationTimeMs", "hasBroker", "wasNotified"}


def _missing_fields() -> Iterator[SeededFault]:
    """Each field of each response that is required, or that every list has, missing."""
    for name, operation in Spec().operations.items():
        schema = operation.success_schema
        places = list(schema.get("required", ()))
        for rows in ("orders", "results"):
            if rows in schema["properties"]:
                fields = schema["properties"][rows]["items"]
                places += sorted(_DOCUMENTED & schema["properties"].keys() - set(places))
                usual = [one for one in fields["properties"] if one in fields["required"] or one in _DOCUMENTED]
                places += [f"{rows}[].{field}" for field in usual]
        for place in places:
            yield _fault(name, place, "is missing", remove)


# Operation, place, what is wrong, change.
ROWS: tuple[tuple[str, str, str, Any], ...] = (
    ("create_order", "price", "is a number instead of a string", set_to(Decimal)),
    ("create_order", "timestampms", "is a string instead of a number", set_to(str)),
    ("create_order", "is_confirmed", "is a string instead of a boolean", set_to("false")),
    ("create_order", "side", "is in upper case", set_to("BUY")),
    ("create_order", "symbol", "is in lower case", set_to(str.lower)),
    ("create_order", "clearing_id", "is renamed to camelCase", to_camel_case),
    ("create_order", "status", "has an unknown value", set_to("Waiting")),
    ("create_order", "status", "has the wrong state", set_to("Confirmed")),
    ("create_order", "result", "is always ok", set_to("ok")),
    ("create_order", "timestampms", "is in seconds", set_to(lambda ms: ms // 1000)),
    ("create_order", "timestampms", "is one hour ahead", set_to(lambda ms: ms + 3_600_000)),
    ("create_order", "amount", "is in scientific notation", set_to(lambda text: f"{Decimal(text):E}")),
    ("create_order", "amount", "is rounded to one decimal place", set_to(lambda text: f"{Decimal(text):.1f}")),
    ("create_order", "side", "is the opposite side", set_to(lambda side: {"buy": "sell", "sell": "buy"}[side])),
    ("create_order", "is_confirmed", "is always true", set_to(True)),
    ("create_order", "symbol", "is missing", remove),
    ("get_order", "amount", "is converted through a float", set_to(lambda text: str(as_float(text)))),
    ("get_order", "price", "is null", set_to(None)),
    (
        "get_order",
        "status",
        "is AwaitConfirm instead of AwaitTargetConfirm",
        set_to(lambda status: {"AwaitTargetConfirm": "AwaitConfirm"}.get(status, status)),
    ),
    ("get_order", "status", "starts with a lower-case letter", set_to(lambda status: status[0].lower() + status[1:])),
    ("get_order", "is_confirmed", "is always false", set_to(False)),
    ("get_order", "timestampms", "is one millisecond late", set_to(lambda ms: ms + 1)),
    ("get_order", "timestamp", "is missing", remove),
    ("get_order", "side", "is missing", remove),
    ("get_order", "clearing_id", "is in lower case", set_to(str.lower)),
    ("get_order", "result", "is success", set_to("success")),
    ("cancel_order", "details", "is a code instead of a sentence", set_to("ok")),
    ("cancel_order", "details", "names another order", set_to("ABCDEFGH order canceled")),
    ("cancel_order", "result", "is the boolean true", set_to(True)),
    ("confirm_order", "result", "is ok", set_to("ok")),
    ("list_orders", "orders[].price", "is a string instead of a number", set_to(str)),
    ("list_orders", "orders[].quantity", "is converted through a float", set_to(as_float)),
    ("list_orders", "orders[].quantity", "is renamed to amount", rename("amount")),
    ("list_orders", "orders[].counterparty_id", "is missing", remove),
    ("list_orders", "orders[].broker_id", "is missing", remove),
    ("list_orders", "orders[].submission", "is one millisecond early", set_to(lambda ms: ms - 1)),
    ("list_orders", "orders[].expiration", "is one hour late", set_to(lambda ms: ms + 3_600_000)),
    ("list_orders", "orders[].expiration", "is one millisecond late", set_to(lambda ms: ms + 1)),
    ("list_orders", "orders[].expiration", "is in seconds", set_to(lambda ms: ms // 1000)),
    ("list_orders", "orders[].status", "is always AwaitTargetConfirm", set_to("AwaitTargetConfirm")),
    ("list_orders", "result", "is ok", set_to("ok")),
    ("list_broker_orders", "orders[].quantity", "is a string instead of a number", set_to(str)),
    ("list_broker_orders", "orders[].source_side", "is renamed to camelCase", to_camel_case),
    ("list_broker_orders", "orders[].target_counterparty_id", "is missing", remove),
    ("list_broker_orders", "orders[].price", "is doubled", set_to(lambda price: price * 2)),
    ("list_trades", "results[].price", "is a number instead of a string", set_to(Decimal)),
    ("list_trades", "results[].quantity", "is rounded to an integer", set_to(lambda text: str(int(Decimal(text))))),
    ("list_trades", "results[].clearingId", "is renamed to snake_case", rename("clearing_id")),
    ("list_trades", "results[].hasBroker", "is always false", set_to(False)),
    ("list_trades", "results[].lastUpdatedMs", "is one day early", set_to(lambda ms: ms - 86_400_000)),
    ("list_trades", "results[].createdMs", "is a text with a unit", set_to(lambda ms: f"{ms} ms")),
    ("list_trades", "results[].expirationTimeMs", "is one day late", set_to(lambda ms: ms + 86_400_000)),
    ("list_trades", "results[].pair", "contains a slash", set_to(lambda pair: f"{pair[:3]}/{pair[3:]}")),
    ("list_trades", "results[].sourceSide", "is always buy", set_to("buy")),
)


def _fault(operation: str, place: str, problem: str, change: Any) -> SeededFault:
    return SeededFault(
        f"{operation} response: {place} {problem}", "mock", SEQUENCES, change_responses(operation, at(place, change))
    )


RESPONSE_FIELD_FAULTS = (*_missing_fields(), *(_fault(*row) for row in ROWS))
