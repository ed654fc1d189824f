"""
From the transformed spec to the data of the templates.

openapi-python-client parses the document, chooses the Python names, and reports what it cannot handle. Only its public
attributes are used (0.29.1 was read), and nothing in it is patched.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import attrs
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser.errors import GeneratorError as ParserError
from openapi_python_client.parser.openapi import Endpoint, GeneratorData
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.schema import Schema
from openapi_python_client.schema.untrusted_string import UntrustedString

from ._docstrings import CALL_OPTIONS, method_paragraphs
from ._error_format import error_marks, reason_enum, rejection_marks
from ._errors import GeneratorError
from ._resolve import resolve_data
from ._spec import Spec
from ._template_data import ClientData, FieldData, ModelData, OperationData, WalkData, constant
from ._transform import SCALAR_FORMAT, TransformedSpec, transform
from ._wait import wait_data
from ._walk import walk_data

__all__ = ["build"]

# The methods of every model, see `gemini_clearing_runtime.Model`.
_RESERVED_FIELDS = {"raw", "to_wire", "to_json"}


def build(spec: Spec) -> ClientData:
    """
    Return the data for the templates.

    Raises:
        GeneratorError: the spec contains something that cannot be generated.
    """
    transformed = transform(spec)
    parsed = _parse(transformed)
    models = {str(model.class_info.name): _model(transformed, model) for model in parsed.models}
    endpoints = [one for collection in parsed.endpoint_collections_by_tag.values() for one in collection.endpoints]
    operations = _with_resolve(spec, [_operation(spec, endpoint, models) for endpoint in endpoints], models)
    _reject_hidden_names(spec, operations, models)
    bodies = {_body(endpoint) for endpoint in endpoints}
    for name in {operation.response for operation in operations}:
        models[name] = attrs.evolve(models[name], is_response=True)
    enums = {scalar.enum.name: scalar.enum for scalar in transformed.scalars if scalar.enum}
    named = {name: scalar for name, scalar in sorted(transformed.components().items()) if not scalar.implied}
    return ClientData(
        title=spec.document["info"]["title"],
        servers={server["x-environment"]: server["url"] for server in spec.document["servers"]},
        operations=operations,
        models=_items_first({name: model.in_order() for name, model in models.items() if name not in bodies}),
        enums=sorted(enums.values(), key=lambda enum: enum.name),
        constants={constant(name): scalar.expression for name, scalar in named.items()},
        error_reason=spec.document["x-error-format"]["reason"],
        error_message=spec.document["x-error-format"]["message"],
        reason_enum=reason_enum(spec),
        inconclusive_reasons=spec.document["x-inconclusive-reasons"],
        passing_reasons=spec.document.get("x-passing-reasons", []),
        error_marks=error_marks(spec),
    )


def _parse(transformed: TransformedSpec) -> GeneratorData:
    config = Config.from_sources(
        ConfigFile(),
        meta_type=MetaType.NONE,
        document_source=transformed.spec.path,
        file_encoding="utf-8",
        overwrite=True,
        output_path=None,
    )
    parsed = GeneratorData.from_dict(transformed.document, config=config)
    if isinstance(parsed, ParserError):
        raise _parser_error(transformed.spec, [parsed])
    collections = parsed.endpoint_collections_by_tag.values()
    # After each warning an operation or a field would be missing in the client.
    if errors := [*(error for collection in collections for error in collection.parse_errors), *parsed.errors]:
        raise _parser_error(transformed.spec, errors)
    return parsed


def _parser_error(spec: Spec, errors: list[Any]) -> GeneratorError:
    lines = "\n".join(f"  {error.header} {error.detail or ''}".rstrip() for error in errors)
    return GeneratorError(f"{spec.path}: openapi-python-client would omit parts of it:\n{lines}")


def _model(transformed: TransformedSpec, model: ModelProperty) -> ModelData:
    properties = [*(model.required_properties or ()), *(model.optional_properties or ())]
    fields = [_field(transformed, model.data, one) for one in properties]
    name = str(model.class_info.name)
    order = [_text(field) for field in model.data.properties or {}]
    return ModelData(name, _text(model.description), fields, order, is_list=name in transformed.lists)


def _field(transformed: TransformedSpec, schema: Schema, one: Any) -> FieldData:
    name = _text(one.name)
    scalar, item = None, None
    if isinstance(one, ListProperty):
        item = one.inner_property.get_type_string(no_optional=True).as_unembedded_code()
    else:
        data = cast("Schema", (schema.properties or {})[one.name])
        scalar = transformed.scalars[int(_text(data.schema_format).removeprefix(SCALAR_FORMAT))]
    return FieldData(name, str(one.python_name), bool(one.required), _text(one.description), scalar, item)


def _operation(spec: Spec, endpoint: Endpoint, models: Mapping[str, ModelData]) -> OperationData:
    path = _text(endpoint.path)
    declared = spec.document["paths"][path]["post"]
    (response,) = endpoint.responses.patterns
    arguments = models[_body(endpoint)].fields
    names = {argument.name: argument.python_name for argument in arguments}
    account = [names[name] for name, field in _request_fields(spec, declared) if field.get("x-account")]
    response_class = response.prop.get_type_string(no_optional=True).as_unembedded_code()
    fields = {field.name: field.python_name for field in models[response_class].fields}
    echo = declared.get("x-echo", {})
    return OperationData(
        name=str(endpoint.name),
        path=path,
        safe_to_repeat=declared["x-safe-to-repeat"],
        arguments=arguments,
        needs={names[name]: names[other] for name, other in _needs(spec, path, declared)},
        account=account[0] if account else None,
        response=response_class,
        success={fields[name]: values for name, values in declared.get("x-success", {}).items()},
        rejected=rejection_marks(spec, declared),
        statuses=[str(key) for key in declared["responses"]],
        echo={names[name]: fields[field] for name, field in echo.items() if isinstance(field, str)},
        echo_in_text={names[name]: fields[field["in"]] for name, field in echo.items() if isinstance(field, dict)},
        repeats_body=declared.get("x-body") == "repeated",
        wait=wait_data(spec, declared, arguments, fields) if "x-wait" in declared else None,
        walk=_walk(declared, arguments, models[response_class], models) if "x-walk" in declared else None,
        paragraphs=method_paragraphs(declared, [(one.python_name, one.description) for one in arguments]),
    )


def _walk(
    declared: Mapping[str, Any], arguments: list[FieldData], response: ModelData, models: Mapping[str, ModelData]
) -> WalkData:
    (row,) = (models[field.item] for field in response.fields if field.item)
    return walk_data(declared, arguments, response, row)


def _with_resolve(spec: Spec, operations: list[OperationData], models: Mapping[str, ModelData]) -> list[OperationData]:
    """Return the operations with the data of their `x-resolve`, which refers to other operations."""
    declared = {operation.path: spec.document["paths"][operation.path]["post"] for operation in operations}
    by_id = {declared[operation.path]["operationId"]: operation for operation in operations}
    final = spec.document.get("x-order-lifecycle", {}).get("final", [])
    resolved = []
    for operation in operations:
        if rule := declared[operation.path].get("x-resolve"):
            data = resolve_data(rule, operation, by_id[rule["query"]], models, final)
            operation = attrs.evolve(operation, resolve=data)
        resolved.append(operation)
    return resolved


def _body(endpoint: Endpoint) -> str:
    return str(cast("ModelProperty", endpoint.bodies[0].prop).class_info.name)


def _request_schema(spec: Spec, operation: Mapping[str, Any]) -> dict[str, Any]:
    return spec.resolve(operation["requestBody"]["content"]["application/json"]["schema"])[1]


def _request_fields(spec: Spec, operation: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, field in _request_schema(spec, operation)["properties"].items():
        yield name, spec.resolve(field)[1]


def _needs(spec: Spec, path: str, operation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of `dependentRequired`: a field, and the field that must be passed with it."""
    for name, others in _request_schema(spec, operation).get("dependentRequired", {}).items():
        if len(others) != 1:
            raise spec.error(
                ("paths", path, "post"), f"{name} requires {len(others)} other fields. Only one is supported"
            )
        yield name, others[0]


