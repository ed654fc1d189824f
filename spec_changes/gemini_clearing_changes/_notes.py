"""The changelog entry for a list of changes, in the terms of users: methods, arguments and attributes."""

import re
from collections.abc import Iterable

from ._change import Change, Place, Weight

__all__ = ["release_notes"]

_SECTIONS = ("Added", "Changed", "Removed")


def release_notes(changes: Iterable[Change], version: str) -> str:
    """Return the entry for the changelog, ready to edit; texts that only changed their wording are omitted."""
    lines: dict[str, list[str]] = {name: [] for name in _SECTIONS}
    for change in changes:
        if change.source == "spec" and change.weight > Weight.PATCH:
            lines[_section(change)].append(_line(change))
    body = [part for name in _SECTIONS if lines[name] for part in ("", f"### {name}", "", *dict.fromkeys(lines[name]))]
    return "\n".join(["## [Unreleased]", "", f"The next version is {version}.", *body]) + "\n"


def _section(change: Change) -> str:
    return {"added": "Added", "removed": "Removed"}.get(change.what, "Changed")


def _line(change: Change) -> str:
    mark = "**Breaking:** " if change.weight is Weight.MAJOR else ""
    places = ", ".join(dict.fromkeys(_subject(place) for place in (change.place, *change.also)))
    return f"- {mark}{places}: {change.what}{_change_of_value(change)}; {change.reason}."


def _change_of_value(change: Change) -> str:
    plain = (str, int, float)
    if change.what.endswith("changed") and isinstance(change.before, plain) and isinstance(change.after, plain):
        return f" from `{change.before}` to `{change.after}`"
    return ""


def _subject(place: Place) -> str:
    """Return a place as users see it: a method, its argument, an attribute of its result."""
    method = f"`{place.operation}()`" if place.operation else ""
    if place.part == "request field":
        return f"argument `{place.field}` of {method}" if place.field else f"arguments of {method}"
    if place.part == "response field":
        names = ".".join(_snake(part) for part in (place.field or "").split("."))
        return f"attribute `{names}` of the result of {method}" if names else f"result of {method}"
    return str(place).replace(place.operation, method) if place.operation else str(place)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
