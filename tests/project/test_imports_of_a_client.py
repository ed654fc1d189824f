"""The imports of a client: with its class, with its constructor, and none with its calls."""

import subprocess
import sys

import pytest

# Even an empty module costs a tenth of a millisecond; `python -m benchmarks import_cost` measures all of them.
MOST_MODULES = 47
CLASS_ONLY = """
import sys
from gemini_clearing import GeminiClearing
own = [name for name in sys.modules if name.startswith("gemini_clearing")]
print(len(own), *sorted(name for name in sys.modules if name in ("attr", "gemini_clearing._models", "asyncio")))
"""
TYPE_HINTS = """
import inspect, typing
from gemini_clearing import {client}
for name, method in inspect.getmembers({client}, inspect.isfunction):
    if not name.startswith("_"):
        found = typing.get_type_hints(method)
        assert set(found) >= set(inspect.signature(method, eval_str=True).parameters) - {{"self", "arguments"}}, name
print(typing.get_type_hints({client}.get_order)["return"])
"""
# Responses of each kind: a result, a rejection, an untrusted one, a violation of the spec, and none.
EACH_CALL = """
import sys, tempfile
import httpx
from gemini_clearing import AsyncGeminiClearing, ClearingError, GeminiClearing, MaybeExecutedError

ORDER = dict(symbol="btcusd", amount="1", price="9500.00", side="buy")
DESKS = dict(source_counterparty_id="R485E04Q", target_counterparty_id="Z4929ZDY", expires_in_hrs=1)
ID = dict(clearing_id="P0521QDV")
ROW = dict(
    ID, symbol="BTCUSD", side="buy", price=9500.00, quantity=1, status="Confirmed", submission=1589388140000,
    source_side="buy", source_counterparty_id="R485E04Q",
)
RESULTS = {
    "/v1/clearing/new": dict(ID, result="AwaitConfirm", new_field=1),
    "/v1/clearing/status": dict(ID, status="Settled", amount="1", timestampms=1589388140000),
    "/v1/clearing/cancel": dict(result="ok", details="P0521QDV order canceled"),
    "/v1/clearing/confirm": dict(result="confirmed"),
    "/v1/clearing/list": dict(orders=[ROW]),
    "/v1/clearing/broker/new": dict(ID, result="AwaitSourceTargetConfirm"),
    "/v1/clearing/broker/list": dict(orders=[ROW]),
    "/v1/clearing/trades": dict(results=[]),
}
REJECTED = dict(result="error", reason="InvalidSymbol", message="no")
CALLS = (
    ("create_order", ORDER), ("get_order", ID), ("cancel_order", ID), ("confirm_order", {**ID, **ORDER}),
    ("list_orders", {}), ("create_broker_order", {**DESKS, **ORDER}), ("list_broker_orders", {}), ("list_trades", {}),
    ("wait_for_order", dict(ID, until="Settled", poll=0.1, timeout=0.5)),
    ("iter_orders", {}), ("iter_broker_orders", {}), ("iter_trades", {}),
)
kind = None

def respond(request):
    if kind == "lost":
        raise httpx.ReadTimeout("no response")
    if kind == "rejected":
        return httpx.Response(400, json=REJECTED)
    if kind == "untrusted":
        return httpx.Response(502, content=b"<html>")
    if kind == "violation":
        return httpx.Response(200, content=b'{"clearing_id": 1}')
    return httpx.Response(200, json=RESULTS[request.url.path])

def ignore(event):
    pass

KINDS = ("result", "rejected", "untrusted", "violation", "lost")
folder = tempfile.TemporaryDirectory()
options = dict(
    api_key="account-demo", api_secret="demo-secret", transport=httpx.MockTransport(respond), timeout=0.2,
    journal=folder.name + "/desk.db", on_request=ignore, on_error=ignore,
)
"""
BLOCKING = """
client = GeminiClearing(**options)
before, ends = set(sys.modules), []
for kind in KINDS:
    for method, arguments in CALLS:
        try:
            found = getattr(client, method)(**arguments)
            found = list(found) if method.startswith("iter") else found
            ends.append("returned")
        except ClearingError as error:
            ends.append("raised")
            if isinstance(error, MaybeExecutedError) and kind == "lost" and method == "cancel_order":
                kind = "result"
                error.resolve(settle=0)
                kind = "lost"
"""
AWAITING = """
import asyncio
ends = []

async def main():
    global kind, before
    client = AsyncGeminiClearing(**options)
    await asyncio.sleep(0)
    before = set(sys.modules)
    for kind in KINDS:
        for method, arguments in CALLS:
            try:
                if method.startswith("iter"):
                    async for _ in getattr(client, method)(**arguments):
                        pass
                else:
                    await getattr(client, method)(**arguments)
                ends.append("returned")
            except ClearingError as error:
                ends.append("raised")

asyncio.run(main())
"""
IMPORTED = """
assert ends[: len(CALLS)] == ["returned"] * len(CALLS), ends
assert set(ends[len(CALLS) :]) == {"raised"}, ends
print(sorted(set(sys.modules) - before))
"""
FIRST_CLIENTS_OF_THREADS = """
import threading
import httpx
start, ends = threading.Barrier(16), []
def use():
    start.wait()
    from gemini_clearing import GeminiClearing
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=b'{"status": "Settled"}'))
    client = GeminiClearing(api_key="account-demo", api_secret="demo-secret", transport=transport)
    ends.append(client.get_order(clearing_id="P0521QDV").status)
threads = [threading.Thread(target=use) for _ in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(ends), *set(ends))
"""
FIRST_CLIENT_AFTER_FORK = """
import os, threading, time
import httpx
from gemini_clearing import GeminiClearing

def make():
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=b'{"status": "Settled"}'))
    return GeminiClearing(api_key="account-demo", api_secret="demo-secret", transport=transport)

importing = threading.Thread(target=make)  # the fork may happen while this thread holds the lock of an import
importing.start()
child = os.fork()
if not child:
    os._exit(0 if make().get_order(clearing_id="P0521QDV").status == "Settled" else 1)
importing.join()
print(os.waitpid(child, 0)[1])
"""


def run(program: str) -> str:
    """Run a program in a new process, in which nothing of the client is imported, and return what it prints."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_class_of_the_client_imports_few_modules() -> None:
    """A program that only needs the class imports no attrs, no models, no asyncio, and a bounded number of modules."""
    count, *heavy = run(CLASS_ONLY).split()

    assert heavy == []
    assert int(count) <= MOST_MODULES


@pytest.mark.parametrize("client", ["GeminiClearing", "AsyncGeminiClearing"])
def test_annotations_of_methods_are_resolved_before_a_client_exists(client: str) -> None:
    """`typing.get_type_hints` and `inspect.signature` find the classes of responses, which no client has imported."""
    assert run(TYPE_HINTS.format(client=client)) == "<class 'gemini_clearing._models.OrderDetails'>"


@pytest.mark.parametrize("calls", [BLOCKING, AWAITING], ids=["blocking", "awaiting"])
def test_calls_import_nothing(calls: str) -> None:
    """No call imports a module, however it ends: an import that fails would hide the outcome of a write."""
    assert run(EACH_CALL + calls + IMPORTED) == "[]"


def test_threads_may_create_the_first_clients_at_the_same_time() -> None:
    """Threads that import the class, create a client and call a method, all at the same time, get their results."""
    assert run(FIRST_CLIENTS_OF_THREADS) == "16 Settled"


def test_first_client_after_a_fork_works() -> None:
    """A child creates a client although a thread of its parent was importing modules when it was forked."""
    assert run(FIRST_CLIENT_AFTER_FORK) == "0"
