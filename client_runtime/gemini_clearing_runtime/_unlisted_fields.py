"""
Fields in responses that the spec does not list.

They are found once, in a parsed response without types. From then on the typed decoder accepts them, so that a new
field of the exchange does not make every response slow.
"""

from collections.abc import Iterable, Iterator
from typing import Any, get_args, get_type_hints

import msgspec

from ._annotations import item_class
from ._drift import report_drift
from ._events import DriftKind
from ._exchange_text import is_name, shown
from ._model import ListModel, Model, fields_of, wire_name

__all__ = ["UnlistedField", "UnlistedFields", "find_unlisted", "row_of"]

# Bounded, so that a server that invents fields fills no memory.
_MAX_ACCEPTED = 64


class UnlistedField(msgspec.Struct, frozen=True):
    """A field that the spec does not list. The items of a list share one."""

    owner: type[Model]
    """The class of the object that has the field."""
    name: str
    """The name in JSON."""
    path: tuple[str, ...]
    """The fields that lead to the object: each holds a list of objects."""
    place: str
    """The place in the response, for messages."""


def find_unlisted(cls: type[Model], body: Any, path: tuple[str, ...] = (), place: str = "$") -> Iterator[UnlistedField]:
    """Yield the fields that the spec does not list; the same field of several items is yielded several times."""
    if issubclass(cls, ListModel):
        for item in body:
            yield from find_unlisted(row_of(cls), item, path, f"{place}[…]")
        return
    listed = {wire_name(field): field for field in fields_of(cls)}
    for name in body:
        if name not in listed:
            yield UnlistedField(cls, name, path, f"{place}.{name if is_name(name) else shown(name)}")
    for name, field in listed.items():
        if isinstance(items := body.get(name), list):
            row = item_class(get_type_hints(cls)[field.name])
            for item in items:
                yield from find_unlisted(row, item, (*path, field.name), f"{place}.{name}[…]")


def row_of(cls: type[ListModel]) -> type[Model]:
    """Return the class of the rows of a list."""
    row: type[Model] = get_args(get_type_hints(cls)["items"])[0]
    return row


class UnlistedFields:
    """The unlisted fields that one decoder accepts, by the names that they have in its structs."""

    def __init__(self, cls: type[Model], found: Iterable[UnlistedField] = ()) -> None:
        self._cls = cls
        self._found = {f"unlisted_field_{number}": field for number, field in enumerate(found)}

    def __bool__(self) -> bool:
        return bool(self._found)

    def having(self, new: Iterable[UnlistedField]) -> "UnlistedFields | None":
        """
        Return these and new fields.

        None if they are too many, if `msgspec` cannot name one, or if objects of one class are in several lists: then
        a field that was found in one list would not be reported in another.
        """
        found = dict.fromkeys([*self._found.values(), *new])
        classes = list(_classes_of(self._cls))
        if len(found) > _MAX_ACCEPTED or len(classes) > len(set(classes)):
            return None
        return UnlistedFields(self._cls, found) if all(_can_be_named(field.name) for field in found) else None

    def of(self, owner: type[Model]) -> list[tuple[tuple[str, Any, Any], str]]:
        """Return the fields of a class, as `msgspec.defstruct` takes them, each with its name in JSON."""
        return [
            ((name, msgspec.Raw, msgspec.UNSET), field.name)
            for name, field in self._found.items()
            if field.owner is owner
        ]

    def report(self, decoded: Any) -> None:
        """Report each field that a decoded response has."""
        for name, field in self._found.items():
            objects = decoded if isinstance(decoded, list) else [decoded]
            for step in field.path:
                objects = [item for one in objects for item in getattr(one, step) or ()]
            if any(getattr(one, name) is not msgspec.UNSET for one in objects):
                self.report_found(field)

    def report_found(self, field: UnlistedField) -> None:
        """Report a field."""
        place = f"{self._cls.__name__} {field.place}"
        report_drift(DriftKind.FIELD, f"unknown field in a response: {place}. The spec does not list it.")


def _classes_of(cls: type[Model]) -> Iterator[type[Model]]:
    """Yield the class of a response and those of the items of its lists, once for each list."""
    yield cls
    for row in filter(None, (item_class(hint) for hint in get_type_hints(cls).values())):
        if isinstance(row, type) and issubclass(row, Model):
            yield from _classes_of(row)


def _can_be_named(name: str) -> bool:
    return not any(character in '"\\' or character < " " for character in name)
