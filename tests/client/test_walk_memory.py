"""The memory of a walk does not grow with its rows; `make walk-memory` measures a million of them."""

import tracemalloc
from collections.abc import Iterable

import pytest

from tests.client.many_rows import Completeness, ManyRows
from tests.client.walk_memory import WALKS, walk

BLOCK = 30


def peak_bytes(kind: str, method: str, count: int) -> int:
    """Return the most memory that Python objects took during a walk."""
    tracemalloc.start()
    try:
        walk(kind, method, count, BLOCK)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("kind", "method"), WALKS)
def test_memory_does_not_grow_with_the_rows(kind: str, method: str) -> None:
    """A walk over six times the rows needs no more memory, and returns every row once."""
    walk(kind, method, BLOCK, BLOCK)  # what is made once for the process

    # The best of three: threads of other tests add to the memory, and never take anything away. If one long walk is
    # below the limit, so is the best of three.
    limit = 1.2 * min(peak_bytes(kind, method, 5 * BLOCK) for _ in range(3))
    assert any(peak_bytes(kind, method, 30 * BLOCK) < limit for _ in range(3))


@pytest.mark.parametrize(
    "numbers", [range(1, 60), range(59), [*range(60), 59], [*range(30), *range(29, 60)], [*range(30), *range(31, 60)]]
)
def test_check_of_the_rows_finds_missing_and_repeated_ones(numbers: "range | list[int]") -> None:
    """The check of `make walk-memory` fails if a row is missing, or is returned twice."""
    with pytest.raises(AssertionError, match=r"twice|missing|its place"):
        check_all(numbers)


def check_all(numbers: Iterable[int]) -> None:
    """Check rows as if a walk had returned them."""
    check = Completeness(ManyRows(60, BLOCK))
    for number in numbers:
        check.add(f"T{number}")
    check.finish()
