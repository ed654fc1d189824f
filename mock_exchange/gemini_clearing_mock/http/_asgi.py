"""
The exchange as an ASGI application: headers and body in, an answer out.

Needs nothing but an ASGI server.  Resetting a connection or cutting an answer short is beyond ASGI: a server that lends
its transport under the extension ``TRANSPORT``, as ``_server`` has uvicorn do, makes it possible.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .._exchange import Exchange
from ..control._api import CONTROLS, ControlApi
from ._messages import Delivery, Request, Response

__all__ = ["TRANSPORT", "App", "create_app"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

TRANSPORT = "gemini_clearing_mock.transport"

_LARGEST_BODY = 1 << 26


def create_app(exchange: Exchange, *, controls: bool = True, token: str | None = None) -> App:
    """
    Make an ASGI application of an exchange.

    Args:
        exchange: who answers.
        controls: whether ``/__mock__/…`` is served as well.
        token: what a request to the controls must carry, if anything.

    """
    control_api = ControlApi(exchange, token) if controls else None

    def answer(request: Request) -> Response:
        if control_api is not None and request.path.startswith(CONTROLS):
            return control_api.handle(request)
        return exchange.handle(request)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await _deliver(answer(await _incoming(scope, receive)), scope, receive, send)
        elif scope["type"] == "lifespan":
            await _live(receive, send)

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
        # What goes beyond the largest snapshot anybody will restore is read and dropped.
        if len(body) < _LARGEST_BODY:
            body += message.get("body", b"")
        more = message.get("more_body", False)
    return Request(scope["method"], scope["path"], headers, body, scope.get("query_string", b"").decode("latin-1"))


async def _deliver(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if answer.delay_ms:
        await asyncio.sleep(answer.delay_ms / 1000)
    if answer.delivery is Delivery.LOST:
        await _hung_up(receive)
    elif answer.delivery is Delivery.RESET:
        _reset(scope)
        await _hung_up(receive)
    else:
        await _send(answer, scope, receive, send)


async def _send(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in answer.headers.items()]
    headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if answer.delivery is Delivery.TRUNCATED:
        half = answer.body[: len(answer.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        _transport(scope).close()
        await _hung_up(receive)
    else:
        await send({"type": "http.response.body", "body": answer.body})


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _transport(scope: Scope) -> asyncio.Transport:
    transport: asyncio.Transport | None = scope.get("extensions", {}).get(TRANSPORT)
    if transport is None:
        raise ConnectionResetError("This server lends no transport, and so has no way to break a connection.")
    return transport


def _reset(scope: Scope) -> None:
    transport = _transport(scope)
    # Without lingering, closing sends a reset instead of an orderly end.
    no_linger = struct.pack("ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)
    transport.abort()
