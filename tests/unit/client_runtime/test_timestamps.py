"""Points in time: read in every form that the exchange writes, remembered as written, and still good datetimes."""

import copy
import pickle
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_clearing_runtime import Time, Timestamp

MOMENT = datetime(2022, 1, 10, 5, 0, 0, 20_000, tzinfo=UTC)


@pytest.mark.parametrize("wire", [1641790800020, "1641790800020"])
def test_timestamp_reads_milliseconds_as_number_and_as_text(wire):
    """Both forms are the same moment, and each is remembered."""
    read = Timestamp.from_wire(wire)

    assert (read, read.wire, type(read.wire)) == (MOMENT, wire, type(wire))


@pytest.mark.parametrize("wire", [1641790800, "1641790800"])
def test_timestamp_reads_seconds_as_number_and_as_text(wire):
    """Ten digits can only be seconds."""
    read = Timestamp.from_wire(wire)

    assert (read, read.wire) == (MOMENT.replace(microsecond=0), wire)


def test_timestamp_reads_a_whole_float_as_a_whole_number():
    """JSON's `1641790800020.0` is written back as a whole number."""
    assert repr(Timestamp.from_wire(1641790800020.0).wire) == "1641790800020"


@pytest.mark.parametrize(
    ("wire", "year"), [(99_999_999_999, 5138), (100_000_000_000, 1973), (253402300799999, 9999), (0, 1970)]
)
def test_timestamp_parts_seconds_from_milliseconds_at_a_fixed_number(wire, year):
    """The border lies where no date that anybody trades at can be mistaken."""
    assert Timestamp.from_wire(wire).year == year


def test_timestamp_refuses_what_no_datetime_holds():
    """A time after the year 9999 is a `ValueError`, not an overflow."""
    with pytest.raises(ValueError, match="before the year 10000"):
        Timestamp.from_wire(253402300800000)


def test_timestamp_computed_from_another_tells_its_milliseconds():
    """What the exchange never wrote is written as milliseconds."""
    later = Timestamp.from_wire("1641790800020") + timedelta(seconds=1)

    assert (later, later.wire) == (MOMENT + timedelta(seconds=1), 1641790801020)


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])  # noqa: S301
@pytest.mark.parametrize(
    "original",
    [
        Timestamp.from_wire("1641790800020"),
        Timestamp.from_wire(1641790800) + timedelta(microseconds=7),
        Timestamp.from_wire(1641790800) - timedelta(days=365 * 51),
        Timestamp.from_wire(1641790800).astimezone(timezone(timedelta(hours=2))),
    ],
    ids=["as_written", "finer_than_milliseconds", "so_early_that_it_reads_as_seconds", "in_another_zone"],
)
def test_timestamp_survives_copies_and_pickles(original, clone):
    """Moment, wire value and zone are the same afterwards."""
    again = clone(original)

    assert (again, again.wire, again.utcoffset(), type(again)) == (
        original, original.wire, original.utcoffset(), Timestamp,
    )  # fmt: skip


@given(st.datetimes(min_value=datetime(1974, 1, 1), max_value=datetime(9999, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_timestamp_and_time_are_inverse_to_the_millisecond(moment):
    """Any aware moment, written as an argument and read as an answer, is itself without its microseconds."""
    written = Time(minimum=0).serialize(moment)

    in_utc = moment.astimezone(UTC)
    assert Timestamp.from_wire(written) == in_utc - timedelta(microseconds=moment.microsecond % 1000)
