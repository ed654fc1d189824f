"""The data of `x-resolve`: how the runtime finds out whether a write was executed, in Python names."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from ._template_data import FieldData, ModelData, OperationData, ResolveData

__all__ = ["resolve_data"]


def resolve_data(
    rule: Mapping[str, Any],
    write: OperationData,
    read: OperationData,
    models: Mapping[str, ModelData],
    final: Sequence[str],
) -> ResolveData:
    """
    Return the data for a rule of the spec that `check_resolve` has accepted.

    Args:
        rule: the rule.
        write: the operation that has it.
        read: its query.
        models: the models by name.
        final: the statuses that an order never leaves.
    """
    response = models[read.response]
    if "window" in rule:
        return _by_list(rule, write, read, response, models)
    return attrs.evolve(_by_status(rule, write, read, response), final=list(final))


def _by_list(
    rule: Mapping[str, Any],
    write: OperationData,
    read: OperationData,
    response: ModelData,
    models: Mapping[str, ModelData],
) -> ResolveData:
    (rows,) = (field for field in response.fields if field.item)
    row = models[str(rows.item)].fields
    (order_id,) = _match(rule["id"], models[write.response].fields, row).items()
    arguments = _names(read.arguments)
    return ResolveData(
        query=read.constant,
        match=_match(rule["match"], write.arguments, row),
        rows=rows.python_name,
        window=[arguments[name] for name in rule["window"]],
        id=list(order_id),
        submitted=_names(row)[rule["submitted"]],
    )


def _by_status(rule: Mapping[str, Any], write: OperationData, read: OperationData, response: ModelData) -> ResolveData:
    confirmed_by = rule.get("confirmed_by", {})
    compare = _match(rule.get("side", {}), write.arguments, response.fields)
    return ResolveData(
        query=read.constant,
        match=_match(rule["match"], write.arguments, read.arguments),
        status=_names(response.fields)[rule["status"]],
        executed=rule["executed"],
        not_executed=rule["not_executed"],
        compare=[name for pair in compare.items() for name in pair],
        # The response has the side of the source: the desk with the same side is the source.
        executed_if_equal=[status for status, desk in confirmed_by.items() if desk == "source"],
        executed_if_different=[status for status, desk in confirmed_by.items() if desk == "target"],
    )


def _match(pairs: Mapping[str, str], left: list[FieldData], right: list[FieldData]) -> dict[str, str]:
    left_names, right_names = _names(left), _names(right)
    return {left_names[name]: right_names[other] for name, other in pairs.items()}


def _names(fields: list[FieldData]) -> dict[str, str]:
    return {field.name: field.python_name for field in fields}
