"""Changes to the spec, and the rows that use them."""

from collections.abc import Callable, Iterable
from typing import Any

from tests.faults.seeded_fault import Plant, SeededFault
from tests.faults.source_edits import PlantingError
from tests.faults.world import World

__all__ = [
    "PATHS", "SCHEMAS", "Row", "remove", "rename_key", "set_to", "spec_faults", "swap_checks", "without", "without_reason",
]  # fmt: skip

# Name, layer, change.
Row = tuple[str, str, Plant]
SCHEMAS = "components > schemas > "
PATHS = "paths > /v1/clearing/"


def _owner_of(document: dict[str, Any], place: str, key: str) -> Any:
    """Return the node at a place such as `components > schemas > Amount`, which must have the key."""
    node: Any = document
    for part in place.split(" > ") if place else ():
        node = node.get(part, {})
    if key not in node:
        raise PlantingError(f"the spec has no {key!r} at {place!r}. Update the fault to the current spec.")
    return node


def set_to(place: str, key: str, value: Any) -> Plant:
    """Set a key, which must be present, to a value, or to the result of a function of the old value."""

    def plant(world: World) -> None:
        node = _owner_of(world.document, place, key)
        node[key] = value(node[key]) if callable(value) else value

    return plant


def remove(place: str, key: str) -> Plant:
    """Remove a key, which must be present."""

    def plant(world: World) -> None:
        del _owner_of(world.document, place, key)[key]

    return plant


def without(item: Any) -> Callable[[list[Any]], list[Any]]:
    """Return a function that removes an item, which must be present, from a list."""

    def change(items: list[Any]) -> list[Any]:
        if item not in items:
            raise PlantingError(f"the list does not contain {item!r}. Update the fault to the current spec.")
        return [entry for entry in items if entry != item]

    return change


def without_reason(reason: str) -> Callable[[list[Any]], list[Any]]:
    """Return a function that removes a reason, which must be present, from `x-refusals`."""

    def change(entries: list[Any]) -> list[Any]:
        kept = [entry for entry in entries if entry.get("reason") != reason]
        if len(kept) == len(entries):
            raise PlantingError(f"the operation has no reason {reason!r}. Update the fault to the current spec.")
        return kept

    return change


def rename_key(old: str, new: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return a function that renames a key, which must be present, and keeps the order of the keys."""

    def change(mapping: dict[str, Any]) -> dict[str, Any]:
        if old not in mapping:
            raise PlantingError(f"the mapping does not contain {old!r}. Update the fault to the current spec.")
        return {new if key == old else key: value for key, value in mapping.items()}

    return change


def swap_checks(one: str, other: str) -> Plant:
    """Swap two checks in `x-precedence`."""

    def plant(world: World) -> None:
        order = world.document["x-precedence"]
        i, j = order.index(one), order.index(other)
        order[i], order[j] = order[j], order[i]

    return plant


def spec_faults(rows: Iterable[Row]) -> tuple[SeededFault, ...]:
    """Return the faults of rows that change the spec."""
    return tuple(SeededFault(f"the spec {name}", "spec", layer, plant) for name, layer, plant in rows)
