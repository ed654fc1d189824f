"""Points in time, as the exchange writes them and as Python reads them."""

from datetime import UTC, datetime, timedelta
from typing import Any, Self, SupportsIndex, cast

__all__ = ["Timestamp", "milliseconds"]

# A smaller number can only be seconds: as milliseconds it is in March 1973, as seconds in the year 5138.
_FIRST_MILLISECONDS = 10**11


class Timestamp(datetime):
    """
    An aware `datetime` in UTC that keeps the value that the exchange sent.

    The exchange sends milliseconds since the epoch, in places seconds, as a number or as text. All four are accepted.
    """

    __slots__ = ("_wire",)
    _wire: int | str

    @classmethod
    def from_wire(cls, value: float | str) -> Self:
        """
        Return the time that the exchange sent.

        Raises:
            ValueError: the time is out of the range of `datetime`.
        """
        number = int(value)
        if number < _FIRST_MILLISECONDS:
            number *= 1000
        try:
            moment = cls(1970, 1, 1, tzinfo=UTC) + timedelta(0, 0, 0, number)
        except OverflowError as exc:
            raise ValueError("Expected a time before the year 10000") from exc
        moment._wire = value if isinstance(value, str) else int(value)
        return moment

    @property
    def wire(self) -> int | str:
        """The value that the exchange sent; for a computed time, its milliseconds since the epoch."""
        try:
            return self._wire
        except AttributeError:
            return milliseconds(self)

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        if hasattr(self, "_wire"):
            return type(self).from_wire, (self._wire,)
        return cast("tuple[Any, ...]", super().__reduce_ex__(protocol))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(moment: datetime) -> int:
    """Return the whole milliseconds from the epoch to an aware `moment`; the rest is dropped."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)
