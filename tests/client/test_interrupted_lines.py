"""
An interruption at any line of the client, after the exchange has executed a write: it passes, and is reported.

Python runs signal handlers between two instructions. The tests raise at each line instead, one line per call.
"""

import asyncio
import inspect
import itertools
import json
import linecache
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
import pytest

import gemini_clearing_runtime
from gemini_clearing import ClearingError, DriftError, InvalidSymbolError, MaybeExecutedError, Model, Outcome, WriteEnd
from tests.client.desks import BUY

RUNTIME = str(Path(gemini_clearing_runtime.__file__).parent)
# After these functions have the result of the call, they reach no instruction at which Python runs a signal handler.
LAST_FRAMES = {"run_steps", "run_steps_async", "_call"}
# The same is true of a sender between the response and the release of the key's lock.
SENDER = "_sender.py"


class JobTimeout(Exception):
    """The exception that a job queue's timer raises."""


class Interrupter:
    """Interrupts a call at one of the lines that the client executes after the exchange has handled the request."""

    def __init__(self, interrupt: Callable[[], None]) -> None:
        self.interrupt = interrupt
        self.lines_left = 0
        self.is_armed = False

    def arm(self, _event: object = None) -> None:
        """Begin to count lines."""
        self.is_armed = True

    def wrap(self, inner: Any) -> Any:
        """Return a transport that begins to count lines when the exchange has handled a request."""
        return Arming(inner, self)

    def call(self, number: int, function: Callable[..., Any], **arguments: Any) -> Any:
        """Call a function, and interrupt it at the line with this number."""
        self.lines_left, self.is_armed, before = number, False, sys.gettrace()
        sys.settrace(self._trace)
        try:
            return function(**arguments)
        finally:
            self.is_armed = False
            sys.settrace(before)

    def _trace(self, frame: FrameType, event: str, _: Any) -> Any:
        path = frame.f_code.co_filename
        if not path.startswith(RUNTIME) or path.endswith(SENDER):
            return None
        if frame.f_code is Model.__repr__.__code__:  # asyncio's debug mode formats the result of the task that ended
            self.is_armed = False
        if event == "line" and self.is_armed and not _cannot_be_interrupted(frame):
            self.lines_left -= 1
            if self.lines_left == 0:
                self.is_armed = False
                self.interrupt()
        return self._trace


def _cannot_be_interrupted(frame: FrameType) -> bool:
    if isinstance(sys.exception(), DriftError):  # Python runs signal handlers after function calls
        return "(" not in linecache.getline(frame.f_code.co_filename, frame.f_lineno)
    if frame.f_code.co_name not in LAST_FRAMES:
        return False
    steps: Any = frame.f_locals.get("steps")
    return inspect.getgeneratorstate(steps) == inspect.GEN_CLOSED


