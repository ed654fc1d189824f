"""Fixtures of the tests that run a whole client."""

import pytest

from gemini_clearing_runtime import _time


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
