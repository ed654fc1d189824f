"""Fixtures of the tests that run a whole client."""

import httpx
import pytest

from gemini_clearing_runtime import _time
from tests.unit.client_runtime.clocks import paused_clock
from tests.unit.client_runtime.scripted import run
from tests.unit.client_runtime.waits import STEADY, WAITER, shows


@pytest.fixture(params=["sync", "async"])
def kind(request):
    """One of the two clients."""
    return request.param


@pytest.fixture
def slept(monkeypatch):
    """The pauses, recorded instead of made; they move the clock."""
    pauses: list[float] = []

    async def record(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(_time, "sleep", pauses.append)
    monkeypatch.setattr(_time, "sleep_async", record)
    monkeypatch.setattr(_time, "monotonic", lambda: 1000.0 + sum(pauses))
    return pauses


@pytest.fixture
def clock():
    """A clock on which only pauses, and requests with a duration, take time."""
    with paused_clock() as clock:
        yield clock


@pytest.fixture
def wait(kind, clock):
    """Return a function that waits while the exchange responds by a script, and returns the end and the times."""

    def waits(script, until="done", **options):
        options = {"timeout": 100, "poll": STEADY, **options}
        client = {name: options.pop(name) for name in ("nonces",) if name in options}
        clock.now = 1000.0
        sent, responses = [], iter(script)

        def handler(request):
            sent.append(clock.now - 1000)
            given = next(responses)
            if callable(given):
                given = given(request)
            if isinstance(given, BaseException):
                raise given
            return given if isinstance(given, httpx.Response) else shows(given)

        try:
            end = run(kind, handler, lambda one: one._wait(WAITER, until=until, clearing_id="A1", **options), **client)
        except Exception as error:
            end = error
        return end, sent

    return waits
