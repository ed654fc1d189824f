"""
A server whose response is always the same: `python -m benchmarks._constant_server uvicorn|mock PORT`.

`uvicorn` is the bare ASGI server, with the event loop and the parser of the mock; `mock` is the mock's own server
without its exchange.
"""

import socket
import sys
from typing import Any

import uvicorn

from gemini_clearing_mock import Request, Response
from gemini_clearing_mock.http._asgi import AsgiApp
from gemini_clearing_mock.server._signals import Terminations
from gemini_clearing_mock.server._uvicorn import create_server

_BODY = (
    b'{"result":"AwaitConfirm","clearing_id":"0OQGOZXW","symbol":"BTCUSD","price":"9500.00","amount":"1","side":"buy",'
    b'"status":"AwaitConfirm","timestamp":"1767225600","timestampms":1767225600000,"is_confirmed":false}'
)
_HEADERS = {"content-type": "application/json", "date": "Thu, 01 Jan 2026 00:00:00 GMT"}
_RESPONSE = Response(200, _HEADERS, _BODY)
_ASGI_HEADERS = [
    *((name.encode(), value.encode()) for name, value in _HEADERS.items()),
    (b"content-length", b"%d" % len(_BODY)),
]


async def _respond(_scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": _ASGI_HEADERS})
    await send({"type": "http.response.body", "body": _BODY})


def _handle(_request: Request) -> Response:
    return _RESPONSE


def main(kind: str, port: int) -> None:
    """Serve until SIGTERM."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        if kind == "mock":
            server = create_server(AsgiApp(_handle), 1, Terminations())
        else:
            config = uvicorn.Config(_respond, ws="none", lifespan="off", access_log=False, date_header=False)
            server = uvicorn.Server(config)
        server.run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
