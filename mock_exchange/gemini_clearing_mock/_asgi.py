"""
The exchange as an ASGI application: headers and body in, an answer out.

Needs nothing but an ASGI server.  Resetting a connection is beyond ASGI; ``_server`` adds it to uvicorn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from gemini_clearing_mock._exchange import Exchange
from gemini_clearing_mock._http import Request, Response

__all__ = ["ABORT", "App", "create_app"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# The extension by which a server lends the application the means to reset its connection.
ABORT = "gemini_clearing_mock.abort"

_LARGEST_BODY = 1 << 20


def create_app(exchange: Exchange) -> App:
    """Make an ASGI application of an exchange."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            answer = exchange.handle(await _incoming(scope, receive))
            await _outgoing(answer, scope, receive, send)

    return app


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _incoming(scope: Scope, receive: Receive) -> Request:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    body = b""
    more = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    while more:
        message = await receive()
        # A private request's body says nothing; a large one is read and dropped.
        if len(body) < _LARGEST_BODY:
            body += message.get("body", b"")
        more = message.get("more_body", False)
    return Request(scope["method"], scope["path"], headers, body)


async def _outgoing(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if answer.delay_ms:
        await asyncio.sleep(answer.delay_ms / 1000)
    headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in answer.headers.items()]
    headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
