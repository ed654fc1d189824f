"""Times: read in every form that the exchange sends, as ordinary datetimes, and written back."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gemini_clearing_runtime import Model, Response, Time, model, wire
from gemini_clearing_runtime._decoding import decode
from gemini_clearing_runtime._timestamps import milliseconds, time_of, written_time

MOMENT = datetime(2022, 1, 10, 5, 0, 0, 20_000, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("sent", [1641790800020, "1641790800020", 1641790800020.0])
def test_time_is_read_as_milliseconds_from_a_number_and_from_text(sent):
    """All forms are the same time, and the type is `datetime` itself."""
    read = time_of(sent)

    assert (read, type(read), read.utcoffset()) == (MOMENT, datetime, timedelta(0))


@pytest.mark.parametrize("sent", [1641790800, "1641790800"])
def test_time_is_read_as_seconds_from_a_number_and_from_text(sent):
    """A number of ten digits means seconds."""
    assert time_of(sent) == MOMENT.replace(microsecond=0)


@pytest.mark.parametrize(
    ("sent", "year"), [(99_999_999_999, 5138), (100_000_000_000, 1973), (253402300799999, 9999), (0, 1970)]
)
def test_seconds_and_milliseconds_are_distinguished_by_a_limit(sent, year):
    """The limit is far from any date of a trade, in both units."""
    assert time_of(sent).year == year


def test_time_out_of_range_is_rejected():
    """A time after the year 9999 is a `ValueError`, not an `OverflowError`."""
    with pytest.raises(ValueError, match="before the year 10000"):
        time_of(253402300800000)


@given(st.integers(10**11, 253402300799999))
@example(2**33 * 1000 - 1)
@example(2**33 * 1000)
def test_time_is_exact_to_the_millisecond(sent):
    """No millisecond is rounded, although small times are read with floating-point numbers."""
    read = time_of(sent)

    assert read - EPOCH == timedelta(milliseconds=sent)
    assert (milliseconds(read), written_time(read)) == (sent, sent)


@given(st.integers(0, 10**11 - 1))
def test_time_in_seconds_is_written_so_that_it_is_read_as_the_same_time(sent):
    """Times before March 1973 are written in seconds, because a small number is read as seconds."""
    assert time_of(written_time(time_of(sent))) == EPOCH + timedelta(seconds=sent)


@given(st.datetimes(min_value=datetime(1974, 1, 1), max_value=datetime(9999, 1, 1), timezones=st.timezones()))  # noqa: DTZ001  (hypothesis requires it)
def test_argument_and_response_are_inverse_to_the_millisecond(moment):
    """Any aware time, sent as an argument and read from a response, loses its microseconds only."""
    written = Time(minimum=0).serialize(moment)

    in_utc = moment.astimezone(UTC)
    assert time_of(written) == in_utc - timedelta(microseconds=moment.microsecond % 1000)


@model
class Timed(Model):
    """A row with a time."""

    at: datetime = wire(Time())


@model
class TimedRows(Response):
    """Rows with times."""

    rows: list[Timed]


@given(st.lists(st.integers(10**11, 253402300799999), min_size=1))
@example([2**33 * 1000 - 1])
@example([2**33 * 1000 - 1, 2**33 * 1000])
def test_times_of_a_list_are_exact_to_the_millisecond(sent):
    """A list, whose times are read together, has the same times as single objects."""
    rows = decode(TimedRows, msgspec.json.encode({"rows": [{"at": one} for one in sent]})).rows

    assert [EPOCH + timedelta(milliseconds=one) for one in sent] == [row.at for row in rows]
