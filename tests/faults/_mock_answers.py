"""Faults in what a server answers: fields dropped, renamed, of the wrong type, or not true."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from gemini_clearing_contract._spec import Spec
from gemini_clearing_contract._wire import WireAnswer
from tests.faults._fault import Fault
from tests.faults._ways import Plant, answers, as_float, deep, dumps, each_row, out_way, refusals

__all__ = ["ANSWER_FAULTS"]

Body = dict[str, Any]


def _drop(body: Body, name: str) -> None:
    body.pop(name, None)


def _camel(body: Body, name: str) -> None:
    head, *tail = name.split("_")
    body[head + "".join(part.capitalize() for part in tail)] = body.pop(name)


def _set(value: Any) -> Any:
    def change(body: Body, name: str) -> None:
        body[name] = value(body[name]) if callable(value) else value

    return change


def _required() -> Iterator[Fault]:
    """Each required field of each answer, left out."""
    for name, operation in Spec().operations.items():
        schema = operation.success_schema
        places = list(schema.get("required", ()))
        for rows in ("orders", "results"):
            if rows in schema["properties"]:
                places += [f"{rows}[].{field}" for field in schema["properties"][rows]["items"]["required"]]
        for place in places:
            yield Fault(f"{name} answers without {place}", "mock", "sequences", answers(name, deep(place, _drop)))


def _of_places() -> Iterator[Fault]:
    """A field of each kind, wrong in each way."""
    ways: list[tuple[str, str, str, Any]] = [
        ("create_order", "price", "a number for text", _set(Decimal)),
        ("create_order", "timestampms", "text for a number", _set(str)),
        ("create_order", "is_confirmed", "text for a boolean", _set("false")),
        ("create_order", "side", "a wrong word", _set("BUY")),
        ("create_order", "symbol", "in lower case", _set(str.lower)),
        ("create_order", "clearing_id", "in camelCase", _camel),
        ("create_order", "status", "an unknown word", _set("Waiting")),
        ("create_order", "status", "the wrong state", _set("Confirmed")),
        ("create_order", "result", "always ok", _set("ok")),
        ("create_order", "timestampms", "in seconds", _set(lambda ms: ms // 1000)),
        ("create_order", "timestampms", "an hour ahead", _set(lambda ms: ms + 3_600_000)),
        ("create_order", "amount", "in scientific form", _set(lambda text: f"{Decimal(text):E}")),
        ("create_order", "amount", "rounded to eight decimals", _set(lambda text: f"{Decimal(text):.1f}")),
        ("create_order", "side", "the other side", _set(lambda side: {"buy": "sell", "sell": "buy"}[side])),
        ("create_order", "is_confirmed", "always true", _set(True)),
        ("create_order", "symbol", "dropped", _drop),
        ("get_order", "amount", "through binary floating point", _set(lambda text: str(as_float(text)))),
        ("get_order", "price", "null", _set(None)),
        ("get_order", "status", "as announced", _set(lambda word: {"AwaitTargetConfirm": "AwaitConfirm"}.get(word, word))),
        ("get_order", "status", "in camelCase with a small letter", _set(lambda word: word[0].lower() + word[1:])),
        ("get_order", "is_confirmed", "never true", _set(False)),
        ("get_order", "timestampms", "a millisecond late", _set(lambda ms: ms + 1)),
        ("get_order", "timestamp", "dropped", _drop),
        ("get_order", "side", "dropped", _drop),
        ("get_order", "clearing_id", "in lower case", _set(str.lower)),
        ("get_order", "result", "success", _set("success")),
        ("cancel_order", "details", "a code", _set("ok")),
        ("cancel_order", "details", "another order's id", _set("ABCDEFGH order canceled")),
        ("cancel_order", "result", "true", _set(True)),
        ("confirm_order", "result", "ok", _set("ok")),
        ("list_orders", "orders[].price", "text for a number", _set(str)),
        ("list_orders", "orders[].quantity", "through binary floating point", _set(as_float)),
        ("list_orders", "orders[].quantity", "in camelCase's old name", lambda row, name: row.update(amount=row.pop(name))),
        ("list_orders", "orders[].counterparty_id", "dropped", _drop),
        ("list_orders", "orders[].broker_id", "dropped", _drop),
        ("list_orders", "orders[].submission", "a millisecond early", _set(lambda ms: ms - 1)),
        ("list_orders", "orders[].expiration", "an hour late", _set(lambda ms: ms + 3_600_000)),
        ("list_orders", "orders[].expiration", "a millisecond late", _set(lambda ms: ms + 1)),
        ("list_orders", "orders[].expiration", "in seconds", _set(lambda ms: ms // 1000)),
        ("list_orders", "orders[].status", "always waiting", _set("AwaitTargetConfirm")),
        ("list_orders", "result", "ok", _set("ok")),
        ("list_broker_orders", "orders[].quantity", "text for a number", _set(str)),
        ("list_broker_orders", "orders[].source_side", "in camelCase", _camel),
        ("list_broker_orders", "orders[].target_counterparty_id", "dropped", _drop),
        ("list_broker_orders", "orders[].price", "doubled", _set(lambda price: price * 2)),
        ("list_trades", "results[].price", "a number for text", _set(Decimal)),
        ("list_trades", "results[].quantity", "rounded to whole units", _set(lambda text: str(int(Decimal(text))))),
        ("list_trades", "results[].clearingId", "in snake_case", lambda row, name: row.update(clearing_id=row.pop(name))),
        ("list_trades", "results[].hasBroker", "always false", _set(False)),
        ("list_trades", "results[].lastUpdatedMs", "before it was created", _set(lambda ms: ms - 86_400_000)),
        ("list_trades", "results[].createdMs", "text for a number", _set(str)),
        ("list_trades", "results[].expirationTimeMs", "a day late", _set(lambda ms: ms + 86_400_000)),
        ("list_trades", "results[].pair", "with a slash", _set(lambda pair: f"{pair[:3]}/{pair[3:]}")),
        ("list_trades", "results[].sourceSide", "always buy", _set("buy")),
    ]
    for operation, place, what, change in ways:
        if change is not None:
            yield Fault(f"{operation} answers {place}: {what}", "mock", "sequences", answers(operation, deep(place, change)))


def _whole_answers() -> Iterator[Fault]:
    yield _answer("an undocumented field beside the others", answers("create_order", lambda body: body.update(internal_id=7)))
    yield _answer("an undocumented field in every row", answers("list_orders", each_row("orders", lambda row: row.update(fee="0"))))
    yield _answer("a list in an envelope", answers("list_orders", lambda body: {"data": body}))
    yield _answer("rows oldest first", answers("list_orders", lambda body: body["orders"].reverse()))
    yield _answer("broker rows oldest first", answers("list_broker_orders", lambda body: body["orders"].reverse()))
    yield _answer("trades oldest first", answers("list_trades", lambda body: body["results"].reverse()))
    yield _answer("every order listed twice", answers("list_orders", lambda body: body["orders"].extend(list(body["orders"]))))
    yield _answer("the newest order forgotten", answers("list_orders", lambda body: {**body, "orders": body["orders"][1:]}))
    yield _answer("the oldest trade forgotten", answers("list_trades", lambda body: {**body, "results": body["results"][:-1]}))
    yield _answer("the newest broker order forgotten", answers("list_broker_orders", lambda body: {**body, "orders": body["orders"][1:]}))
    yield _answer("the same clearing id for every order", answers("create_order", lambda body: body.update(clearing_id="SAMESAME")))
    yield _answer("prices and quantities swapped", answers("list_orders", each_row("orders", _swap("price", "quantity"))))
    yield _answer("source and target swapped", answers("list_broker_orders", each_row("orders", _swap("source_counterparty_id", "target_counterparty_id"))))
    yield _answer("accounts swapped in trades of one side", answers("list_trades", each_row("results", _swap_if_sell)))
    yield _answer("submission and expiration swapped", answers("list_orders", each_row("orders", _swap("submission", "expiration"))))
    yield _answer("HTML instead of JSON", out_way(lambda request, answer: WireAnswer(answer.status, {"content-type": "text/html"}, b"<html></html>")), "examples")
    yield _answer("no body", out_way(lambda request, answer: WireAnswer(answer.status, answer.headers, b"")), "examples")
    yield _answer("half a body", out_way(lambda request, answer: WireAnswer(answer.status, answer.headers, answer.body[: len(answer.body) // 2])), "examples")
    yield _answer("a text/plain content type", out_way(lambda request, answer: WireAnswer(answer.status, {**answer.headers, "content-type": "text/plain"}, answer.body)), "examples")
    yield _answer("status 201 for a new order", out_way(lambda request, answer: WireAnswer(201 if answer.status == 200 else answer.status, answer.headers, answer.body)), "examples")
    yield _answer("status 500 for every refusal", refusals(lambda body: None, status=lambda status: 500), "corpus")


def _answer(name: str, plant: Plant, meant: str = "sequences") -> Fault:
    return Fault(f"answers with {name}", "mock", meant, plant)


def _swap(one: str, other: str) -> Any:
    def change(row: Body) -> None:
        if one in row and other in row:
            row[one], row[other] = row[other], row[one]

    return change


def _swap_if_sell(row: Body) -> None:
    if row["sourceSide"] == "sell":
        row["sourceAccount"], row["targetAccount"] = row["targetAccount"], row["sourceAccount"]


def _refusals() -> Iterator[Fault]:
    changes: list[tuple[str, Any, str]] = [
        ("without a reason", lambda body: body.pop("reason"), "corpus"),
        ("without a message", lambda body: body.pop("message"), "corpus"),
        ("with an empty message", lambda body: body.update(message=""), "corpus"),
        ("with a reason in snake_case", lambda body: body.update(reason="invalid_request"), "corpus"),
        ("with one reason for everything", lambda body: body.update(reason="InvalidJson"), "corpus"),
        ("with status and reason swapped", lambda body: {**body, "result": body["reason"], "reason": "error"}, "corpus"),
        ("with the message of another", lambda body: body.update(message="Something went wrong"), "adversaries"),
        ("nested in an error object", lambda body: {"error": {"code": body["reason"]}}, "corpus"),
    ]
    for name, change, meant in changes:
        yield Fault(f"refuses {name}", "mock", meant, refusals(change))
    yield Fault("refuses a bad quantity as a bad price", "mock", "corpus", refusals(_reason("InvalidQuantity", "InvalidPrice")))
    yield Fault("refuses a missing field as bad JSON", "mock", "corpus", refusals(_reason("MissingOrderField", "InvalidJson")))
    yield Fault("refuses an unknown order as a bad id", "mock", "sequences", refusals(_reason("OrderNotFound", "GTSTradeIDMustBeString")))
    yield Fault("refuses a stale nonce as a missing one", "mock", "adversaries", refusals(_reason("InvalidNonce", "MissingNonce")))
    yield Fault("refuses everything with 401", "mock", "corpus", refusals(lambda body: None, status=lambda status: 401 if status == 400 else status))
    yield Fault("refuses everything with 422", "mock", "corpus", refusals(lambda body: None, status=lambda status: 422 if status == 400 else status))
    yield Fault("refuses an unknown order with 400", "mock", "sequences", refusals(lambda body: None, status=lambda status: 400 if status == 404 else status))
    yield Fault("refuses a missing role with 401", "mock", "precedence", refusals(lambda body: None, status=lambda status: 401 if status == 403 else status))
    yield Fault("refuses a confirmation with 400", "mock", "sequences", out_way(_confirm_400))
    yield Fault("refuses a late cancellation with 409", "mock", "sequences", out_way(_cancel_409))


def _reason(old: str, new: str) -> Any:
    return lambda body: body.update(reason=new) if body.get("reason") == old else None


def _confirm_400(request: Any, answer: WireAnswer) -> WireAnswer:
    is_refused = answer.status == 200 and b'"result":"error"' in answer.body
    return WireAnswer(400 if is_refused else answer.status, answer.headers, answer.body)


def _cancel_409(request: Any, answer: WireAnswer) -> WireAnswer:
    if b'"result":"failed"' not in answer.body:
        return answer
    return WireAnswer(409, answer.headers, dumps({"result": "error", "reason": "System", "message": "too late"}))


ANSWER_FAULTS = (*_required(), *_of_places(), *_whole_answers(), *_refusals())
