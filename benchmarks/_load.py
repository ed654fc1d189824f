"""
A load of signed requests: made beforehand, sent over a few connections, each answer awaited before the next request.
"""

from __future__ import annotations

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
    """A key to sign with; one for each connection, so that nonces arrive in order."""

    api_key: str
    api_secret: str

    def requests(self, count: int, first: int) -> Iterator[bytes]:
        """
        Make requests that place an order each.

        The JSON stands in the body as well: Prism validates it there, and an exchange ignores it.
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


def desks(port: int, *, is_ours: bool) -> list[Desk]:
    """Get a key for each connection: from our server's controls, or any at all for one that checks none."""
    made = []
    for number in range(CONNECTIONS):
        desk = Desk(f"account-demo-load{number}", f"demo-secret-of-load{number}")
        if is_ours:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            wanted = json.dumps({"name": f"load{number}", "account": "initiator"})
            connection.request("POST", "/__mock__/keys", wanted)
            desk = Desk(**json.load(connection.getresponse()))
            connection.close()
        made.append(desk)
    return made


@dataclass(frozen=True)
class Rate:
    """How many requests were answered in a second, and how."""

    per_second: float
    statuses: Counter[int]


def measure(port: int, keys: list[Desk], count: int, first_nonce: int = 1) -> Rate:
    """Send ``count`` requests, made before the clock starts, over all connections, and tell the rate."""
    made = [list(desk.requests(count // len(keys), first_nonce)) for desk in keys]
    return uvloop.run(_measure(port, made))


async def _measure(port: int, made: list[list[bytes]]) -> Rate:
    began = time.perf_counter()
    answered = await asyncio.gather(*(_send(port, requests) for requests in made))
    statuses = sum(answered, Counter[int]())
    return Rate(statuses.total() / (time.perf_counter() - began), statuses)


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
