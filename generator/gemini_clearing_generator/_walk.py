"""`x-walk`: the list whose rows a client can read completely, in windows of time."""

from collections.abc import Mapping
from typing import Any

from ._docstrings import walk_paragraphs
from ._spec import Place, Spec
from ._spec_checks import arguments_of, lists_of
from ._template_data import FieldData, ModelData, WalkData

__all__ = ["check_walk", "walk_data"]

_REQUIRED = ("method", "id", "time", "limit", "most")


def check_walk(spec: Spec) -> None:
    """Raise `GeneratorError` for the first `x-walk` that is incomplete or refers to nothing."""
    for path, operation in spec.operations():
        if (walk := operation.get("x-walk")) is None:
            continue
        place = ("paths", path, "post", "x-walk")
        if not operation["x-safe-to-repeat"]:
            raise spec.error(place, "not safe to repeat. Only a read can be repeated")
        if missing := [key for key in _REQUIRED if key not in walk]:
            raise spec.error(place, f"missing `{missing[0]}`")
        if ("window" in walk) == ("since" in walk):
            raise spec.error(place, "`window` or `since` is needed, and not both")
        _check_names(spec, place, operation)


def _check_names(spec: Spec, place: Place, operation: Mapping[str, Any]) -> None:
    walk, lists = operation["x-walk"], lists_of(spec, spec.successes(operation)[0][1])
    if len(lists) != 1:
        raise spec.error(place, f"{len(lists)} lists in the response. It must have one")
    (row,) = lists.values()
    for key in ("id", "time"):
        if walk[key] not in row["properties"]:
            raise spec.error((*place, key), f"unknown field {walk[key]} of a row")
        if walk[key] not in row.get("required", ()):
            raise spec.error((*place, key), f"the field {walk[key]} of a row is optional. A walk needs it in every row")
    for name in _replaced(walk):
        if name not in arguments_of(spec, operation):
            raise spec.error(place, f"unknown argument {name}")


def walk_data(declared: Mapping[str, Any], arguments: list[FieldData], response: ModelData, row: ModelData) -> WalkData:
    """Return the data for the `x-walk` of an operation."""
    walk = declared["x-walk"]
    names = {one.name: one.python_name for one in arguments}
    fields = {one.name: one.python_name for one in row.fields}
    filters = [one for one in arguments if one.name not in _replaced(walk)]
    described = [(one.python_name, one.description) for one in filters]
    return WalkData(
        name=walk["method"],
        row=row.name,
        rows=next(one.python_name for one in response.fields if one.item),
        id=fields[walk["id"]],
        time=fields[walk["time"]],
        window=[names[name] for name in walk.get("window", ())],
        since=names[walk["since"]] if "since" in walk else None,
        limit=names[walk["limit"]],
        most=walk["most"],
        filters=filters,
        paragraphs=walk_paragraphs(declared["operationId"], declared["x-roles"], described),
    )


def _replaced(walk: Mapping[str, Any]) -> list[str]:
    """Return the arguments that the walk itself sets, or that would contradict it."""
    since = [walk["since"]] if "since" in walk else []
    return [*walk.get("window", ()), *since, walk["limit"], *walk.get("without", ())]
