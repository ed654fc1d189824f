"""Times: the suite's clock around a call, and times in responses, which are in seconds or milliseconds."""

from decimal import Decimal

from attrs import frozen

__all__ = ["SECONDS_BELOW", "CallTimes", "Span", "is_ambiguous", "milliseconds"]

# A smaller number counts seconds, any other one milliseconds: the year 5138 in seconds, March 1973 in milliseconds.
SECONDS_BELOW = 10**11
# A filter value in this range may be meant in seconds or in milliseconds.
AMBIGUOUS = (10**10, 10**12)
# The earliest and the latest time that is possible.
Span = tuple[Decimal, Decimal]


@frozen
class CallTimes:
    """The suite's clock before and after a call, and by how much the server's clock may differ from it."""

    before_ms: Decimal
    after_ms: Decimal
    tolerance_ms: int

    @property
    def earliest_ms(self) -> Decimal:
        """The earliest possible time on the server's clock at the start of the call."""
        return self.before_ms - self.tolerance_ms

    @property
    def latest_ms(self) -> Decimal:
        """The latest possible time on the server's clock at the end of the call."""
        return self.after_ms + self.tolerance_ms


def milliseconds(value: object) -> Decimal:
    """Return a time in milliseconds; it is given in seconds or milliseconds, as a number or as text."""
    number = Decimal(str(value))
    return number * 1000 if number < SECONDS_BELOW else number


def is_ambiguous(value: object) -> bool:
    """Whether a server may read a time in another unit than the suite does."""
    try:
        return AMBIGUOUS[0] <= Decimal(str(value)) < AMBIGUOUS[1]
    except ArithmeticError:
        return False
