"""A TCP proxy between a client and the mock. It forwards every byte and records what the client sent."""

import base64
import re
import socket
import threading
from contextlib import suppress
from typing import NamedTuple, Self
from urllib.parse import urlsplit

__all__ = ["Recorder", "Sent"]

SOCKET_TIMEOUT_S = 60


class Sent(NamedTuple):
    """A recorded request: the JSON text in its payload header, and the length of its body."""

    payload: str
    body_length: int


class Recorder:
    """Proxy on a free port, for the duration of a `with` block."""

    def __init__(self, base_url: str) -> None:
        target = urlsplit(base_url)
        self._target = (target.hostname, target.port)
        self._bytes: list[bytearray] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread, unlike the end of the descriptor
        self._listener.close()

    def requests(self) -> list[Sent]:
        """Return the recorded requests, connection by connection."""
        heads = [head for sent in self._bytes for head in re.findall(rb"POST .*?\r\n\r\n", bytes(sent), re.DOTALL)]
        return [Sent(_payload(head), int(_header(head, rb"content-length") or 0)) for head in heads]

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._target, timeout=SOCKET_TIMEOUT_S)
            self._bytes.append(bytearray())
            for source, sink, kept in ((client, server, self._bytes[-1]), (server, client, None)):
                source.settimeout(SOCKET_TIMEOUT_S)
                threading.Thread(target=_forward, args=(source, sink, kept), daemon=True).start()


def _forward(source: socket.socket, sink: socket.socket, kept: bytearray | None) -> None:
    try:
        while data := source.recv(65536):
            if kept is not None:
                kept += data
            sink.sendall(data)
    except OSError:
        pass
    finally:
        source.close()
        sink.close()


def _header(head: bytes, name: bytes) -> bytes:
    found = re.search(rb"\r\n" + name + rb": *([^\r]*)", head, re.IGNORECASE)
    return found[1] if found else b""


def _payload(head: bytes) -> str:
    return base64.b64decode(_header(head, rb"x-gemini-payload"), validate=True).decode()
