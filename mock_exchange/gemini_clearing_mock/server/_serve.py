"""
The exchange on a socket: uvicorn, its start, its end, and several of it on one state file.

uvicorn comes with the extra ``[mock]`` and is imported only when it is needed.
"""

from __future__ import annotations

import ipaddress
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from .._exchange import Exchange
from ..config._demo import demo_config
from ..config._toml import read_config
from ..errors import ControlError
from ..http._asgi import TRANSPORT, create_app

if TYPE_CHECKING:
    import uvicorn

__all__ = ["ServeOptions", "serve"]


class ServeOptions(msgspec.Struct, frozen=True, kw_only=True):
    """
    What is served, where, and how.

    ``controls`` left at ``None`` means: on loopback only.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    config: Path | None = None
    state: Path | None = None
    workers: int = 1
    controls: bool | None = None
    token: str | None = None

    def exchange(self) -> Exchange:
        """Make the exchange that is served."""
        return Exchange(read_config(self.config) if self.config else demo_config(), state_file=self.state)

    @property
    def serves_controls(self) -> bool:
        """Whether ``/__mock__/…`` is served."""
        return _is_loopback(self.host) if self.controls is None else self.controls

    def check(self) -> None:
        """Refuse what would be unsafe or cannot work."""
        if self.controls and not _is_loopback(self.host) and not self.token:
            raise ControlError(f"Controls on {self.host} are for everybody who can reach it: set --control-token too.")
        if self.workers > 1 and self.state is None:
            raise ControlError("Several workers need one state: set --state FILE too.")
        if not 0 <= self.port < 1 << 16:
            raise ControlError(f"There is no port {self.port}; set --port to one up to 65535, or to 0 for a free one.")
        if self.workers < 1:
            raise ControlError(f"{self.workers} workers serve nothing; set --workers to 1 or more.")


def serve(options: ServeOptions, *, ready: Callable[[str, Exchange], None] | None = None) -> None:
    """
    Serve until interrupted.

    ``ready`` is called with the base URL as soon as it can be called upon.

    Raises:
        ControlError: the options contradict each other, the port is taken, or uvicorn is missing.
        ConfigError: the configuration cannot be served.
        StateFileError: the state file cannot be used.

    """
    options.check()
    exchange = options.exchange()
    server = _server(exchange, options)
    with _listen(options.host, options.port) as listener:
        if ready is not None:
            host = f"[{options.host}]" if ":" in options.host else options.host
            ready(f"http://{host}:{listener.getsockname()[1]}", exchange)
        if options.workers == 1:
            server.run(sockets=[listener])
        else:
            _supervise(options, listener)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        # The address stands behind the cause once more.
        cause, _, _ = str(error.strerror or error).partition(" (while ")
        raise ControlError(f"Cannot listen on {host}:{port}: {cause}. Choose another with --host or --port.") from None


def _server(exchange: Exchange, options: ServeOptions) -> uvicorn.Server:
    try:
        import uvicorn
    except ImportError:
        raise ControlError("Serving needs uvicorn: pip install 'gemini-clearing[mock]'.") from None

    app = create_app(exchange, controls=options.serves_controls, token=options.token)
    config = uvicorn.Config(
        app, http=_protocol(), log_level="warning", access_log=False, date_header=False, proxy_headers=False
    )
    return uvicorn.Server(config)


def _protocol() -> Any:
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
    except ImportError:
        return "auto"

    class Protocol(HttpToolsProtocol):
        """uvicorn's protocol, lending its transport to the application: faults break connections with it."""

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self.scope["extensions"] = {TRANSPORT: self.transport}  # type: ignore[dict-item]  # ASGI: any value

    return Protocol


def _supervise(options: ServeOptions, listener: socket.socket) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_work, args=(options, listener)) for _ in range(options.workers)]
    # An end by SIGTERM is an end like any other: the workers go first.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.join()


def _work(options: ServeOptions, listener: socket.socket) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(KeyboardInterrupt):
        _server(options.exchange(), options).run(sockets=[listener])


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
