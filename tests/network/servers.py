"""
Servers on loopback that follow a script, with and without TLS, and an HTTP proxy in front of them.

Every connection runs the script in a thread. A script may ignore HTTP as badly as it likes.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

__all__ = ["OK", "Script", "Server", "read_request", "respond_always", "response", "serve", "tunnel"]

OK = b'{"clearing_id":"A1"}'
Script = Callable[[socket.socket], object]


class Server:
    """A listening server. `requests` has the bytes of every request, `connections` counts the connections."""

    def __init__(self, script: Script, context: ssl.SSLContext | None) -> None:
        self._script = script
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets = ExitStack()
        self._threads: list[threading.Thread] = []
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self._start(self._accept)

    def close(self) -> None:
        """Stop listening, and break all connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._sockets.close()
        for thread in self._threads:
            thread.join(5)

    def _start(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._sockets.callback(_break, connection)
            self._start(self._run, connection)

    def _run(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            if self._context is None:
                self._script(connection)
            else:
                with self._context.wrap_socket(connection, server_side=True) as secured:
                    self._sockets.callback(_break, secured)
                    self._script(secured)


@contextmanager
def serve(script: Script, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Run a server for the duration of a `with` block."""
    server = Server(script, context)
    try:
        yield server
    finally:
        server.close()


def read_request(connection: socket.socket) -> bytes:
    """Return the head of the next request; `b""` if the client has closed the connection."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        received = connection.recv(1)
        if not received:
            return b""
        head += received
    return head


def response(body: bytes = OK, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """Return a response with the length of its body, or with a wrong one."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def respond_always(*parts: bytes | Callable[[], object]) -> Script:
    """Return a script that sends the same bytes after every request; calls in between take time."""

    def script(connection: socket.socket) -> None:
        while read_request(connection):
            for part in parts or (response(),):
                if isinstance(part, bytes):
                    connection.sendall(part)
                else:
                    part()

    return script


def tunnel(target: int, seen: list[bytes]) -> Script:
    """Return the script of a proxy whose tunnels all lead to a port of this machine."""

    def script(connection: socket.socket) -> None:
        seen.append(read_request(connection))
        with socket.create_connection(("127.0.0.1", target)) as onward:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_copy, args=(onward, connection), daemon=True)
            back.start()
            _copy(connection, onward)
            back.join(5)

    return script


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _break(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
