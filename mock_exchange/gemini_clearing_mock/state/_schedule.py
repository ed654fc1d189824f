"""
The schedule: tasks that are due at a time, in the order in which they run.

`_settlement.py` runs them.
"""

from collections.abc import Iterator
from enum import IntEnum
from heapq import heappop, heappush

import msgspec

__all__ = ["Schedule", "Task", "TaskKind", "next_check_ms"]


class TaskKind(IntEnum):
    """The kinds of tasks; of two tasks that are due in the same millisecond, the lower value runs first."""

    EXPIRY = 0  # before SETTLEMENT: an order that expires in the millisecond of a check is not settled
    HEARTBEAT_TIMEOUT = 1
    SETTLEMENT = 2


class Task(msgspec.Struct, gc=False, frozen=True, order=True):
    """
    A task that is due at a time.

    `subject` is the id of an order or of a key; `sequence` is the order's, or 0.
    """

    at_ms: int
    kind: TaskKind
    sequence: int
    subject: str


class Schedule:
    """Tasks, sorted by time, kind and sequence."""

    def __init__(self) -> None:
        self._heap: list[Task] = []

    def __iter__(self) -> Iterator[Task]:
        """Iterate over the tasks in the order in which they run."""
        return iter(sorted(self._heap))

    def add(self, task: Task) -> None:
        """Add a task."""
        heappush(self._heap, task)

    def pop_due(self, now_ms: int) -> Task | None:
        """Remove and return the first task that is due, or return `None`."""
        return heappop(self._heap) if self._heap and self._heap[0].at_ms <= now_ms else None


def next_check_ms(confirmed_ms: int, not_before_ms: int, interval_s: int) -> int:
    """
    Return the time of a settlement check of a confirmed order.

    Checks run one, two, three … intervals after the confirmation; this is the first check that is not before
    `not_before_ms`.
    """
    interval_ms = interval_s * 1000
    intervals = -(-(not_before_ms - confirmed_ms) // interval_ms)
    return confirmed_ms + max(1, intervals) * interval_ms
