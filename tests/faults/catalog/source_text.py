"""Faults that replace source text: their row, and how it becomes a fault."""

from collections.abc import Iterable

from tests.faults.seeded_fault import Plant, SeededFault
from tests.faults.world import World

__all__ = ["MOCK", "Row", "client_faults", "mock_faults", "replace"]

MOCK = "gemini_clearing_mock"
# Name, layer, source text, replacement.
Row = tuple[str, str, str, str]


def replace(package: str, *pieces: tuple[str, str]) -> Plant:
    """Replace each of the pieces of a package's source."""

    def plant(world: World) -> None:
        for old, new in pieces:
            world.edit(package, old, new)

    return plant


def mock_faults(rows: Iterable[Row]) -> tuple[SeededFault, ...]:
    """Return the faults of rows that edit the mock."""
    return tuple(SeededFault(name, "mock", layer, replace(MOCK, (old, new))) for name, layer, old, new in rows)


def client_faults(package: str, rows: Iterable[Row]) -> tuple[SeededFault, ...]:
    """Return the faults of rows that edit one of the client's packages."""
    return tuple(
        SeededFault(f"the client {name}", "client", layer, replace(package, (old, new)))
        for name, layer, old, new in rows
    )
