"""Fixtures of the journal's tests: an exchange in this process, a journal's path, and desks with either client."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gemini_clearing_mock import Exchange
from tests.client.desks import Desk, Place


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a journal that does not exist yet."""
    return tmp_path / "desk.db"


@pytest.fixture(params=["sync", "async"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Return an exchange in this process, for clients of one kind."""
    place = Place(is_async=request.param == "async", exchange=Exchange())
    yield place
    place.close()


@pytest.fixture
def desk(place: Place, path: Path) -> Desk:
    """Return the initiator, with a journal."""
    return place.desk("initiator", journal=path)
