"""
An ASGI application around a function `Request -> Response`.

ASGI has no way to reset or truncate a connection. A server that passes its asyncio transport in the scope extension
`TRANSPORT`, as `server/_uvicorn.py` makes uvicorn do, allows both.
"""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ._headers import join_headers
from ._messages import Delivery, Request, Response

__all__ = ["TRANSPORT", "AsgiApp"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

TRANSPORT = "gemini_clearing_mock.transport"

# RFC 9110, section 8.6: a response with this status has no Content-Length.
_NO_CONTENT = 204

# Larger than any snapshot that is restored over HTTP. The rest of a larger body is read and discarded.
_MAX_BODY_BYTES = 1 << 26


class AsgiApp:
    """
    An ASGI application that calls a function for every HTTP request.

    Attributes:
        handle: the function.

    """

    def __init__(self, handle: Callable[[Request], Response]) -> None:
        self.handle = handle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request, or to the messages of the server's start and end."""
        if scope["type"] == "http":
            await _respond(self.handle, scope, receive, send)
        elif scope["type"] == "lifespan":
            await _confirm_lifespan(receive, send)


async def _respond(handle: Callable[[Request], Response], scope: Scope, receive: Receive, send: Send) -> None:
    request = await _read_request(scope, receive)
    if request is None:
        return
    response = handle(request)
    try:
        await _deliver(response, scope, receive, send)
    except asyncio.CancelledError:
        # The server ends, and this response is held back by a fault.
        if TRANSPORT not in scope.get("extensions", {}):
            raise
        _transport(scope).abort()
        await asyncio.sleep(0)


async def _confirm_lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _read_request(scope: Scope, receive: Receive) -> Request | None:
    """Return the request, or `None` if the client has gone before it was complete."""
    headers = join_headers(scope["headers"])
    body = b""
    more = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        if len(body) < _MAX_BODY_BYTES:
            body += message.get("body", b"")
        more = message.get("more_body", False)
    return Request(scope["method"], _path(scope), headers, body, scope.get("query_string", b"").decode("latin-1"))


def _path(scope: Scope) -> str:
    """
    Return the path without the prefix under which the application is mounted.

    The ASGI specification includes `root_path` in `path`; some servers and frameworks exclude it.
    """
    path: str = scope["path"]
    prefix: str = scope.get("root_path", "").rstrip("/")
    return path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path


async def _deliver(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if response.delay_ms:
        await asyncio.sleep(response.delay_ms / 1000)
    if response.delivery is Delivery.LOST:
        await _wait_for_disconnect(receive)
    elif response.delivery is Delivery.RESET:
        _reset_connection(scope)
        await _wait_for_disconnect(receive)
    else:
        await _send(response, scope, receive, send)


async def _send(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in response.headers.items()]
    if response.status != _NO_CONTENT:
        headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if response.delivery is Delivery.TRUNCATED:
        half = response.body[: len(response.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        _transport(scope).close()
        await _wait_for_disconnect(receive)
    else:
        # RFC 9110, section 9.3.2: the response to HEAD has the headers of that to GET, and no body.
        body = b"" if scope["method"] == "HEAD" else response.body
        await send({"type": "http.response.body", "body": body})


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _transport(scope: Scope) -> asyncio.Transport:
    transport: asyncio.Transport | None = scope.get("extensions", {}).get(TRANSPORT)
    if transport is None:
        raise ConnectionResetError(f"cannot break the connection: the server does not pass the extension {TRANSPORT}")
    return transport


def _reset_connection(scope: Scope) -> None:
    transport = _transport(scope)
    # SO_LINGER with a timeout of 0 makes close() send RST instead of FIN (socket(7)).
    no_linger = struct.pack("ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)
    transport.abort()
