"""Faults in whole responses: their rows, their content type, their status, or fields that do not belong together."""

from collections.abc import Callable
from typing import Any

from gemini_clearing_contract.wire import WireResponse
from tests.faults.catalog.interceptors import change_error_responses, change_responses, each_row, on_response
from tests.faults.catalog.layers import CORPUS, EXAMPLES, SEQUENCES
from tests.faults.seeded_fault import Plant, SeededFault

__all__ = ["RESPONSE_FAULTS"]

Body = dict[str, Any]


def swap(one: str, other: str) -> Callable[[Body], None]:
    """Return a change that swaps two fields of a row."""

    def change(row: Body) -> None:
        if one in row and other in row:
            row[one], row[other] = row[other], row[one]

    return change


def swap_accounts_of_a_sell(row: Body) -> None:
    """Swap the accounts of a trade in which the source sells."""
    if row["sourceSide"] == "sell":
        swap("sourceAccount", "targetAccount")(row)


def with_content_type(response: WireResponse, content_type: str) -> WireResponse:
    """Return the response with another content type."""
    return WireResponse(response.status, {**response.headers, "content-type": content_type}, response.body)


# Name, layer, plant.
ROWS: tuple[tuple[str, str, Plant], ...] = (
    (
        "sends an undocumented field in the create_order response",
        SEQUENCES,
        change_responses("create_order", lambda body: body.update(internal_id=7)),
    ),
    (
        "sends an undocumented field in every listed order",
        SEQUENCES,
        change_responses("list_orders", each_row("orders", lambda row: row.update(fee="0"))),
    ),
    (
        "wraps the list_orders response in a data object",
        SEQUENCES,
        change_responses("list_orders", lambda body: {"data": body}),
    ),
    ("lists the oldest order first", SEQUENCES, change_responses("list_orders", lambda body: body["orders"].reverse())),
    (
        "lists the oldest broker order first",
        SEQUENCES,
        change_responses("list_broker_orders", lambda body: body["orders"].reverse()),
    ),
    (
        "lists the oldest trade first",
        SEQUENCES,
        change_responses("list_trades", lambda body: body["results"].reverse()),
    ),
    (
        "lists every order twice",
        SEQUENCES,
        change_responses("list_orders", lambda body: body["orders"].extend(list(body["orders"]))),
    ),
    (
        "omits the newest order from the list",
        SEQUENCES,
        change_responses("list_orders", lambda body: {**body, "orders": body["orders"][1:]}),
    ),
    (
        "omits the oldest trade from the list",
        SEQUENCES,
        change_responses("list_trades", lambda body: {**body, "results": body["results"][:-1]}),
    ),
    (
        "omits the newest broker order from the list",
        SEQUENCES,
        change_responses("list_broker_orders", lambda body: {**body, "orders": body["orders"][1:]}),
    ),
    (
        "returns the same clearing_id for every order",
        SEQUENCES,
        change_responses("create_order", lambda body: body.update(clearing_id="SAMESAME")),
    ),
    (
        "swaps price and quantity of listed orders",
        SEQUENCES,
        change_responses("list_orders", each_row("orders", swap("price", "quantity"))),
    ),
    (
        "swaps source and target of listed broker orders",
        SEQUENCES,
        change_responses(
            "list_broker_orders", each_row("orders", swap("source_counterparty_id", "target_counterparty_id"))
        ),
    ),
    (
        "swaps the accounts of trades in which the source sells",
        SEQUENCES,
        change_responses("list_trades", each_row("results", swap_accounts_of_a_sell)),
    ),
    (
        "swaps submission and expiration of listed orders",
        SEQUENCES,
        change_responses("list_orders", each_row("orders", swap("submission", "expiration"))),
    ),
    (
        "responds with HTML instead of JSON",
        EXAMPLES,
        on_response(
            lambda request, response: WireResponse(response.status, {"content-type": "text/html"}, b"<html></html>")
        ),
    ),
    (
        "responds with an empty body",
        EXAMPLES,
        on_response(lambda request, response: WireResponse(response.status, response.headers, b"")),
    ),
    (
        "cuts off the second half of the response body",
        EXAMPLES,
        on_response(
            lambda request, response: WireResponse(
                response.status, response.headers, response.body[: len(response.body) // 2]
            )
        ),
    ),
    (
        "responds with the content type text/plain",
        EXAMPLES,
        on_response(lambda request, response: with_content_type(response, "text/plain")),
    ),
    (
        "responds with status 201 instead of 200",
        EXAMPLES,
        on_response(
            lambda request, response: WireResponse(
                201 if response.status == 200 else response.status, response.headers, response.body
            )
        ),
    ),
    (
        "responds with status 500 to every rejected request",
        CORPUS,
        change_error_responses(lambda body: None, status=lambda status: 500),
    ),
)
RESPONSE_FAULTS = tuple(SeededFault(name, "mock", layer, plant) for name, layer, plant in ROWS)
