"""
The generated client against the mock exchange, by four ways: sync and async, in-process and over a socket.

A test that takes `desk` runs by all four; it calls the methods as if they blocked.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gemini_clearing_mock import Exchange
from tests.client.desks import Desk, Place, Wire


@pytest.fixture
def exchange() -> Exchange:
    """A demo exchange of the test's own."""
    return Exchange()


@pytest.fixture(scope="session")
def served() -> Iterator[dict[str, Any]]:
    """A demo exchange on a socket, in a process of its own: where it listens, and its accounts by name."""
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
    """An exchange in this process, whose clock and faults a test can use."""
    place = Place(is_async=request.param == "async", exchange=exchange)
    yield place
    place.close()


@pytest.fixture(params=["sync-inside", "async-inside", "sync-socket", "async-socket"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """All four ways, one after the other."""
    kind, where = request.param.split("-")
    lead: dict[str, Any] = (
        {"exchange": Exchange()} if where == "inside" else {"served": request.getfixturevalue("served")}
    )
    place = Place(is_async=kind == "async", **lead)
    yield place
    place.close()


@pytest.fixture
def desk(place: Place) -> Callable[..., Desk]:
    """Make a client for a demo account by its name."""
    return place.desk


@pytest.fixture
def sent() -> Wire:
    """What was sent to the exchange, as it left."""
    return Wire()
