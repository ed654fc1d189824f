"""
Serves an exchange over HTTP, in one process or in several that share a state file.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Collection
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, cast

import msgspec

from .._exchange import Exchange
from ..config._demo import demo_config
from ..control._api import HEALTH, ControlApi, is_control
from ..control._hosts import check_host_names, is_loopback
from ..errors import ControlError, StateFileError
from ..http._asgi import AsgiApp
from ..http._messages import Request, Response
from ._cors import allow_origins, check_origins
from ._listen import listen
from ._signals import Terminations, counting_signals
from ._uvicorn import create_server

# sqlite3 is imported only if it is used.
if TYPE_CHECKING:
    from ..state._state_file import SharedFile

__all__ = ["ServeOptions", "create_app", "serve"]

# Each is a process of about 30 MB; more workers than processors do not serve faster.
_MAX_WORKERS = 64


class ServeOptions(msgspec.Struct, frozen=True, kw_only=True):
    """
    The options of `serve`.

    Attributes:
        host: the address to listen on.
        port: the port, or 0 for any free port.
        config: the configuration file; `None` for the demo configuration.
        state: the SQLite file that keeps the state; `None` for memory.
        workers: the number of processes.
        controls: whether the control API is served; `None` for only on a loopback address.
        token: the bearer token that the control API requires, if any.
        allowed_hosts: the host names, in addition to those of loopback, under which the control API may be requested.
        cors_origins: the origins from which pages may send requests.
        grace_s: the time, in seconds, for the responses that are not yet sent when the server ends.

    """

    host: str = "127.0.0.1"
    port: int = 8080
    config: Path | None = None
    state: Path | None = None
    workers: int = 1
    controls: bool | None = None
    token: str | None = None
    allowed_hosts: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    grace_s: float = 5

    def exchange(self, shared: SharedFile | None = None) -> Exchange:
        """Create the exchange to serve; a worker shares the state file that its parent has open."""
        file = shared or self.state
        if self.config is None:
            return Exchange(demo_config(), state_file=file)
        # Not every server needs these modules, and imports are a third of its start.
        from ..config._toml import read_config

        return Exchange(read_config(self.config), state_file=file)

    @property
    def serves_controls(self) -> bool:
        """Whether the control API is served."""
        return is_loopback(self.host) if self.controls is None else self.controls

    def check(self) -> None:
        """
        Validate the options.

        Raises:
            ControlError: a value is invalid, or the combination is unsafe.

        """
        if self.controls and not is_loopback(self.host) and not self.token:
            raise ControlError(f"--controls on {self.host} would be open to the network. Also set --control-token.")
        if not 0 <= self.port < 1 << 16:
            raise ControlError(f"invalid --port {self.port}. Use a port up to 65535, or 0 for any free port.")
        if not 1 <= self.workers <= _MAX_WORKERS:
            raise ControlError(f"invalid --workers {self.workers}. Use 1 to {_MAX_WORKERS}.")
        if self.workers > 1 and self.state is None:
            raise ControlError(f"--workers {self.workers} requires a shared state. Also set --state FILE.")


def create_app(
    exchange: Exchange,
    *,
    controls: bool = True,
    token: str | None = None,
    allowed_hosts: Collection[str] = (),
    cors_origins: Collection[str] = (),
) -> AsgiApp:
    """
    Return an ASGI application that serves an exchange.

    `/__mock__/health` is always served. The application may be mounted under a prefix.

    Args:
        exchange: the exchange.
        controls: whether the control API at `/__mock__/…` is served, too.
        token: the bearer token that the control API requires, if any.
        allowed_hosts: the host names, in addition to those of loopback, under which the control API may be requested;
            needed only without a token.
        cors_origins: the origins from which pages may send requests, such as `http://localhost:3000`; `*` allows pages
            of every origin to call the exchange, but not the controls.

    Raises:
        ControlError: a host name or an origin is one that no browser sends.

    """
    check_host_names(allowed_hosts)
    check_origins(cors_origins)
    control_api = ControlApi(
        exchange.transactions,
        exchange.clock,
        token,
        allowed_hosts=allowed_hosts,
        allowed_origins=cors_origins,
    )

    def handle(request: Request) -> Response:
        if is_control(request.path) and (controls or request.path == HEALTH):
            return control_api.handle(request)
        return exchange.handle(request)

    return AsgiApp(allow_origins(handle, cors_origins) if cors_origins else handle)


def serve(options: ServeOptions, *, ready: Callable[[str, Exchange], None] | None = None) -> None:
    """
    Serve an exchange until interrupted, by SIGINT or SIGTERM.

    Args:
        options: what to serve, and where.
        ready: called with the base URL and the exchange once the sockets accept connections.

    Raises:
        ControlError: the options are invalid, the address is in use, or uvicorn is not installed.
        ConfigError: the configuration is invalid.
        StateFileError: the state file cannot be used.
        WorkerError: the worker processes failed.

    """
    options.check()
    if options.workers > 1:
        from ._workers import check_main_module

        check_main_module()
    with ExitStack() as stack:
        terminations = Terminations()
        # First, so that a signal while the state file is opened or closed does not leave it incomplete.
        stack.enter_context(counting_signals(terminations))
        exchange = stack.enter_context(options.exchange())
        server = create_server(_app(exchange, options), options.grace_s, terminations)
        listeners = [stack.enter_context(listener) for listener in listen(options.host, options.port)]
        if ready is not None:
            host = f"[{options.host}]" if ":" in options.host else options.host
            ready(f"http://{host}:{listeners[0].getsockname()[1]}", exchange)
        if options.workers == 1:
            server.run(sockets=listeners)
        else:
            _run_workers(exchange, options, listeners, terminations)


def _app(exchange: Exchange, options: ServeOptions) -> AsgiApp:
    return create_app(
        exchange,
        controls=options.serves_controls,
        token=options.token,
        allowed_hosts=options.allowed_hosts,
        cors_origins=options.cors_origins,
    )


def _run_workers(
    exchange: Exchange, options: ServeOptions, listeners: list[socket.socket], terminations: Terminations
) -> None:
    """Run the workers. Each opens the state file of this process, and no file that has taken its name since."""
    from ..state._state_file import SharedFile, file_ids
    from ._workers import run_workers

    path = cast("Path", options.state)  # `ServeOptions.check` rejects several workers without a file
    shared = SharedFile(path, file_ids(path))
    check = exchange.transactions.check_store
    check()
    run_workers(_work, (options, shared, listeners), options.workers, options.grace_s, terminations, check)


def _work(options: ServeOptions, shared: SharedFile, listeners: list[socket.socket]) -> None:
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    terminations = Terminations()
    try:
        with counting_signals(terminations), options.exchange(shared) as exchange:
            create_server(_app(exchange, options), options.grace_s, terminations).run(sockets=listeners)
    except StateFileError as error:
        sys.exit(f"worker {os.getpid()}: {error}")


def _stop_with_parent() -> None:
    """Stop this process when its parent has ended, even by SIGKILL."""
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
