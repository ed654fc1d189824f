"""`x-wait`: the read that a client can repeat until an order has a status of the life-cycle."""

from collections.abc import Mapping
from typing import Any

from ._docstrings import wait_paragraphs
from ._spec import Spec
from ._spec_checks import fields_of
from ._template_data import FieldData, WaitData

__all__ = ["check_wait", "wait_data"]


def check_wait(spec: Spec) -> None:
    """Raise `GeneratorError` for the first `x-wait` that is incomplete or refers to nothing."""
    for path, operation in spec.operations():
        if (wait := operation.get("x-wait")) is None:
            continue
        place = ("paths", path, "post", "x-wait")
        if not operation["x-safe-to-repeat"]:
            raise spec.error(place, "not safe to repeat. Only a read can be repeated")
        if "x-order-lifecycle" not in spec.document:
            raise spec.error(place, "no `x-order-lifecycle`: it has the statuses to wait for")
        if missing := {"method", "status"} - wait.keys():
            raise spec.error(place, f"missing `{min(missing)}`")
        if wait["status"] not in fields_of(spec, operation):
            raise spec.error((*place, "status"), f"unknown field {wait['status']} of the response")


def wait_data(
    spec: Spec, declared: Mapping[str, Any], arguments: list[FieldData], fields: Mapping[str, str]
) -> WaitData:
    """Return the data for the `x-wait` of an operation; `fields` has the Python names of its response's fields."""
    wait, lifecycle = declared["x-wait"], spec.document["x-order-lifecycle"]
    return WaitData(
        name=wait["method"],
        status=fields[wait["status"]],
        final=lifecycle["final"],
        others=list(lifecycle["transitions"]),
        announced_as=lifecycle.get("announced_as", {}),
        paragraphs=wait_paragraphs(
            declared["operationId"], declared["x-roles"], [(one.python_name, one.description) for one in arguments]
        ),
    )