class Drifting(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport of either kind that adds another field to each response."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.numbers = inner, itertools.count()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on, and add the field."""
        return self._with_field(self.inner.handle_request(request))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on, and add the field."""
        return self._with_field(await self.inner.handle_async_request(request))

    def _with_field(self, response: httpx.Response) -> httpx.Response:
        body = json.loads(response.content) | {f"interrupted{next(self.numbers)}": 1}
        return httpx.Response(200, headers={"date": response.headers["date"]}, json=body)


class Arming(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport of either kind that arms an interrupter after the exchange's response."""

    def __init__(self, inner: Any, interrupter: Interrupter) -> None:
        self.inner, self.interrupter = inner, interrupter

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on."""
        response: httpx.Response = self.inner.handle_request(request)
        self.interrupter.arm()
        return response

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on."""
        response: httpx.Response = await self.inner.handle_async_request(request)
        self.interrupter.arm()
        return response


def _raise(error: BaseException) -> Callable[[], None]:
    def interrupt() -> None:
        raise error.with_traceback(None)

    return interrupt


@pytest.fixture
def alarm() -> Iterator[Callable[[], None]]:
    """Return a function that runs a signal handler which raises `TimeoutError`, like one of `signal.alarm`."""

    def expire(_number: int, _frame: object) -> None:
        raise TimeoutError("stop")

    before = signal.signal(signal.SIGUSR1, expire)
    yield lambda: signal.raise_signal(signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, before)


def _ends(interrupter: Interrupter, function: Callable[..., Any], step: int = 1) -> Iterator[BaseException]:
    """Yield the ends of calls that are interrupted at one line each, until one ends before its line."""
    for number in itertools.count(1, step):
        try:
            interrupter.call(number, function, **BUY)
        except BaseException as error:
            yield error
            if isinstance(error, ClearingError):
                return
        else:
            return


@pytest.mark.parametrize("cls", [KeyboardInterrupt, JobTimeout, asyncio.CancelledError])
def test_interruption_after_the_response_is_reported(inside, cls, caplog):
    """At any line, it passes unchanged, and hook, log and note have the write."""
    reported: list[Any] = []
    interrupter = Interrupter(_raise(cls("stop")))
    desk = inside.desk("initiator", interrupter.wrap, on_unknown=reported.append)
    for count, error in enumerate(_ends(interrupter, desk.create_order, step=7), 1):
        assert (type(error), str(error)) == (cls, "stop")
        assert len(reported) == count
        assert isinstance(reported[-1], MaybeExecutedError)
        assert str(reported[-1]) in caplog.messages
        assert str(reported[-1]) in error.__notes__[-1]

    assert len(reported) > 10


def test_interruption_of_a_strict_client_is_reported(inside):
    """At any line between the drift and the error that a strict client raises, the hook has the write."""
    reported: list[Any] = []
    interrupter = Interrupter(_raise(KeyboardInterrupt()))
    hooks = {"on_drift": interrupter.arm, "on_unknown": reported.append}
    desk = inside.desk("initiator", Drifting, strict=True, **hooks)
    ends = [type(end) for end in _ends(interrupter, desk.create_order)]

    assert ends[-1] is DriftError
    assert len(reported) == ends.count(KeyboardInterrupt) == len(ends) - 1 > 20


def test_outcome_of_an_interrupted_write_can_be_resolved(inside):
    """The exchange has executed it, and `resolve()` finds its order: of each call another one."""
    reported: list[Any] = []
    interrupter = Interrupter(_raise(KeyboardInterrupt()))
    desk = inside.desk("initiator", interrupter.wrap, on_unknown=reported.append)
    found = set()
    for _ in _ends(interrupter, desk.create_order, step=40):
        resolution = desk.resolve(reported[-1])
        assert resolution.outcome is Outcome.EXECUTED
        found.add(resolution.evidence[0].clearing_id)

    assert len(found) == len(reported) > 2


@pytest.mark.parametrize("method", ["create_order", "list_orders"])
def test_exception_of_a_signal_handler_passes_whatever_its_class(inside, alarm, method):
    """A `TimeoutError` that a signal handler raises is an interruption, and not one of the transport's timeouts."""
    reported: list[Any] = []
    interrupter = Interrupter(alarm)
    desk = inside.desk("initiator", interrupter.wrap, on_unknown=reported.append)
    function = desk.create_order if method == "create_order" else lambda **_: desk.list_orders()
    ends = list(_ends(interrupter, function, step=9))

    assert {(type(error), str(error)) for error in ends} == {(TimeoutError, "stop")}
    assert len(reported) == (len(ends) if method == "create_order" else 0)


def test_journal_never_loses_an_interrupted_write(inside, tmp_path, alarm):
    """Its entry is executed, with the true order, or in doubt. A known end is never replaced by an unknown one."""
    interrupter, placed = Interrupter(alarm), []
    desk = inside.desk("initiator", interrupter.wrap, journal=tmp_path / "desk.db")
    for error in _ends(interrupter, desk.create_order, step=11):
        assert type(error) is TimeoutError
        placed.append(error)
        in_doubt, entries = desk.in_doubt(), list(desk.client._journal().entries())
        assert len(entries) == len(placed)
        assert {entry.id for entry in in_doubt} == {entry.id for entry in entries if entry.is_open}
    orders = {order.clearing_id for order in desk.list_orders().orders}
    executed = {entry.order_id for entry in entries if entry.end is WriteEnd.EXECUTED}

    assert len(placed) > 10
    assert executed < orders
    assert {entry.end for entry in entries} == {WriteEnd.EXECUTED, WriteEnd.UNKNOWN}


def test_rejected_write_that_is_interrupted_is_not_in_doubt(inside):
    """Once the rejection is known, an interruption leaves nothing to find out."""
    reported: list[Any] = []
    interrupter = Interrupter(_raise(KeyboardInterrupt()))
    desk = inside.desk("initiator", interrupter.wrap, on_unknown=reported.append)
    rejected = {**BUY, "symbol": "nope"}
    ends = [type(end) for end in _ends(interrupter, lambda **_: desk.create_order(**rejected), step=3)]

    assert ends[-1] is InvalidSymbolError
    assert 0 < len(reported) < ends.count(KeyboardInterrupt)
