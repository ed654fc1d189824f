"""
The weight of changes of our extensions, which decide what the client does after a request was sent.

What returned and raises now, or has another conclusion from the same evidence, is major; the reverse is minor.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ._change import Change, Place, Weight

__all__ = ["DOCUMENT_RULES", "OPERATION_RULES", "compare_extension"]

_EXCHANGE = "the exchange behaves so in any case; documentation, mock and contract suite follow"
Found = tuple[Weight, str, str]
"""A weight, its reason, and the change."""
Rule = Callable[[Any, Any], Iterator[Found]]


def compare_extension(rules: Mapping[str, Rule], place: Place, before: Any, after: Any) -> Iterator[Change]:
    """Yield the changes of every extension of an operation or of the document."""
    names = {name for part in (before, after) for name in part if str(name).startswith("x-")}
    for name in sorted(names):
        was, now = before.get(name), after.get(name)
        if was != now:
            for weight, reason, what in rules.get(name, _unknown)(was, now):
                yield Change(weight, Place(place.operation, name), what, reason, was, now)


def _unknown(before: Any, after: Any) -> Iterator[Found]:
    yield Weight.MAJOR, "no rule for this extension: review it", "changed"


def _always(weight: Weight, reason: str) -> Rule:
    def rule(before: Any, after: Any) -> Iterator[Found]:
        yield weight, reason, "changed"

    return rule


def _roles(before: Sequence[str] | None, after: Sequence[str] | None) -> Iterator[Found]:
    was, now = set(before or ()), set(after or ())
    if was - now:
        yield Weight.MAJOR, "keys with only this role are rejected", f"without {_list(was - now)}"
    if now - was:
        yield Weight.MINOR, "more keys may call it", f"also {_list(now - was)}"


def _repeat(before: Any, after: Any) -> Iterator[Found]:
    if after:
        yield Weight.MAJOR, "a call that was sent once may be sent again", "now safe to repeat"
    else:
        yield Weight.MAJOR, "a lost response was followed by a retry, and raises now", "no longer safe to repeat"


def _body(before: Any, after: Any) -> Iterator[Found]:
    if (before or "empty") == (after or "empty"):
        yield Weight.PATCH, "the default is the same", "declared" if after else "no longer declared"
    else:
        reason = "both clients follow, and no call changes; the HTTP body differs"
        yield Weight.MINOR, reason, f"now {after or 'empty'}"


def _success(before: Any, after: Any) -> Iterator[Found]:
    was, now = before or {}, after or {}
    if not now:
        yield Weight.MINOR, "responses that raised are results", "removed"
        return
    for name in sorted(was.keys() ^ now.keys()):
        yield (
            Weight.MAJOR,
            "a response that was a result can raise",
            f"`{name}` {'added' if name in now else 'removed'}",
        )
    for name in sorted(was.keys() & now.keys()):
        if gone := set(was[name]) - set(now[name]):
            yield Weight.MAJOR, "a response that was a result raises", f"`{name}` without {_list(gone)}"
        if more := set(now[name]) - set(was[name]):
            yield Weight.MINOR, "a response that raised is a result", f"`{name}` also {_list(more)}"


def _echo(before: Any, after: Any) -> Iterator[Found]:
    was, now = before or {}, after or {}
    changed = {name for name in was.keys() & now.keys() if was[name] != now[name]}
    if more := (now.keys() - was.keys()) | changed:
        yield Weight.MAJOR, "a response that was a result can raise", f"{_list(more)} compared with the request"
    if gone := was.keys() - now.keys():
        yield Weight.MINOR, "a response that raised is a result", f"{_list(gone)} no longer compared"


def _resolve(before: Any, after: Any) -> Iterator[Found]:
    if not before:
        yield Weight.MINOR, "unknown outcomes can be resolved", "added"
        return
    if not after:
        yield Weight.MAJOR, "unknown outcomes can no longer be resolved", "removed"
        return
    proofs = ("executed", "not_executed")
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        if was == now:
            continue
        other = before.get(proofs[1 - proofs.index(key)], []) if key in proofs else []
        if key in proofs and set(was or ()) <= set(now or ()) and not set(now or ()) & set(other):
            yield Weight.MINOR, "an ambiguous outcome is resolved", f"`{key}` also {_list(set(now) - set(was or ()))}"
        else:
            yield Weight.MAJOR, "the same evidence can have another conclusion", f"`{key}` changed"


def _rules_of_business(before: Any, after: Any) -> Iterator[Found]:
    was, now = (_by_reason(one or ()) for one in (before, after))
    for key in sorted(was.keys() ^ now.keys()):
        what = f"{key[1]} {'added' if key in now else 'removed'}"
        if key[0] == "result":
            yield Weight.MAJOR, "a response with this result raises another error", what
        else:
            yield Weight.MINOR, "any reason was possible; the documented reasons change", what
    for key in sorted(was.keys() & now.keys()):
        if {rule["status"] for rule in was[key]} != {rule["status"] for rule in now[key]}:
            yield Weight.MINOR, "class and reason of the error stay, its status changes", f"status of {key[1]} changed"
        elif was[key] != now[key]:
            yield Weight.PATCH, "only documentation changes", f"description of {key[1]} changed"


def _by_reason(rules: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for rule in rules:
        kind = "reason" if "reason" in rule else "result"
        found.setdefault((kind, rule[kind]), []).append(rule)
    return found


def _error_format(before: Any, after: Any) -> Iterator[Found]:
    for key in ("reason", "message"):
        was, now = (before or {}).get(key, []), (after or {}).get(key, [])
        if was == now:
            continue
        if now[: len(was)] == was:
            yield Weight.MINOR, f"more error responses have a {key}", f"`{key}` also read from {_list(now[len(was) :])}"
        else:
            yield Weight.MAJOR, f"an error response has another {key}", f"places of `{key}` changed"


def _inconclusive(before: Any, after: Any) -> Iterator[Found]:
    was, now = set(before or ()), set(after or ())
    if now - was:
        yield Weight.MAJOR, "a rejection becomes an unknown outcome", f"also {_list(now - was)}"
    if was - now:
        yield Weight.MAJOR, "an unknown outcome becomes a rejection", f"without {_list(was - now)}"


def _repeated(before: Any, after: Any) -> Iterator[Found]:
    if before:
        yield Weight.MAJOR, "the client's method that repeats the read has changed", "changed" if after else "removed"
    else:
        yield Weight.MINOR, "the client has a method that repeats the read", "added"


def _lifecycle(before: Any, after: Any) -> Iterator[Found]:
    was, now = ({*one["final"], *one["transitions"]} if one else set() for one in (before, after))
    if was - now:
        yield Weight.MAJOR, "a wait for this status is rejected", f"without {_list(was - now)}"
    else:
        yield Weight.MINOR, _EXCHANGE, "changed"


def _list(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


OPERATION_RULES: Mapping[str, Rule] = {
    "x-body": _body,
    "x-echo": _echo,
    "x-refusals": _rules_of_business,
    "x-resolve": _resolve,
    "x-roles": _roles,
    "x-safe-to-repeat": _repeat,
    "x-success": _success,
    "x-wait": _repeated,
    "x-walk": _repeated,
}
DOCUMENT_RULES: Mapping[str, Rule] = {
    "x-error-format": _error_format,
    "x-inconclusive-reasons": _inconclusive,
    "x-passing-reasons": _inconclusive,
    "x-order-lifecycle": _lifecycle,
    "x-precedence": _always(Weight.MINOR, _EXCHANGE),
    "x-reasons": _always(Weight.MINOR, _EXCHANGE),
}
