"""
From the spec to what the templates are given: the document that openapi-python-client parses, and all that it would
drop (kinds, words, whether a call may be repeated, how a lost answer is resolved, servers).
"""

from collections.abc import Mapping
from typing import Any

import attrs

from ._scalars import ScalarDeclaration, UnsupportedSchemaError, declare_scalar
from ._spec import Place, Spec
from ._spec_checks import check_resolve, check_spec

__all__ = ["SCALAR_FORMAT", "TransformedSpec", "constant", "transform"]

SCALAR_FORMAT = "scalar:"
"""What the format of a scalar begins with in the projected document; the scalar's number follows."""


@attrs.define
class TransformedSpec:
    """The document for openapi-python-client, and what goes past it straight to the templates."""

    spec: Spec
    document: dict[str, Any]
    scalars: list[ScalarDeclaration] = attrs.field(factory=list)

    def components(self) -> dict[str, ScalarDeclaration]:
        """Return the scalars that are components, by name."""
        return {scalar.component: scalar for scalar in self.scalars if scalar.component}

    def scalar(self, schema: Mapping[str, Any], place: Place) -> dict[str, Any]:
        """Enter a scalar, and return the schema that stands for it in the projected document."""
        name, resolved = self.spec.resolve(schema)
        try:
            scalar = declare_scalar(name, resolved)
        except UnsupportedSchemaError as exc:
            raise self.spec.error(place, str(exc)) from exc
        if name is not None and scalar == _pure(self.spec, name):
            scalar = attrs.evolve(scalar, component=name)
        self.scalars.append(scalar)
        described = {"description": resolved["description"]} if "description" in resolved else {}
        return {"type": "string", "format": f"{SCALAR_FORMAT}{len(self.scalars) - 1}", **described}


def constant(name: str) -> str:
    """Return the constant's name for a component: `ClearingId` becomes `CLEARING_ID`."""
    return "".join("_" + char if char.isupper() and i else char for i, char in enumerate(name)).upper()


def transform(spec: Spec) -> TransformedSpec:
    """Derive the transformed; raises `GeneratorError` where the spec asks for what cannot be generated."""
    check_spec(spec)
    transformed = TransformedSpec(spec, {})
    schemas: dict[str, Any] = {}
    for name, schema in spec.document["components"]["schemas"].items():
        if schema.get("type") == "object" and not schema.get("x-refusal"):
            schemas[name] = _object(transformed, schema, ("components", "schemas", name))
        elif "x-extensible-enum" in schema:
            transformed.scalar({"$ref": f"#/components/schemas/{name}"}, ("components", "schemas", name))
    paths = {
        path: {"post": _operation(transformed, operation, ("paths", path, "post"))}
        for path, operation in spec.operations()
    }
    check_resolve(spec)
    info = {"title": spec.document["info"]["title"], "version": spec.document["info"]["version"]}
    transformed.document = {"openapi": "3.1.0", "info": info, "paths": paths, "components": {"schemas": schemas}}
    return transformed


def _object(transformed: TransformedSpec, schema: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Project an object schema: its fields, without those that the signer injects."""
    properties = {
        name: _property(transformed, field, (*place, "properties", name))
        for name, field in schema.get("properties", {}).items()
        if not transformed.spec.resolve(field)[1].get("x-injected")
    }
    required = [name for name in schema.get("required", ()) if name in properties]
    about = {"description": schema["description"]} if "description" in schema else {}
    return {"type": "object", "properties": properties, "required": required, **about}


def _property(transformed: TransformedSpec, field: Mapping[str, Any], place: Place) -> dict[str, Any]:
    _, resolved = transformed.spec.resolve(field)
    if resolved.get("type") == "array":
        name, item = transformed.spec.resolve(resolved["items"])
        if item.get("type") != "object" or name is None:
            raise transformed.spec.error(place, "a list can hold nothing but objects that are components")
        return {"type": "array", "items": resolved["items"], "description": resolved.get("description", "")}
    if resolved.get("type") == "object":
        raise transformed.spec.error(place, "an object inside an object can only stand in a list")
    return transformed.scalar(field, place)


def _operation(transformed: TransformedSpec, operation: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Project an operation: its body, and the one schema of its success."""
    name, success = _success(transformed.spec, operation, place)
    if name is None or success.get("type") != "object":
        raise transformed.spec.error((*place, "responses", "200"), "the success must be an object that is a component")
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
    """Return the schema of a success; refusals under 200 are marked `x-refusal` and stand beside it."""
    try:
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    except KeyError as exc:
        raise spec.error((*place, "responses"), "an answer 200 with application/json is missing") from exc
    branches = [spec.resolve(branch) for branch in schema.get("oneOf", [schema])]
    successes = [(name, branch) for name, branch in branches if not branch.get("x-refusal")]
    if len(successes) != 1:
        raise spec.error((*place, "responses", "200"), "there must be one success; mark refusals with x-refusal")
    return successes[0]


def _pure(spec: Spec, name: str) -> ScalarDeclaration:
    """Return the scalar of a component as it stands, with nothing beside the reference."""
    return declare_scalar(name, spec.resolve({"$ref": f"#/components/schemas/{name}"})[1])
