"""
The exchange on a socket: uvicorn, its start and its end.

uvicorn comes with the extra ``[mock]`` and is imported only when it is needed.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from gemini_clearing_mock._asgi import create_app
from gemini_clearing_mock.errors import ControlError

if TYPE_CHECKING:
    from gemini_clearing_mock._exchange import Exchange

__all__ = ["listen", "serve"]


def listen(host: str, port: int) -> socket.socket:
    """Open the socket to serve on; port 0 takes a free one."""
    try:
        return socket.create_server((host, port), backlog=2048, reuse_port=False)
    except OSError as error:
        raise ControlError(
            f"Cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}. Choose another with --port."
        ) from None


def serve(
    exchange: Exchange,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    ready: Callable[[str], None] = lambda base_url: None,
) -> None:
    """Serve until interrupted; ``ready`` is called with the base URL as soon as requests are answered."""
    try:
        import uvicorn
    except ImportError:
        raise ControlError("Serving needs uvicorn: pip install 'gemini-clearing[mock]'.") from None

    with listen(host, port) as listener:
        config = uvicorn.Config(create_app(exchange), log_level="warning", access_log=False, date_header=False)
        server = uvicorn.Server(config)
        ready(f"http://{host}:{listener.getsockname()[1]}")
        server.run(sockets=[listener])
