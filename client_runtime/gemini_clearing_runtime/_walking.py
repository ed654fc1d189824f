"""
Walking a list: all its rows between two times, in requests that the exchange does not cut off.

A walk is a stack of time windows. A window is read in one request; if its response has as many rows as the limit, it
may have been cut off, so the window is split, and its parts are read. Two kinds of filters exist. With a start and an
end, the rows of a response that was cut off are ignored, because nothing is known about which ones are missing. With a
start only, the exchange has to return the earliest rows: then the time before the last row is complete.

Nothing is remembered but the windows, so the memory does not grow with the rows. Windows never overlap, so no row is
returned twice unless its time changes. A failed request changes nothing: the next call repeats it.
"""

from collections.abc import Callable, Generator, Mapping
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import msgspec

from gemini_clearing_auth._secrets import shown

from . import _time
from ._context import CallContext, check_flag
from ._events import WalkProgress
from ._hooks import Hook, check_hook, notify
from ._model import Model
from ._operation import Walker
from ._raw_rows import raw_rows
from ._strict import run_strict_call
from ._timestamps import FIRST_MILLISECONDS, LAST_MILLISECONDS, milliseconds, time_of
from ._walk_errors import IncompleteWalkError, InvalidRow, InvalidRowsError
from .errors import ArgumentError, ContractViolatedError

__all__ = ["Walk", "walk_of"]

R = TypeVar("R", bound=Model)
PageSteps = Generator[Any, Any, R]

_DAY_MS = 86_400_000
_NANOS_PER_MS = 1_000_000


def walk_of(
    context: CallContext, walker: Walker[R], sent: Callable[[Mapping[str, Any]], dict[str, Any]], **options: Any
) -> "Walk[R]":
    """
    Return a walk. Its arguments are validated before anything is sent.

    Args:
        context: what all calls of the client share.
        walker: the list.
        sent: serializes the arguments of the read.
        options: `filters`, `start`, `end`, `newest_first`, `page_size`, `on_bad_row`, `on_progress` and `call_s`.

    Raises:
        ArgumentError: an argument is invalid.
    """
    page_size = options.pop("page_size")
    size = walker.most if page_size is None else page_size
    if isinstance(size, bool) or not isinstance(size, int) or size < 2:
        raise ArgumentError(f"{walker.name}: invalid page_size: {shown(size)}. Pass an integer of at least 2.")
    default_end = milliseconds(_time.utc_now()) + _DAY_MS  # rows that arrive while the walk runs belong to it
    start = _time_argument(walker, "start", options.pop("start"), FIRST_MILLISECONDS)
    end = _time_argument(walker, "end", options.pop("end"), default_end)
    if start > end:
        raise ArgumentError(f"{walker.name}: start is after end. Pass an earlier start.")
    check_flag("newest_first", options["newest_first"])
    check_hook("on_bad_row", options["on_bad_row"], may_be_async=False)  # a row is never awaited
    filters = options.pop("filters")
    walk = Walk(
        context=context,
        walker=walker,
        sent=sent,
        filters=filters,
        size=size,
        start=start,
        end=end,
        windows=[(start, end)],
        **options,
    )
    walk.arguments(start, end, size)  # now, because the walk itself may begin much later
    return walk


