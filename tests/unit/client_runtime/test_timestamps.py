"""Timestamps: read in every form that the exchange sends, kept as sent, and valid datetimes."""

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
    """Both forms are the same time, and each is kept."""
    read = Timestamp.from_wire(wire)

    assert (read, read.wire, type(read.wire)) == (MOMENT, wire, type(wire))


@pytest.mark.parametrize("wire", [1641790800, "1641790800"])
def test_timestamp_reads_seconds_as_number_and_as_text(wire):
    """A number of ten digits means seconds."""
    read = Timestamp.from_wire(wire)

    assert (read, read.wire) == (MOMENT.replace(microsecond=0), wire)


def test_timestamp_reads_a_float_without_a_fraction_as_an_integer():
    """`1641790800020.0` is kept as an integer."""
    assert repr(Timestamp.from_wire(1641790800020.0).wire) == "1641790800020"


@pytest.mark.parametrize(
    ("wire", "year"), [(99_999_999_999, 5138), (100_000_000_000, 1973), (253402300799999, 9999), (0, 1970)]
)
def test_timestamp_distinguishes_seconds_from_milliseconds_by_a_limit(wire, year):
    """The limit is far from any date of a trade, in both units."""
    assert Timestamp.from_wire(wire).year == year


def test_timestamp_rejects_a_time_out_of_range():
    """A time after the year 9999 is a `ValueError`, not an `OverflowError`."""
    with pytest.raises(ValueError, match="before the year 10000"):
        Timestamp.from_wire(253402300800000)


def test_computed_timestamp_has_milliseconds_as_its_wire_value():
    """A time that the exchange did not send is written in milliseconds."""
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
def test_timestamp_can_be_copied_and_pickled(original, clone):
    """Time, wire value and time zone are restored."""
    again = clone(original)

    assert (again, again.wire, again.utcoffset(), type(again)) == (
        original, original.wire, original.utcoffset(), Timestamp,
    )  # fmt: skip


@given(st.datetimes(min_value=datetime(1974, 1, 1), max_value=datetime(9999, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_timestamp_and_time_are_inverse_to_the_millisecond(moment):
    """Any aware time, sent as an argument and read from a response, loses its microseconds only."""
    written = Time(minimum=0).serialize(moment)

    in_utc = moment.astimezone(UTC)
    assert Timestamp.from_wire(written) == in_utc - timedelta(microseconds=moment.microsecond % 1000)
