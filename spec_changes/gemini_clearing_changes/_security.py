"""The comparison of securities: the schemes, the alternatives of an operation, and the scopes of each."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ._change import Change, Place, Weight

__all__ = ["compare_schemes", "compare_security"]

Alternative = Mapping[str, Sequence[str]]


def compare_security(place: Place, before: Sequence[Alternative], after: Sequence[Alternative]) -> Iterator[Change]:
    """Yield the changes of the securities of an operation; the schemes of an alternative identify it."""
    old, new = ({tuple(sorted(one)): one for one in alternatives} for alternatives in (before, after))
    for schemes in sorted(old.keys() | new.keys()):
        at = Place(place.operation, "security", " + ".join(schemes))
        if schemes not in new:
            yield Change(Weight.MAJOR, at, "removed", "calls with it are rejected")
        elif schemes not in old:
            yield Change(Weight.MINOR, at, "added", "another way to authenticate")
        else:
            yield from _scopes(at, _all(old[schemes]), _all(new[schemes]))


def compare_schemes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Yield the changes of the security schemes of two documents."""
    old, new = (document.get("components", {}).get("securitySchemes", {}) for document in (before, after))
    for name in sorted(old.keys() & new.keys()):
        place = Place(None, "security scheme", name)
        for key in sorted(old[name].keys() | new[name].keys()):
            was, now = old[name].get(key), new[name].get(key)
            if was != now and key == "description":
                yield Change(Weight.PATCH, place, "`description` changed", "only documentation changes", was, now)
            elif was != now:
                reason = "requests are authenticated in another way"
                yield Change(Weight.MAJOR, place, f"`{key}` changed", reason, was, now)


def _all(alternative: Alternative) -> set[str]:
    return {scope for scopes in alternative.values() for scope in scopes}


def _scopes(place: Place, before: set[str], after: set[str]) -> Iterator[Change]:
    if after - before:
        reason = "tokens without the scope are rejected"
        yield Change(Weight.MAJOR, place, "scope required", reason, sorted(before), sorted(after))
    elif before - after:
        reason = "tokens without the scope are accepted"
        yield Change(Weight.MINOR, place, "scope no longer required", reason, sorted(before), sorted(after))
