"""
The run through the proxy: an exchange, the proxy, traders in threads, and the comparison with the exchange's book.
"""

import json
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from gemini_clearing import GeminiClearing

from .faulty_proxy import faulty_proxy
from .writes import Trader, Write

__all__ = ["Report", "run"]

_TIMEOUT_S = 1.0
_LATE_S = 1.5
_RATE = 0.2
_SAYS_NO = {"not sent", "rejected", "not executed"}
_EXECUTED_STATES = {"canceled": {"Canceled"}, "confirmed": {"Confirmed", "AttemptSettlement", "Settled"}}


@dataclass(frozen=True)
class Report:
    """The counts of a run, and every violation."""

    writes: int
    seconds: float
    injected: Counter[str]
    statements: Counter[str]
    ambiguous: int
    violations: tuple[str, ...]


def run(writes: int, *, seed: int = 0, threads: int = 8) -> Report:
    """Make a number of writes, and compare every statement with the book."""
    start = time.monotonic()
    with ExitStack() as stack:
        base_url = stack.enter_context(_exchange())
        address = urlsplit(base_url)
        upstream = (str(address.hostname), int(address.port or 80))
        proxy = stack.enter_context(faulty_proxy(upstream, seed=seed, rate=_RATE, late_s=_LATE_S))
        traders = [_trader(number, base_url, proxy.port, stack) for number in range(1, threads + 1)]
        with ThreadPoolExecutor(threads) as pool:
            for _ in pool.map(lambda trader: trader.trade(-(-writes // threads)), traders):
                pass
        time.sleep(_LATE_S)  # until late requests have arrived
        book = json.loads(_control(base_url, "/snapshot"))["orders"]
    made = [write for trader in traders for write in trader.writes]
    return Report(
        writes=len(made),
        seconds=time.monotonic() - start,
        injected=proxy.injected,
        statements=Counter(statement for write in made for statement in write.statements),
        ambiguous=sum("ambiguous" in write.statements for write in made),
        violations=tuple(_violations(made, book)),
    )


@contextmanager
def _exchange() -> Iterator[str]:
    command = [sys.executable, "-m", "gemini_clearing_mock", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield json.loads(server.stdout.readline())["base_url"]
        server.terminate()


def _trader(number: int, base_url: str, port: int, stack: ExitStack) -> Trader:
    clients = []
    for side in ("D", "C"):
        account = f"{side}{number:07}"
        _control(base_url, "/accounts", {"name": account, "counterparty_id": account})
        key = json.loads(_control(base_url, "/keys", {"name": account, "account": account}))
        client = GeminiClearing(**key, base_url=f"http://127.0.0.1:{port}", timeout=_TIMEOUT_S)
        clients.append(stack.enter_context(client))
    return Trader(number, clients[0], clients[1], f"C{number:07}")


def _control(base_url: str, path: str, body: dict[str, Any] | None = None) -> bytes:
    response = httpx.request("GET" if body is None else "POST", f"{base_url}/__mock__{path}", json=body)
    return response.raise_for_status().content


def _violations(writes: list[Write], book: dict[str, Any]) -> Iterator[str]:
    """Yield every statement that the book contradicts."""
    by_amount = defaultdict(list)
    for clearing_id, order in book.items():
        by_amount[str(order["amount"])].append(clearing_id)
    for write in writes:
        if write.kind == "placed":
            executed = by_amount.pop(write.subject, [])
        else:
            is_executed = book[write.subject]["state"] in _EXECUTED_STATES[write.kind]
            executed = [write.subject] if is_executed else []
        if problem := _problem(write, executed):
            yield f"{problem}: {write}, in the book: {executed}"
    yield from (f"an order without a call: {orders}" for orders in by_amount.values())


def _problem(write: Write, executed: list[str]) -> str | None:
    last = write.statements[-1] if write.statements else None
    if len(executed) > 1:
        return "executed twice"
    if write.problem is not None:
        return "not resolved"
    if last in _SAYS_NO and executed:
        return "lost"
    if last in {"done", "executed"} and not executed:
        return "stated, but not executed"
    if last in {"done", "executed"} and write.kind == "placed" and write.clearing_id not in executed:
        return "another order"
    if last == "ambiguous" and write.kind == "placed" and executed and executed[0] not in write.evidence:
        return "evidence without the order"
    return None
