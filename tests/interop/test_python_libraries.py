"""Results in other libraries: their times are ordinary datetimes, which every library takes."""

import json
import sqlite3
import warnings
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import yaml

# Now: pydantic imports its parts on demand, and must not do so while a test of another folder has replaced `datetime`.
from pydantic import Field, create_model

from gemini_clearing_mock import Exchange
from tests.client.desks import BUY, Place


@pytest.fixture
def moment() -> datetime:
    """Return the time of a listed order."""
    place = Place(is_async=False, exchange=Exchange())
    desk = place.desk("initiator")
    desk.create_order(**BUY)
    (order,) = desk.list_orders().orders
    place.close()
    submission: datetime = order.submission
    return submission


def test_time_is_a_datetime_and_no_subclass(moment: datetime) -> None:
    """Libraries that look types up find it."""
    assert (type(moment), moment.utcoffset()) == (datetime, timedelta(0))


def test_sqlite_takes_a_time(moment: datetime) -> None:
    """The time is a parameter of a statement."""
    with sqlite3.connect(":memory:") as database, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 deprecates the adapter of any `datetime`
        ((stored,),) = database.execute("select ?", (moment,)).fetchall()

    assert datetime.fromisoformat(stored) == moment


def test_msgspec_takes_a_time(moment: datetime) -> None:
    """The time is written as JSON and read again."""
    assert msgspec.json.decode(msgspec.json.encode(moment), type=datetime) == moment


def test_pydantic_takes_a_time(moment: datetime) -> None:
    """The time is a strict field of a model."""
    model = create_model("Row", at=(datetime, Field(strict=True)))

    row = model(at=moment)

    assert row.model_dump() == {"at": moment}
    assert datetime.fromisoformat(json.loads(row.model_dump_json())["at"]) == moment


def test_yaml_takes_a_time(moment: datetime) -> None:
    """The time is written as YAML and read again."""
    assert yaml.safe_load(yaml.safe_dump([moment])) == [moment.astimezone(UTC)]
