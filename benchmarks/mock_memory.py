"""
Memory that the served mock takes for 25 simultaneous requests with a header of 8 MiB, against 25 headers' size.

The mock rejects a header that is too large before it is complete, so it must not keep what it receives.
"""

import contextlib
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks._ratio import Ratio
from benchmarks._servers import Server, mock

__all__ = ["ratios"]

_REQUESTS, _HEADER_BYTES = 25, 8 * 1024 * 1024
# What one header would take. The mock held all of them: 35 MB became 724 MB.
_LIMIT_MB = 8.0


def ratios() -> Iterator[Ratio]:
    """Measure the peak of the memory before and after the requests."""
    name = f"memory for {_REQUESTS} headers of 8 MiB, against one of them"
    if not Path("/proc/self/status").exists():
        yield Ratio(name, None, "no /proc/*/status on this system", at_most=1)
        return
    with mock() as server:
        _send_header(server, 1024)
        before_mb = _peak_mb(server)
        with ThreadPoolExecutor(_REQUESTS) as pool:
            list(pool.map(lambda _: _send_header(server, _HEADER_BYTES), range(_REQUESTS)))
        after_mb = _peak_mb(server)
    yield Ratio(name, (after_mb - before_mb) / _LIMIT_MB, f"{before_mb:.0f} → {after_mb:.0f} MB", at_most=1)


def _send_header(server: Server, size: int) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        # The server closes the connection while the header is being sent.
        with contextlib.suppress(OSError):
            connection.sendall(b"POST /v1/clearing/new HTTP/1.1\r\nHost: 127.0.0.1\r\nX-GEMINI-PAYLOAD: ")
            connection.sendall(b"e" * size + b"\r\n\r\n")
        with contextlib.suppress(OSError):
            connection.recv(1024)


def _peak_mb(server: Server) -> float:
    status = Path(f"/proc/{server.pid}/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
