"""
Duration of a call of the client, divided by that of a bare request with `httpx`, and of the same call with ccxt.

No library uses a network: a transport in this process responds. The client validates the arguments, signs, sends,
checks the response against the spec, and makes an object of it. `httpx` gets ready headers and returns bytes. ccxt
signs, and returns a dictionary.
"""

import io
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx
import requests
import urllib3
from requests.adapters import HTTPAdapter

from benchmarks._ccxt import import_ccxt
from benchmarks._ratio import Ratio
from benchmarks._timing import timed
from gemini_clearing import GeminiClearing

__all__ = ["ratios"]

_ROUNDS, _CALLS = 60, 50

_KEY, _SECRET = "account-demo-of-benchmarks", "demo-secret-of-benchmarks"
_ORDER = {"symbol": "btcusd", "amount": "1", "price": "9500.00", "side": "buy", "counterparty_id": "OM9VNL1G"}
_BODY = json.dumps({"result": "AwaitConfirm", "clearing_id": "P0521QDV"}).encode()
_RESPONSE_HEADERS = {"Content-Type": "application/json", "Content-Length": str(len(_BODY))}
# Of the same size as the headers of the client.
_READY_HEADERS = {
    "User-Agent": "benchmarks",
    "Content-Type": "text/plain",
    "Cache-Control": "no-cache",
    "X-GEMINI-APIKEY": _KEY,
    "X-GEMINI-PAYLOAD": "e" * 256,
    "X-GEMINI-SIGNATURE": "a" * 96,
}


def ratios() -> Iterator[Ratio]:
    """Measure a call of each library in turn."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, headers=_RESPONSE_HEADERS, content=_BODY))
    with httpx.Client(transport=transport) as bare, _client(transport) as clearing:
        create_order: Any = clearing.create_order  # all arguments are in a dictionary
        own = partial(create_order, **_ORDER)
        post = partial(bare.post, "http://127.0.0.1/v1/clearing/new", headers=_READY_HEADERS)
        peers = {"httpx.Client.post with ready headers": (post, 1.15), "the call of ccxt": (_ccxt_call(), 0.6)}
        calls = [peer for peer, _ in peers.values() if peer is not None]
        measured = timed(own, *calls, rounds=_ROUNDS, calls=_CALLS)
    for name, (peer, limit) in peers.items():
        name = f"signed, typed call / {name}"
        yield (
            Ratio(name, None, "ccxt is not installed", at_most=limit)
            if peer is None
            else Ratio(name, *measured.compared(0, 1 + calls.index(peer)), at_most=limit)
        )


def _client(transport: httpx.MockTransport) -> GeminiClearing:
    return GeminiClearing(api_key=_KEY, api_secret=_SECRET, base_url="http://127.0.0.1", transport=transport)


def _ccxt_call() -> Callable[[], object] | None:
    """Return a call of ccxt to the same endpoint, without the rate limit; None if ccxt is not installed."""
    ccxt = import_ccxt()
    if ccxt is None:
        return None
    exchange = ccxt.gemini({"apiKey": _KEY, "secret": _SECRET, "enableRateLimit": False})
    exchange.session.mount("https://", _Adapter())
    return partial(exchange.private_post_v1_clearing_new, _ORDER)


class _Adapter(HTTPAdapter):
    """The transport of ccxt's HTTP library."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Respond without a network."""
        response = urllib3.HTTPResponse(io.BytesIO(_BODY), headers=_RESPONSE_HEADERS, status=200, preload_content=False)
        return self.build_response(request, response)
