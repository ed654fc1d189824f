"""
Where the processor time of a request to the served mock goes: an order, under the load of `mock_throughput`.

Three parts are measured: the whole server process, the same server with a constant response, and the exchange in a
loop of this process. The exchange in a loop takes less time than it adds to the server, because between two of its
requests the kernel, the server and the load replace what the processor's caches hold.
The shares of the exchange's parts are those of a profiler, which favors parts in C.
"""

import cProfile
import os
import pstats
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks._load import Desk, desks, measure
from benchmarks._ratio import Ratio
from benchmarks._servers import Server, constant, mock
from gemini_clearing_mock import Exchange, Request
from gemini_clearing_mock.api._checks import CHECKS

__all__ = ["ratios"]

_REQUESTS, _ROUNDS = 4_000, 5

# By the names of the functions of the mock.
_PARTS = {
    "checks, signature included": {check.__name__ for _, check in CHECKS},
    "signature": {"verify_signature"},
    "order": {"create_order"},
    "request log": {"log_entry", "log_request"},
}


def ratios() -> Iterator[Ratio]:
    """Measure the parts of a request."""
    if not Path("/proc/self/stat").exists():
        yield Ratio("processor time of a request to the mock", None, "no /proc/*/stat on this system")
        return
    with ExitStack() as stack:
        whole = _Process(stack.enter_context(mock()), has_keys=True)
        server = _Process(stack.enter_context(constant("mock")), has_keys=False)
        for _ in range(_ROUNDS):
            whole.load()
            server.load()
    exchange_us, shares = _exchange()
    parts = {"server with a constant response": server.request_us, "exchange in a loop": exchange_us}
    for name, part_us in parts.items():
        figures = f"{part_us:.0f} / {whole.request_us:.0f} µs"
        yield Ratio(f"{name} / mock, processor time", part_us / whole.request_us, figures)
    for name, share in shares.items():
        yield Ratio(f"{name} / exchange, by a profiler", share, f"{share * exchange_us:.0f} / {exchange_us:.0f} µs")


class _Process:
    """A server process under load, and the processor time that it took."""

    def __init__(self, server: Server, *, has_keys: bool) -> None:
        self._server = server
        self._keys = desks(server.port, is_mock=has_keys)
        self._nonce = 1
        self._rounds_us: list[float] = []

    def load(self) -> None:
        """Send the requests of a round."""
        before_s = self._processor_s()
        measure(self._server.port, self._keys, _REQUESTS, self._nonce)
        self._rounds_us.append((self._processor_s() - before_s) * 1e6 / _REQUESTS)
        self._nonce += _REQUESTS

    @property
    def request_us(self) -> float:
        """The processor time of a request, in microseconds; the first round warms up."""
        return median(self._rounds_us[1:])

    def _processor_s(self) -> float:
        stat = Path(f"/proc/{self._server.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")  # utime and stime (proc(5))


def _exchange() -> tuple[float, dict[str, float]]:
    """Return the processor time of a request in microseconds, and the share of each part."""
    exchange = Exchange()
    account = exchange.account("initiator")
    desk = Desk(account.api_key, account.api_secret)
    requests = [_parsed(request) for request in desk.requests(2 * _REQUESTS, 1)]
    start = time.process_time()
    for request in requests[:_REQUESTS]:
        exchange.handle(request)
    request_us = (time.process_time() - start) * 1e6 / _REQUESTS
    profile = cProfile.Profile()
    profile.enable()
    for request in requests[_REQUESTS:]:
        exchange.handle(request)
    profile.disable()
    stats: Any = pstats.Stats(profile)
    shares = {
        name: sum(row[3] for (_, _, function), row in stats.stats.items() if function in functions)
        for name, functions in _PARTS.items()
    }
    return request_us, {name: total_s / stats.total_tt for name, total_s in shares.items()}


def _parsed(request: bytes) -> Request:
    head, _, body = request.partition(b"\r\n\r\n")
    line, *lines = head.decode().split("\r\n")
    method, path, _ = line.split()
    headers = dict(header.split(": ", 1) for header in lines)
    return Request(method, path, {name.lower(): value for name, value in headers.items()}, body)
