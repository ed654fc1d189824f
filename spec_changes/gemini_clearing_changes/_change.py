"""A change, its weight for users of the Python client, and the version that a list of changes requires."""

import enum
from collections.abc import Iterable
from typing import Any

import attrs

__all__ = ["Change", "Place", "Weight", "heaviest", "merged"]


class Weight(enum.IntEnum):
    """The weight of a change, in the terms of Semantic Versioning."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3

    @property
    def label(self) -> str:
        """The name in lower case."""
        return self.name.lower()


@attrs.frozen
class Place:
    """The part of the API that changed: an operation (None: the document), its part, and a field."""

    operation: str | None = None
    part: str | None = None
    field: str | None = None

    def __str__(self) -> str:
        """Return the place as text, such as ``create_order, request field `symbol` ``."""
        part = f"{self.part} `{self.field}`" if self.field else self.part
        return ", ".join(text for text in (self.operation, part) if text) or "the spec"


@attrs.frozen
class Change:
    """One change, with its evidence: the values before and after, and the reason of the weight."""

    weight: Weight
    place: Place
    what: str
    reason: str
    before: Any = None
    after: Any = None
    source: str = "spec"
    """The comparison that found it: `spec`, `python`, `tests` (type-checked) or `runs`."""
    component: str | None = None
    """The schema of the spec that the changed part refers to."""
    also: tuple[Place, ...] = ()
    """The other places that refer to the same schema."""

    def as_json(self) -> dict[str, Any]:
        """Return the change as plain data."""
        return {
            "weight": self.weight.label,
            "places": [str(place) for place in (self.place, *self.also)],
            "what": self.what,
            "reason": self.reason,
            "before": self.before,
            "after": self.after,
            "source": self.source,
        }


def heaviest(changes: Iterable[Change]) -> Weight:
    """Return the largest weight of a list of changes."""
    return max((change.weight for change in changes), default=Weight.NONE)


def merged(changes: Iterable[Change]) -> list[Change]:
    """Join equal changes of one schema at several places, and sort the result by weight."""
    groups: dict[str, list[Change]] = {}
    for change in changes:
        alone = "" if change.component else str(change.place)
        key = repr((change.component, alone, change.what, change.weight, change.reason, change.before, change.after))
        groups.setdefault(key, []).append(change)
    joined = []
    for first, *others in groups.values():
        places = dict.fromkeys(other.place for other in others if other.place != first.place)
        joined.append(attrs.evolve(first, also=tuple(places)))
    return sorted(joined, key=lambda change: -change.weight)