def _reject_hidden_names(spec: Spec, operations: list[OperationData], models: Mapping[str, ModelData]) -> None:
    """Raise `GeneratorError` for a name that would hide another one in the client."""
    methods: dict[str, str] = {}
    for operation in operations:
        repeated = {key: one.name for key, one in (("x-wait", operation.wait), ("x-walk", operation.walk)) if one}
        for key, name in {"operationId": operation.name, **repeated}.items():
            if name in methods:
                problem = f"would hide the method of {methods[name]}. Choose another {key}"
                raise spec.error(("paths", operation.path, "post", key), problem)
            methods[name] = operation.path
        for argument in operation.arguments:
            if argument.python_name in CALL_OPTIONS:
                place = ("paths", operation.path, "post", "requestBody")
                raise spec.error(place, f"{argument.name} would hide an option that every method has")
    for model in models.values():
        for field in model.fields:
            if field.python_name in _RESERVED_FIELDS:
                named = ("components", "schemas", model.name, "properties", field.name)
                raise spec.error(named, f"would hide `{field.python_name}`, which every response object has")


def _items_first(models: dict[str, ModelData]) -> list[ModelData]:
    """Return the models in an order in which each one follows the items of its lists."""

    def depth(model: ModelData) -> int:
        return 1 + max((depth(models[field.item]) for field in model.fields if field.item in models), default=0)

    return sorted(models.values(), key=depth)


def _text(text: UntrustedString | None) -> str:
    return text.get_untrusted_value() if text else ""
