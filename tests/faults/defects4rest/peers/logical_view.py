"""
The logical view of the API over HTTP, so that tools without a signer can test it.

A tool sends the JSON of a request as the HTTP body, and the API key in `X-GEMINI-APIKEY`. The adapter signs the body
with the secret of that key, and passes it to the mock in the form of the wire. It replaces a valid nonce by a new one,
because a tool sends the same nonce again and again. It changes nothing else, and no response.
"""

import base64
import copy
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import count
from typing import Any

from gemini_clearing_contract.spec import load_document
from gemini_clearing_contract.wire import KEY_HEADER, PAYLOAD_HEADER, SIGNATURE_HEADER, parse_json, render_json, sign

__all__ = ["CALLER", "EXAMPLE_IDS", "adapter", "logical_document", "place_orders"]

# The key of the tools. Each example of the spec succeeds for it, after `place_orders`.
CALLER = "account-demo-broker"
# The clearing ids in the spec's examples of requests: an order to read and confirm, and one to cancel.
EXAMPLE_IDS = ("OM9VNL1G", "P0521QDV")

Body = dict[str, Any]


def logical_document() -> Body:
    """Return the spec with the API key as the only credential, and without `account`, which only a master key sends."""
    document: Body = copy.deepcopy(load_document())
    schemes = document["components"]["securitySchemes"]
    document["components"]["securitySchemes"] = {"ApiKey": schemes["ApiKey"]}
    for item in document["paths"].values():
        item["post"]["security"] = [{"ApiKey": []}]
    for schema in document["components"]["schemas"].values():
        schema.get("properties", {}).pop("account", None)
    return document


def adapter(exchange: Any) -> Callable[[Any], Any]:
    """Return a handler that signs a request of the logical view and passes it to the exchange."""
    from gemini_clearing_mock import Request

    secrets = {account.api_key: account.api_secret for account in exchange.accounts}
    nonces = count(time.time_ns() // 1000)

    def handle(request: Any) -> Any:
        headers = {name: text for name, text in request.headers.items() if not name.startswith("content-")}
        key = headers.get(KEY_HEADER.lower())
        if key:
            payload = base64.b64encode(_with_new_nonce(request.body, nonces)).decode()
            headers[PAYLOAD_HEADER.lower()] = payload
            headers[SIGNATURE_HEADER.lower()] = sign(payload, secrets.get(key, "unknown"))
        return exchange.handle(Request(request.method, request.path, headers))

    return handle


def _with_new_nonce(body: bytes, nonces: Iterator[int]) -> bytes:
    """Return the body with a new nonce if it is an object with a valid one, and unchanged otherwise."""
    try:
        document = parse_json(body)
        is_valid = not isinstance(document["nonce"], bool) and Decimal(document["nonce"]) >= 0
    except (ValueError, TypeError, LookupError, ArithmeticError):
        return body
    return render_json({**document, "nonce": next(nonces)}) if is_valid else body


def place_orders(exchange: Any) -> None:
    """Place the orders of the spec's examples, and others, so that no list of the caller is empty."""
    place = _placing(exchange)
    terms = {"symbol": "btcusd", "amount": "100", "price": "9500.00"}
    place("account-demo-counterparty", "new", terms, side="buy", counterparty_id="WV4V1DGN")
    place(CALLER, "new", terms, side="buy", counterparty_id="OM9VNL1G")
    for symbol in ("ethusd", "btceur", "ethbtc", "etheur", "solusd"):
        terms = {"symbol": symbol, "amount": "1.5", "price": "20.25"}
        place("account-demo-desk3", "new", terms, side="sell", counterparty_id="WV4V1DGN")
        place(CALLER, "new", terms, side="sell", counterparty_id="OM9VNL1G")
        desks = {"source_counterparty_id": "R485E04Q", "target_counterparty_id": "Z4929ZDY"}
        place(CALLER, "broker/new", terms, **desks, side="buy", expires_in_hrs=2)
    place(CALLER, "new", terms, side="sell")


def _placing(exchange: Any) -> Callable[..., None]:
    from gemini_clearing_mock import Request

    handle = adapter(exchange)

    def place(key: str, operation: str, terms: Body, **fields: Any) -> None:
        path = f"/v1/clearing/{operation}"
        body = render_json({"request": path, "nonce": 1, **terms, **fields})
        handle(Request("POST", path, {KEY_HEADER.lower(): key}, body))

    return place