class Walk(msgspec.Struct, Generic[R], kw_only=True, eq=False):
    """The state of a walk: the windows that are still to be read, the next one last."""

    context: CallContext
    walker: Walker[R]
    sent: Callable[[Mapping[str, Any]], dict[str, Any]]
    filters: Mapping[str, Any]
    size: int
    start: int
    end: int
    newest_first: bool
    on_bad_row: Callable[[InvalidRow], object] | None
    on_progress: Hook | None
    call_s: float
    windows: list[tuple[int, int]]
    rows: int = 0
    requests: int = 0
    keeps_earliest: bool = False
    reported: frozenset[bytes] = frozenset()

    def page(self) -> PageSteps[Any]:
        """Read the next window that is not cut off, and return its rows; None at the end of the walk."""
        while self.windows:
            start, end = self.windows[-1]
            page = yield from self._read(start, end, self.size)
            complete = end
            if page.length >= self.size:
                complete = yield from self._complete_until(page, start, end)
            if complete < start or (self.newest_first and complete < end):
                self._split(start, end)
                continue
            self.windows.pop()
            if complete < end:
                self.windows.append((complete + 1, end))
            rows = self._accept(page, start, complete)
            yield from notify(self.on_progress, self._progress())
            return rows
        return None

    def arguments(self, start: int, end: int, size: int) -> dict[str, Any]:
        """Return the serialized arguments of a request."""
        walker = self.walker
        if walker.window is not None:
            times = dict(zip(walker.window, (start, end), strict=True))
        else:
            times = {str(walker.since): start * _NANOS_PER_MS}
        return self.sent({**self.filters, **times, walker.limit: size})

    def _read(self, start: int, end: int, size: int) -> "PageSteps[Any]":
        deadline = _time.monotonic() + self.call_s
        operation, field = self.walker.operation, self.walker.rows
        self.requests += 1
        try:
            response = yield from run_strict_call(
                self.context, operation, self.arguments(start, end, size), deadline=deadline
            )
        except ContractViolatedError as violated:
            found = raw_rows(operation.response, field, violated.raw.content if violated.raw else b"")
            if found is None:
                raise
            return _Page(*found, violated)
        return _Page(list(getattr(response, field)), [], None)

    def _complete_until(self, page: "_Page", start: int, end: int) -> "PageSteps[Any]":
        """Return the last time up to which a response that may be cut off has all rows; before `start` for none."""
        if self.walker.window is not None:
            return start - 1
        times = [self._time(row) for row in page.rows]
        first, last = min(times, default=start), max(times, default=start)
        if last <= start:
            self._split(start, start)
        if not self.keeps_earliest:
            one = yield from self._read(start, end, 1)
            if first < last and any(self._time(row) >= last for row in one.rows):
                raise self._incomplete(start, end, "the exchange returns the newest rows only, and has no other filter")
            self.keeps_earliest = first < last
        return min(last - 1, end)

    def _split(self, start: int, end: int) -> None:
        if start == end:
            problem = f"at least {self.size} rows have the same millisecond, which is the limit of a response"
            raise self._incomplete(start, end, f"{problem}. Pass more filters, or a larger page_size where it is valid")
        middle = (start + end) // 2
        self.windows.pop()
        halves = [(start, middle), (middle + 1, end)]
        self.windows += halves if self.newest_first else halves[::-1]

    def _accept(self, page: "_Page", start: int, end: int) -> list[Any]:
        """Return the rows of a window in order. Report its invalid rows, or raise them with the readable ones."""
        slack = 0 if self.walker.window is None else 999  # the exchange may write the times of rows in seconds
        chosen = {}
        for row in page.rows:
            time = self._time(row)
            if time < start - (slack if time % 1000 == 0 else 0) or (self.walker.window is not None and time > end):
                raise self._incomplete(start, end, f"there is a row of {time_of(time)}, so a filter is ignored")
            if time <= end:
                chosen[getattr(row, self.walker.id)] = row
        rows = sorted(chosen.values(), key=self._time, reverse=self.newest_first)
        new = [one for one in page.invalid if one.content not in self.reported]
        self.reported = frozenset(one.content for one in page.invalid)
        self.rows += len(rows)
        for one in new:
            if self.on_bad_row is None:
                raise InvalidRowsError(operation=self.walker.name, rows=rows, invalid=tuple(new)) from page.violated
            self.on_bad_row(one)
        return rows

    def _time(self, row: Any) -> int:
        return milliseconds(getattr(row, self.walker.time))

    def _progress(self) -> WalkProgress:
        edge = self.windows[-1] if self.windows else (self.end + 1, self.start - 1)
        return WalkProgress(
            rows=self.rows,
            requests=self.requests,
            start=time_of(self.start),
            end=time_of(self.end),
            reached=time_of(edge[1] + 1 if self.newest_first else edge[0] - 1),
        )

    def _incomplete(self, start: int, end: int, problem: str) -> IncompleteWalkError:
        times = datetime.fromtimestamp(start / 1000, UTC), datetime.fromtimestamp(end / 1000, UTC)
        return IncompleteWalkError(problem, operation=self.walker.name, start=times[0], end=times[1])


class _Page(msgspec.Struct, frozen=True):
    """The rows of one response."""

    rows: list[Any]
    invalid: list[InvalidRow]
    violated: ContractViolatedError | None

    @property
    def length(self) -> int:
        """The number of all rows."""
        return len(self.rows) + len(self.invalid)


def _time_argument(walker: Walker[Any], name: str, value: Any, default: int) -> int:
    """Return a time in milliseconds; the exchange reads a smaller number as seconds."""
    if value is None:
        return default
    if isinstance(value, datetime) and value.tzinfo is not None:
        return min(max(milliseconds(value), FIRST_MILLISECONDS), LAST_MILLISECONDS)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LAST_MILLISECONDS:
        return max(value, FIRST_MILLISECONDS)
    raise ArgumentError(
        f"{walker.name}: invalid {name}: {shown(value)}. "
        "Pass a datetime with a time zone, or milliseconds since the epoch."
    )
