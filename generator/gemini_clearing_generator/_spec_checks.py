"""
The requirements of the generator beyond OpenAPI: names, roles, error responses, retries, reconciliation.

`_spec` checks that the document is valid OpenAPI, `_scalars` that the runtime supports a schema.
"""

from collections.abc import Mapping
from typing import Any

from ._spec import Place, Spec

__all__ = ["arguments_of", "check_fields", "check_resolve", "check_spec", "fields_of", "lists_of"]

_REQUIRED_OF_DOCUMENT = {
    "x-error-format": "it lists the fields of error responses with their reason and message",
    "x-inconclusive-reasons": "it lists the reasons that do not prove that a request was never executed",
}
_REQUIRED_OF_OPERATIONS = {
    "summary": "it is the first line of the method's docstring",
    "requestBody": "it has the method's arguments",
    "x-roles": "it lists the roles that may call the operation",
    "x-safe-to-repeat": "true if the call may be retried",
    "x-refusals": "it lists the error responses of the operation, and may be empty",
}
_BODIES = ("empty", "repeated")
_REQUIRED_TO_RESOLVE_BY_STATUS = ("status", "executed", "not_executed")
_REQUIRED_TO_RESOLVE_BY_LIST = ("match", "id", "submitted")


def check_spec(spec: Spec) -> None:
    """Raise `GeneratorError` for the first thing that is missing or refers to nothing."""
    _check_required(spec, (), spec.document, _REQUIRED_OF_DOCUMENT)
    for number, server in enumerate(spec.document.get("servers", ())):
        if "x-environment" not in server:
            raise spec.error(("servers", number), "missing `x-environment`: it names the server in the client")
    for path, operation in spec.operations():
        place = ("paths", path, "post")
        _check_required(spec, place, operation, _REQUIRED_OF_OPERATIONS)
        if "properties" not in _schema(spec, operation["requestBody"]):
            raise spec.error(
                (*place, "requestBody"), "missing properties. The body must be an object as application/json"
            )
        if (body := operation.get("x-body", "empty")) not in _BODIES:
            raise spec.error((*place, "x-body"), f"unknown value {body!r}. Valid values: {', '.join(_BODIES)}")
        for number, refusal in enumerate(operation["x-refusals"]):
            if not {"reason", "result"} & refusal.keys() or "when" not in refusal:
                raise spec.error(
                    (*place, "x-refusals", number), "incomplete. It needs `reason` or `result`, and `when`"
                )


def check_resolve(spec: Spec) -> None:
    """Raise `GeneratorError` for the first write whose `x-resolve` refers to something that does not exist."""
    operations = dict(spec.operations())
    reads = {o["operationId"]: o for o in operations.values() if o["x-safe-to-repeat"]}
    for path, operation in operations.items():
        if resolve := operation.get("x-resolve"):
            place = ("paths", path, "post", "x-resolve")
            read = reads.get(resolve.get("query"))
            if read is None:
                raise spec.error((*place, "query"), "unknown operation. It must be an operation that is safe to repeat")
            check = _check_by_list if "window" in resolve else _check_by_status
            check(spec, place, operation, read)


def lists_of(spec: Spec, schema: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the lists in an object's schema: the schema of their items, by the name of the field."""
    fields = {name: spec.resolve(field)[1] for name, field in schema.get("properties", {}).items()}
    return {name: spec.resolve(field["items"])[1] for name, field in fields.items() if field.get("type") == "array"}


def check_fields(spec: Spec, place: Place, pairs: Mapping[str, str], left: set[str], right: set[str]) -> None:
    """Raise `GeneratorError` for the first pair with a name that is not among the fields of its side."""
    for name, other in pairs.items():
        unknown = [field for field, fields in ((name, left), (other, right)) if field not in fields]
        if unknown:
            raise spec.error((*place, name), f"unknown field {unknown[0]}")


def arguments_of(spec: Spec, operation: Mapping[str, Any]) -> set[str]:
    """Return the fields of the request."""
    return set(_schema(spec, operation["requestBody"])["properties"])


def fields_of(spec: Spec, operation: Mapping[str, Any]) -> set[str]:
    """Return the fields of the response to a success; of a list, no field."""
    return set(spec.successes(operation)[0][1].get("properties", ()))


def _check_required(spec: Spec, place: Place, part: Mapping[str, Any], required: Mapping[str, str]) -> None:
    for key, reason in required.items():
        if key not in part:
            raise spec.error(place, f"missing `{key}`: {reason}")


def _check_by_list(spec: Spec, place: Place, write: Mapping[str, Any], read: Mapping[str, Any]) -> None:
    resolve, lists = write["x-resolve"], lists_of(spec, spec.successes(read)[0][1])
    for key in _REQUIRED_TO_RESOLVE_BY_LIST:
        if key not in resolve:
            raise spec.error(place, f"missing `{key}`")
    if len(lists) != 1:
        raise spec.error(
            (*place, "query"), f"{resolve['query']} has {len(lists)} lists in its response. It must have one"
        )
    (row,) = lists.values()
    row_fields = set(row["properties"])
    if len(resolve["id"]) != 1:
        raise spec.error((*place, "id"), f"{len(resolve['id'])} pairs of fields. An order has one id")
    check_fields(spec, (*place, "id"), resolve["id"], fields_of(spec, write), row_fields)
    check_fields(spec, (*place, "match"), resolve["match"], arguments_of(spec, write), row_fields)
    if resolve["submitted"] not in row_fields:
        raise spec.error((*place, "submitted"), f"unknown field {resolve['submitted']} of a listed order")
    for name in resolve["window"]:
        if name not in arguments_of(spec, read):
            raise spec.error((*place, "window"), f"unknown argument {name} of {resolve['query']}")


def _check_by_status(spec: Spec, place: Place, write: Mapping[str, Any], read: Mapping[str, Any]) -> None:
    resolve, response = write["x-resolve"], fields_of(spec, read)
    for key in _REQUIRED_TO_RESOLVE_BY_STATUS:
        if key not in resolve:
            raise spec.error(place, f"missing `{key}`")
    check_fields(spec, (*place, "match"), resolve.get("match", {}), arguments_of(spec, write), arguments_of(spec, read))
    if resolve["status"] not in response:
        raise spec.error((*place, "status"), f"unknown field {resolve['status']} of the response")
    if ("confirmed_by" in resolve) != ("side" in resolve):
        raise spec.error(place, "`confirmed_by` needs `side`, and `side` needs `confirmed_by`")
    check_fields(spec, (*place, "side"), resolve.get("side", {}), arguments_of(spec, write), response)


def _schema(spec: Spec, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a body's JSON; empty if it is missing."""
    return spec.resolve(body.get("content", {}).get("application/json", {}).get("schema", {}))[1]
