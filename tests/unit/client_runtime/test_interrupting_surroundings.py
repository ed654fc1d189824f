"""The surroundings of a call that can interrupt or disturb it: task groups, timeouts, job timers, logging."""

import asyncio
import ctypes
import logging
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gemini_clearing_runtime.errors import OutcomeUnknownError
from tests.unit.client_runtime.scripted import SUCCESS, AsyncDemoClient, DemoClient, run


class JobTimeout(Exception):
    """The exception of a job queue's timer."""


class Immutable(Exception):
    """An exception that takes no notes."""

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(name)


class Unprintable(Exception):
    """An exception that cannot be written as text."""

    def __str__(self) -> str:
        raise ValueError("no text")


@pytest.fixture
def broken_log() -> Iterator[None]:
    """Add a handler to the client's logger that raises an exception for each line."""

    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise ConnectionError("the log server is away")

    handler, logger = Broken(), logging.getLogger("gemini_clearing")
    logger.addHandler(handler)
    yield
    logger.removeHandler(handler)


def _lose(_: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("lost")


def test_broken_log_does_not_replace_an_unknown_outcome(kind, broken_log):
    """The error and the hook have the write, although no line of it can be logged."""
    unknown: list[Exception] = []
    with pytest.raises(OutcomeUnknownError) as raised:
        run(kind, _lose, lambda client: client.write(), on_unknown=unknown.append)

    assert unknown == [raised.value]


def test_broken_log_does_not_lose_a_result(kind, broken_log):
    """An unknown field is worth a line in the log, and not the id of an order."""
    body = SUCCESS.removesuffix(b"}") + b',"field_of_' + kind.encode() + b'":1}'
    placed = run(kind, lambda _: httpx.Response(200, content=body), lambda client: client.write())

    assert placed.clearing_id == "A1"


def test_immutable_exception_passes_and_is_reported(kind):
    """The note is missing. The hook has the write."""
    unknown: list[Exception] = []

    def interrupt(_: httpx.Request) -> httpx.Response:
        raise Immutable

    with pytest.raises(Immutable):
        run(kind, interrupt, lambda client: client.write(), on_unknown=unknown.append)

    assert [type(error) for error in unknown] == [OutcomeUnknownError]


@pytest.mark.parametrize("method", ["read", "write"])
def test_exception_without_a_text_is_described_by_its_class(kind, method):
    """The exception of a transport becomes an error of the client, also if its `__str__` fails."""
    Unprintable.__module__ = "httpx"  # like the exception of an HTTP library

    def fail(_: httpx.Request) -> httpx.Response:
        raise Unprintable

    with pytest.raises(OutcomeUnknownError, match=r"no response \(Unprintable\)"):
        run(kind, fail, lambda client: getattr(client, method)())


class Hanging(httpx.AsyncBaseTransport):
    """Takes a request, and never responds."""

    def __init__(self) -> None:
        self.arrived = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Take a request."""
        self.arrived.set()
        await asyncio.Event().wait()
        raise AssertionError


def _hanging(unknown: list[Any]) -> tuple[AsyncDemoClient, Hanging]:
    transport, name = Hanging(), f"account-hanging-{id(unknown)}"
    return AsyncDemoClient(api_key=name, api_secret="demo", transport=transport, on_unknown=unknown.append), transport


def test_write_in_a_failed_task_group_is_reported():
    """A group cancels its other tasks, and never shows their exceptions: only log and hook have the write."""
    unknown: list[Any] = []

    async def trade() -> None:
        client, transport = _hanging(unknown)
        async with asyncio.TaskGroup() as group:
            group.create_task(client.write())
            await transport.arrived.wait()
            raise ValueError("another task has failed")

    with pytest.raises(ExceptionGroup) as raised:
        asyncio.run(trade())

    assert [type(error) for error in raised.value.exceptions] == [ValueError]
    assert [error.operation for error in unknown] == ["write_it"]


def test_write_under_a_timeout_of_asyncio_is_reported():
    """`asyncio.timeout` raises its own `TimeoutError`, and the hook has the write."""
    unknown: list[Any] = []

    async def trade() -> None:
        client, _ = _hanging(unknown)
        async with asyncio.timeout(0.05):
            await client.write()

    with pytest.raises(TimeoutError):
        asyncio.run(trade())

    assert [error.operation for error in unknown] == ["write_it"]


@pytest.mark.parametrize("method", ["read", "write"])
def test_exception_of_a_job_timer_passes(method):
    """A job queue raises in the thread of a job, and neither a read nor a write replaces that exception."""
    unknown: list[Any] = []
    thread = threading.get_ident()

    def interrupt(_: httpx.Request) -> httpx.Response:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(JobTimeout))
        for _step in range(100_000):
            pass
        raise AssertionError

    options: dict[str, Any] = {"api_key": f"account-job-{method}", "api_secret": "demo"}
    client = DemoClient(transport=httpx.MockTransport(interrupt), on_unknown=unknown.append, **options)
    with pytest.raises(JobTimeout):
        getattr(client, method)()

    assert [error.operation for error in unknown] == (["write_it"] if method == "write" else [])
