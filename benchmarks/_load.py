"""
Load of signed requests over a few connections.

Requests are signed before the clock starts. Each connection awaits the response before it sends its next request.
"""

import asyncio
import base64
import hashlib
import hmac
import http.client
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import uvloop

__all__ = ["Rate", "desks", "measure"]

CONNECTIONS = 8
_TERMS = {"symbol": "btcusd", "amount": "1", "price": "9500.00", "side": "buy", "counterparty_id": "OM9VNL1G"}


@dataclass(frozen=True)
class Desk:
    """An API key. Each connection has its own, so that its nonces arrive in increasing order."""

    api_key: str
    api_secret: str

    def requests(self, count: int, first: int) -> Iterator[bytes]:
        """
        Yield signed requests that each place an order.

        The JSON is in the body too, where Prism validates it. The exchange ignores the body.
        """
        for nonce in range(first, first + count):
            document = json.dumps({"request": "/v1/clearing/new", "nonce": nonce, **_TERMS}).encode()
            payload = base64.b64encode(document)
            signature = hmac.new(self.api_secret.encode(), payload, hashlib.sha384).hexdigest()
            head = (
                "POST /v1/clearing/new HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(document)}\r\nX-GEMINI-APIKEY: {self.api_key}\r\n"
                f"X-GEMINI-PAYLOAD: {payload.decode()}\r\nX-GEMINI-SIGNATURE: {signature}\r\n\r\n"
            )
            yield head.encode() + document


def desks(port: int, *, is_mock: bool) -> list[Desk]:
    """Return a key for each connection: created on the mock, or arbitrary for a server that does not check keys."""
    created = []
    for number in range(CONNECTIONS):
        desk = Desk(f"account-demo-load{number}", f"demo-secret-of-load{number}")
        if is_mock:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            key = json.dumps({"name": f"load{number}", "account": "initiator"})
            connection.request("POST", "/__mock__/keys", key)
            desk = Desk(**json.load(connection.getresponse()))
            connection.close()
        created.append(desk)
    return created


@dataclass(frozen=True)
class Rate:
    """Responses per second, and how many there were of each status."""

    per_second: float
    statuses: Counter[int]


def measure(port: int, keys: list[Desk], count: int, first_nonce: int = 1) -> Rate:
    """Send `count` requests, divided among the connections, and return the rate."""
    requests = [list(desk.requests(count // len(keys), first_nonce)) for desk in keys]
    return uvloop.run(_measure(port, requests))


async def _measure(port: int, requests: list[list[bytes]]) -> Rate:
    start = time.perf_counter()
    statuses = sum(await asyncio.gather(*(_send(port, of_desk) for of_desk in requests)), Counter[int]())
    return Rate(statuses.total() / (time.perf_counter() - start), statuses)


async def _send(port: int, requests: list[bytes]) -> Counter[int]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    statuses: Counter[int] = Counter()
    for request in requests:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]
        await reader.readexactly(int(length))
        statuses[int(head[9:12])] += 1
    writer.close()
    return statuses
