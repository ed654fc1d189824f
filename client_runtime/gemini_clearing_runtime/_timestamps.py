"""Times, as the exchange writes them and as Python reads them."""

from datetime import UTC, datetime, timedelta

__all__ = ["FIRST_MILLISECONDS", "LAST_EXACT", "LAST_MILLISECONDS", "milliseconds", "time_of", "written_time"]

# A smaller number can only be seconds: as milliseconds it is in March 1973, as seconds in the year 5138.
FIRST_MILLISECONDS = 10**11
# Up to 2**33 seconds (the year 2242) a float is exact to half a microsecond, and the conversion of floats is fast.
LAST_EXACT = 2**33 * 1000
# The last day of `datetime` begins: what is later by a few milliseconds is still a `datetime`.
LAST_MILLISECONDS = 253_402_214_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def time_of(value: float | str) -> datetime:
    """
    Return the time that the exchange sent, as an aware `datetime` in UTC.

    The exchange sends milliseconds since the epoch, in places seconds, as a number or as text. All four are accepted.

    Raises:
        ValueError: the time is out of the range of `datetime`.
    """
    number = int(value)
    if number < FIRST_MILLISECONDS:
        number *= 1000
    if 0 <= number < LAST_EXACT:
        return datetime.fromtimestamp(number / 1000, UTC)
    try:
        return _EPOCH + timedelta(milliseconds=number)
    except OverflowError as exc:
        raise ValueError("Expected a time before the year 10000") from exc


def written_time(moment: datetime) -> int:
    """Return the number that `time_of` reads as this time: milliseconds, or seconds for a time before March 1973."""
    number = milliseconds(moment)
    return number if number >= FIRST_MILLISECONDS else number // 1000


def milliseconds(moment: datetime) -> int:
    """Return the whole milliseconds from the epoch to an aware `moment`; the rest is dropped."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)
