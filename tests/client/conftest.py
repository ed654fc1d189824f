"""
Fixtures: the generated client against the mock exchange, sync and async, in-process and over a socket.

A test that uses `desk` runs in all four combinations. The methods of a `Desk` block in all of them.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gemini_clearing_mock import Exchange
from tests.client.desks import Desk, Place, Wire
from tests.client.simulated_time import skipped_pauses


@pytest.fixture
def exchange() -> Exchange:
    """Return a new demo exchange."""
    return Exchange()


@pytest.fixture(scope="session")
def served() -> Iterator[dict[str, Any]]:
    """Serve a demo exchange in another process; return its address, and its accounts by name."""
    command = [sys.executable, "-m", "gemini_clearing_mock", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        announced = json.loads(server.stdout.readline())
        yield {
            "base_url": announced["base_url"],
            "accounts": {account["name"]: account for account in announced["accounts"]},
        }
        server.terminate()


@pytest.fixture(params=["sync", "async"])
def inside(request: pytest.FixtureRequest, exchange: Exchange) -> Iterator[Place]:
    """Return an exchange in this process, so that a test can use its clock and its faults."""
    place = Place(is_async=request.param == "async", exchange=exchange)
    yield place
    place.close()


@pytest.fixture(params=["sync-inside", "async-inside", "sync-socket", "async-socket"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Return each of the four combinations."""
    kind, where = request.param.split("-")
    target: dict[str, Any] = (
        {"exchange": Exchange()} if where == "inside" else {"served": request.getfixturevalue("served")}
    )
    place = Place(is_async=kind == "async", **target)
    yield place
    place.close()


@pytest.fixture
def desk(place: Place) -> Callable[..., Desk]:
    """Return a function that creates a client for a demo account."""
    return place.desk


@pytest.fixture
def without_pauses() -> Iterator[None]:
    """Skip the seconds for which a list of the exchange may lag behind its book; this one never does."""
    with skipped_pauses():
        yield


@pytest.fixture
def sent() -> Wire:
    """Record the requests that are sent to the exchange."""
    return Wire()
