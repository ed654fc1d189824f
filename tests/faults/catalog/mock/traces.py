"""Faults in the effects of one rejected request: its nonce is spent, or not spent, or its order exists."""

import json
from typing import Any

from gemini_clearing_contract.wire import KEY_HEADER, WireRequest, WireResponse
from tests.faults.catalog.interceptors import PATHS, intercept, payload_of, with_payload
from tests.faults.catalog.layers import REJECTED_REQUESTS
from tests.faults.catalog.mock.nonces import not_increased
from tests.faults.seeded_fault import Plant, SeededFault
from tests.faults.world import Handle

__all__ = ["TRACE_FAULTS"]

# Reasons of checks before that of the nonce.
BEFORE = (
    "MissingApikeyHeader", "AmbiguousAuthentication", "MissingSignatureHeader", "InvalidSignature", "MissingPayloadKey",
    "EndpointMismatch", "MissingOrderField", "InvalidSymbol", "InvalidQuantity", "InvalidPrice", "InvalidSide",
    "InvalidTimestampInPayload", "UnsupportedOption", "ConflictingOptions", "GTSTradeIDMustBeString",
)  # fmt: skip
# Operation and reason of checks after that of the nonce.
AFTER = (
    ("get_order", "OrderNotFound"), ("cancel_order", "OrderNotFound"), ("confirm_order", "OrderNotFound"),
    ("cancel_order", "failed"), ("confirm_order", "ConflictingAccountName"), ("confirm_order", "InvalidSide"),
    ("confirm_order", "InvalidPrice"), ("create_order", "ConflictingAccountName"),
    ("create_order", "InvalidAccountName"), ("create_order", "InvalidSymbol"), ("list_orders", "InvalidSymbol"),
    ("create_broker_order", "ConflictingAccountName"), ("create_broker_order", "InvalidAccountName"),
    ("list_trades", "MissingRole"), ("get_order", "AccountsOnGroupOnlyApi"),
)  # fmt: skip
PLAIN = {"symbol": "btcusd", "amount": "1", "price": "1", "side": "buy"}
# Reasons of rejected creations that leave an order.
LEAVES = (
    "InvalidSymbol", "InvalidQuantity", "InvalidPrice", "InvalidSide", "InvalidTimestampInPayload",
    "ConflictingAccountName", "InvalidAccountName", "MissingOrderField",
)  # fmt: skip


def reason_of(response: WireResponse) -> str | None:
    """Return the reason of an error response, or `failed`."""
    try:
        body = json.loads(response.body)
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    return body.get("reason") or ("failed" if body.get("result") == "failed" else None)


def spends_nonce(reason: str) -> Plant:
    """Return the fault of a server that spends the nonce of requests that it rejects for one reason."""

    def handle_with(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
        spent: set[tuple[str, str]] = vars(exchange).setdefault("fault_spent_nonces", set())
        body = payload_of(request) or {}
        nonce = (request.header(KEY_HEADER) or "", str(body.get("nonce")))
        response = handle(request)
        if response.status == 200 and nonce in spent:
            return not_increased(body.get("nonce"))
        if body.get("nonce") is not None and reason_of(response) == reason and response.status == 400:
            spent.add((next_key(request, exchange), str(body["nonce"])))
        return response

    return intercept(handle_with)


def next_key(request: WireRequest, exchange: Any) -> str:
    """Return the key of a request; without one, the key that is most often used."""
    return request.header(KEY_HEADER) or next(account.api_key for account in exchange.accounts)


def by_another_key(request: WireRequest, exchange: Any, body: dict[str, Any]) -> WireRequest:
    """Return the request of the initiator with its key of time-based nonces; the other key spends no nonce."""
    key = next(account.api_key for account in exchange.accounts if account.name == "clockwork")
    return with_payload(request, exchange, {**body, "nonce": exchange.clock.now_ms() // 1000}, key=key)


def keeps_nonce(operation: str, reason: str) -> Plant:
    """Return the fault of a server that does not spend the nonce of requests of an operation rejected for one reason."""

    def handle_with(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
        unspent: set[tuple[str, str]] = vars(exchange).setdefault("fault_unspent_nonces", set())
        body = payload_of(request) or {}
        nonce = (request.header(KEY_HEADER) or "", str(body.get("nonce")))
        response = handle(request)
        if nonce in unspent and reason_of(response) == "InvalidNonce":
            return handle(by_another_key(request, exchange, body))
        if request.path == PATHS[operation] and reason_of(response) == reason:
            unspent.add(nonce)
        return response

    return intercept(handle_with)


def leaves_an_order(operation: str, reason: str) -> Plant:
    """Return the fault of a server that places an order although it rejects the request for one reason."""

    def handle_with(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
        response = handle(request)
        if request.path == PATHS[operation] and reason_of(response) == reason:
            path = PATHS["create_order"]
            order = WireRequest("POST", path, request.headers)
            handle(by_another_key(order, exchange, {"request": path, **PLAIN}))
        return response

    return intercept(handle_with)


TRACE_FAULTS = (
    *(
        SeededFault(f"spends the nonce of a request rejected for {reason}", "mock", REJECTED_REQUESTS, spends_nonce(reason))
        for reason in BEFORE
    ),
    *(
        SeededFault(
            f"{operation} does not spend the nonce of a request rejected for {reason}", "mock", REJECTED_REQUESTS,
            keeps_nonce(operation, reason),
        )
        for operation, reason in AFTER
    ),
    *(
        SeededFault(
            f"{operation} leaves an order when it rejects for {reason}", "mock", REJECTED_REQUESTS,
            leaves_an_order(operation, reason),
        )
        for operation in ("create_order", "create_broker_order")
        for reason in LEAVES
    ),
)  # fmt: skip
