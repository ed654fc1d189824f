"""
The transform: from the spec to the document that openapi-python-client parses.

That document has only what openapi-python-client handles well. Each scalar is a string whose format is a number: the
index of its declaration in `TransformedSpec.scalars`. A list becomes an object with the field `items`. Fields that the
signer adds, and error responses, are omitted.
"""

from collections.abc import Mapping
from typing import Any

import attrs

from ._evidence_checks import check_evidence
from ._scalars import ScalarDeclaration, UnsupportedSchemaError, declare_scalar
from ._spec import Place, Spec
from ._spec_checks import check_resolve, check_spec
from ._wait import check_wait
from ._walk import check_walk

__all__ = ["SCALAR_FORMAT", "TransformedSpec", "transform"]

SCALAR_FORMAT = "scalar:"
"""The start of a scalar's format in the transformed document. The index of its declaration follows."""


@attrs.define
class TransformedSpec:
    """The document for openapi-python-client, and the declarations of its scalars."""

    spec: Spec
    document: dict[str, Any]
    scalars: list[ScalarDeclaration] = attrs.field(factory=list)
    lists: set[str] = attrs.field(factory=set)
    """The components that are a list, and the response of an operation."""

    def components(self) -> dict[str, ScalarDeclaration]:
        """Return the scalars that are components, by name."""
        return {scalar.component: scalar for scalar in self.scalars if scalar.component}

    def scalar(self, schema: Mapping[str, Any], place: Place) -> dict[str, Any]:
        """Declare a scalar, and return its schema in the transformed document."""
        name, resolved = self.spec.resolve(schema)
        try:
            scalar = declare_scalar(name, resolved)
        except UnsupportedSchemaError as exc:
            raise self.spec.error(place, str(exc)) from exc
        if name is not None and scalar == _component(self.spec, name):
            scalar = attrs.evolve(scalar, component=name)
        self.scalars.append(scalar)
        described = {"description": resolved["description"]} if "description" in resolved else {}
        return {"type": "string", "format": f"{SCALAR_FORMAT}{len(self.scalars) - 1}", **described}


def transform(spec: Spec) -> TransformedSpec:
    """
    Return the transformed spec.

    Raises:
        GeneratorError: the spec contains something that cannot be generated.
    """
    check_spec(spec)
    transformed = TransformedSpec(spec, {})
    schemas: dict[str, Any] = {}
    for name, schema in spec.document["components"]["schemas"].items():
        if schema.get("type") == "object" and not schema.get("x-refusal"):
            schemas[name] = _object(transformed, schema, ("components", "schemas", name))
        elif schema.get("type") == "array":
            schemas[name] = _list(transformed, name, schema)
        elif "x-extensible-enum" in schema:
            transformed.scalar({"$ref": f"#/components/schemas/{name}"}, ("components", "schemas", name))
    paths = {
        path: {"post": _operation(transformed, operation, ("paths", path, "post"))}
        for path, operation in spec.operations()
    }
    check_evidence(spec)
    check_resolve(spec)
    check_wait(spec)
    check_walk(spec)
    info = {"title": spec.document["info"]["title"], "version": spec.document["info"]["version"]}
    transformed.document = {"openapi": "3.1.0", "info": info, "paths": paths, "components": {"schemas": schemas}}
    return transformed


def _object(transformed: TransformedSpec, schema: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Return an object schema without the fields that the signer adds."""
    properties = {
        name: _property(transformed, field, (*place, "properties", name))
        for name, field in schema.get("properties", {}).items()
        if not transformed.spec.resolve(field)[1].get("x-injected")
    }
    required = [name for name in schema.get("required", ()) if name in properties]
    about = {"description": schema["description"]} if "description" in schema else {}
    return {"type": "object", "properties": properties, "required": required, **about}


def _list(transformed: TransformedSpec, name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a list as an object with the field `items`."""
    transformed.lists.add(name)
    items = _property(transformed, {**schema, "description": "The rows."}, ("components", "schemas", name))
    return {
        "type": "object",
        "properties": {"items": items},
        "required": ["items"],
        "description": schema.get("description", ""),
    }


def _property(transformed: TransformedSpec, field: Mapping[str, Any], place: Place) -> dict[str, Any]:
    _, resolved = transformed.spec.resolve(field)
    if resolved.get("type") == "array":
        name, item = transformed.spec.resolve(resolved["items"])
        if item.get("type") != "object" or name is None:
            raise transformed.spec.error(
                place, "unsupported items. The items of a list must be objects that are components"
            )
        return {"type": "array", "items": resolved["items"], "description": resolved.get("description", "")}
    if resolved.get("type") == "object":
        raise transformed.spec.error(place, "unsupported object inside an object. Only lists may contain objects")
    return transformed.scalar(field, place)


def _operation(transformed: TransformedSpec, operation: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Return an operation with its body and the schema of its success."""
    name, success = _success(transformed.spec, operation, place)
    if name is None or success.get("type") not in {"object", "array"}:
        raise transformed.spec.error(
            (*place, "responses", "200"),
            "unsupported schema. The success must be an object or a list that is a component",
        )
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
    return {
        "operationId": operation["operationId"],
        "tags": operation.get("tags", ["default"]),
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
        "requestBody": {"content": operation["requestBody"]["content"], "required": True},
        "responses": {"200": {"description": "", "content": content}},
    }


def _success(spec: Spec, operation: Mapping[str, Any], place: Place) -> tuple[str | None, dict[str, Any]]:
    """Return name and schema of the success."""
    try:
        successes = spec.successes(operation)
    except KeyError as exc:
        raise spec.error((*place, "responses"), "missing response 200 as application/json") from exc
    if len(successes) != 1:
        raise spec.error(
            (*place, "responses", "200"),
            f"{len(successes)} schemas of a success. There must be one; mark error responses with `x-refusal`",
        )
    return successes[0]


def _component(spec: Spec, name: str) -> ScalarDeclaration:
    """Return the scalar of a component, without keywords next to the reference."""
    return declare_scalar(name, spec.resolve({"$ref": f"#/components/schemas/{name}"})[1])
