"""A seeded fault: one deliberate error in the mock, the client or the spec."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from tests.faults.world import World

__all__ = ["Plant", "SeededFault", "Side"]

Side = Literal["mock", "client", "spec"]
Plant = Callable[[World], None]


@dataclass(frozen=True)
class SeededFault:
    """A fault, the side that it is planted in, and the layer of the suite that must detect it."""

    name: str
    side: Side
    layer: str
    plant: Plant = field(repr=False)
