"""The arguments of a wait: the status to wait for, and when to read again."""

import inspect
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, TypeVar

import msgspec

from gemini_clearing_auth._secrets import shown

from . import _time
from ._operation import Waiter
from .errors import ArgumentError

if TYPE_CHECKING:
    from ._model import Model

__all__ = ["WAIT_TIMEOUT_S", "PollSchedule", "Until", "schedule_of", "wanted_by"]

R = TypeVar("R", bound="Model")
Until = str | Collection[str] | Callable[[R], object]
"""A status to wait for, one of several statuses, or a function that returns whether an order is as wanted."""

WAIT_TIMEOUT_S = 600.0


class PollSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """
    When a wait reads again. All values are in seconds, except for `growth` and `jitter`.

    The time between two reads starts at `shortest`, and grows by the factor `growth` up to `longest`. Whenever the
    status changes, it starts again. A random part of up to `jitter` is added, so that programs that started together
    do not read together.

    Raises:
        ArgumentError: a value is not a number, too small or too large.
    """

    shortest: float = 1.0
    longest: float = 10.0
    growth: float = 1.2
    jitter: float = 0.2

    def __post_init__(self) -> None:
        smallest = {"shortest": 0.0, "longest": self.shortest, "growth": 1.0, "jitter": 0.0}
        for name, least in smallest.items():
            value = getattr(self, name)
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not least <= value <= _time.MAX_SECONDS or (name == "shortest" and value == 0):
                bound = "greater than 0" if name == "shortest" else f"of at least {least:g}"
                raise ArgumentError(f"invalid poll: {name} {shown(value)}. Pass a number {bound}, at most 1e9.")


def schedule_of(poll: float | PollSchedule | None) -> PollSchedule:
    """
    Return a schedule; a number means the same time between all reads, plus the random part. None is the default.

    Raises:
        ArgumentError: it is not a number, too small or too large.
    """
    if poll is None:
        return PollSchedule()
    return poll if isinstance(poll, PollSchedule) else PollSchedule(shortest=poll, longest=poll)


def wanted_by(waiter: Waiter[R], until: Until[R]) -> tuple[Callable[[R], object], str]:
    """
    Return a function that returns whether an order is as wanted, and a text that names the wanted status.

    Raises:
        ArgumentError: a status is unknown, no status is given, or the function is async.
    """
    if callable(until):
        if inspect.iscoroutinefunction(until):
            raise ArgumentError(f"{waiter.name}: invalid until: {shown(until)}. Pass a function that is not async.")
        return until, "as wanted"
    words = [until] if isinstance(until, str) else list(until) if isinstance(until, Collection) else [until]
    valid = f"Valid statuses: {', '.join(waiter.known())}. Pass a function to wait for anything else."
    if unknown := [word for word in words if word not in waiter.known()]:
        raise ArgumentError(f"{waiter.name}: unknown until: {', '.join(map(shown, unknown))}. {valid}")
    if not words:
        raise ArgumentError(f"{waiter.name}: no status in until. {valid}")
    wanted = {waiter.plain(str(word)) for word in words}
    return lambda order: waiter.status_of(order) in wanted, " or ".join(map(str, words))
