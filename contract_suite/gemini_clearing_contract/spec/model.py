"""
The operations of the OpenAPI file, with references resolved and the project's extensions read.

This module describes what the file contains. It does not check requests or responses.
"""

import copy
from collections.abc import Collection
from functools import cached_property
from typing import Any

import jsonschema_rs
from attrs import field, frozen

from .choices import CHOICES
from .document import JSON_BODY, load_document

__all__ = ["ExpectedError", "Spec", "SpecOperation"]


@frozen
class ExpectedError:
    """An error response: the HTTP status, and its `reason` or (under status 200) its `result`."""

    status: int
    reason: str | None
    result: str = "error"

    def __str__(self) -> str:
        return f"{self.status} {self.reason or self.result}"


@frozen(eq=False)
class SpecOperation:
    """An operation: its request and response schemas, its roles, and the errors that its business rules allow."""

    name: str
    path: str
    raw: dict[str, Any] = field(repr=False)
    request_schema: dict[str, Any] = field(repr=False)
    # By status, the schema of the JSON response.
    response_schemas: dict[str, dict[str, Any]] = field(repr=False)
    roles: frozenset[str]
    errors: frozenset[ExpectedError]

    @property
    def is_safe(self) -> bool:
        """Whether the operation changes nothing, so that it can be repeated."""
        return bool(self.raw["x-safe-to-repeat"])

    @property
    def repeats_body(self) -> bool:
        """Whether the JSON of the payload is the HTTP body too (`x-body`); otherwise the body is empty."""
        return bool(self.raw.get("x-body") == "repeated")

    @property
    def scopes(self) -> frozenset[str] | None:
        """The scopes that an access token needs for the operation; None if it takes no access token."""
        needed = [scheme["OAuth"] for scheme in self.raw.get("security", ()) if "OAuth" in scheme]
        return frozenset(needed[0]) if needed else None

    @property
    def resolve(self) -> dict[str, Any]:
        """The query that settles an unknown outcome of this operation (`x-resolve`); empty if it needs none."""
        return dict(self.raw.get("x-resolve", {}))

    @property
    def success(self) -> dict[str, list[Any]]:
        """Fields of the response, and the values that mean success (`x-success`); empty for a read."""
        return dict(self.raw.get("x-success", {}))

    @property
    def echo(self) -> dict[str, str]:
        """Request fields, and the fields of the response that repeat them (`x-echo`)."""
        return {name: place for name, place in self.raw.get("x-echo", {}).items() if isinstance(place, str)}

    @property
    def echo_in_text(self) -> dict[str, str]:
        """Request fields, and the fields of the response whose text contains their value (`x-echo`)."""
        return {name: place["in"] for name, place in self.raw.get("x-echo", {}).items() if isinstance(place, dict)}

    @property
    def links(self) -> dict[str, str]:
        """The operations that can follow, by the name of the link."""
        links = self.raw["responses"]["200"].get("links", {})
        return {name: link["operationId"] for name, link in links.items()}

    @property
    def creates_order(self) -> bool:
        """Whether the operation creates an order: its outcome is settled by the list of a time window."""
        return "window" in self.resolve

    @cached_property
    def request_validator(self) -> jsonschema_rs.Validator:
        """The validator of the JSON that is signed."""
        return jsonschema_rs.Draft202012Validator(self.request_schema)

    @cached_property
    def fields(self) -> dict[str, dict[str, Any]]:
        """The schemas of the request's fields by name, in the order of the spec."""
        return dict(self.request_schema["properties"])

    @cached_property
    def own_fields(self) -> dict[str, dict[str, Any]]:
        """The fields that the caller sets; the signer adds the others."""
        return {name: schema for name, schema in self.fields.items() if not schema.get("x-injected")}

    @cached_property
    def required(self) -> frozenset[str]:
        """The fields that the caller must set."""
        return frozenset(self.request_schema.get("required", ())) & self.own_fields.keys()

    @cached_property
    def request_examples(self) -> dict[str, dict[str, Any]]:
        """The documented requests by name."""
        return _examples(self.raw["requestBody"]["content"][JSON_BODY])

    @cached_property
    def response_examples(self) -> dict[str, Any]:
        """The documented responses with status 200 by name."""
        return _examples(self.raw["responses"]["200"]["content"][JSON_BODY])

    @cached_property
    def success_examples(self) -> dict[str, Any]:
        """The documented responses with status 200 that are not an error."""
        is_success = jsonschema_rs.Draft202012Validator(self.success_schema).is_valid
        return {name: body for name, body in self.response_examples.items() if is_success(body)}

    @cached_property
    def success_schema(self) -> dict[str, Any]:
        """The schema of a response with status 200 that is not an error."""
        schema = self.response_schemas["200"]
        branches = [branch for branch in schema.get("oneOf", [schema]) if not branch.get("x-refusal")]
        if len(branches) != 1:
            raise ValueError(f"{self.name}: 200 has {len(branches)} schemas without `x-refusal`. Keep exactly one.")
        return dict(branches[0])

    @cached_property
    def success_values(self) -> dict[str, list[Any]]:
        """Fields of the response, and their values in a success: of `x-success`, or of the documented examples."""
        documented = [body for body in self.success_examples.values() if isinstance(body, dict) and "result" in body]
        return self.success or ({"result": sorted({body["result"] for body in documented})} if documented else {})

    def response_schema(self, status: int) -> dict[str, Any] | None:
        """Return the schema of the JSON response with a status, or None if the status is not documented."""
        return self.response_schemas.get(str(status))


def _examples(content: dict[str, Any]) -> dict[str, Any]:
    return {name: example["value"] for name, example in content.get("examples", {}).items()}


class Spec:
    """The parsed OpenAPI file, which may be an edited copy, and the choices that a server must share."""

    def __init__(self, document: dict[str, Any] | None = None, choices: Collection[str] = tuple(CHOICES)) -> None:
        self.document = load_document() if document is None else document
        self.choices = frozenset(choices)
        self.precedence: tuple[str, ...] = tuple(self.document["x-precedence"])
        self.reasons: dict[str, dict[str, Any]] = dict(self.document["x-reasons"])
        self.lifecycle: dict[str, Any] = dict(self.document["x-order-lifecycle"])
        # The reasons of checks that depend on more than the request.
        self.inconclusive_reasons: frozenset[str] = frozenset(self.document["x-inconclusive-reasons"])

    def inlined(self, node: Any) -> Any:
        """Return a copy of a node without references; keywords next to a `$ref` override those of its target."""
        if isinstance(node, list):
            return [self.inlined(item) for item in node]
        if not isinstance(node, dict):
            return copy.copy(node)
        if "$ref" not in node:
            return {key: self.inlined(value) for key, value in node.items()}
        target = self.inlined(self._referenced(node["$ref"]))
        return {**target, **{key: self.inlined(value) for key, value in node.items() if key != "$ref"}}

    def _referenced(self, ref: str) -> Any:
        node: Any = self.document
        for part in ref.removeprefix("#/").split("/"):
            node = node[part]
        return node

    @cached_property
    def operations(self) -> dict[str, SpecOperation]:
        """Every operation by its operationId, in the order of the spec."""
        items = self.document["paths"].items()
        return {item["post"]["operationId"]: self._operation(path, item["post"]) for path, item in items}

    @cached_property
    def by_path(self) -> dict[str, SpecOperation]:
        """Every operation by its path."""
        return {operation.path: operation for operation in self.operations.values()}

    @cached_property
    def probe(self) -> SpecOperation:
        """The operation that tests a key or a nonce: safe, and allowed for as many roles as possible."""
        safe = [operation for operation in self.operations.values() if operation.is_safe]
        return max(safe, key=lambda operation: len(operation.roles))

    @cached_property
    def queries(self) -> tuple[SpecOperation, ...]:
        """The safe operations that need no field of the caller."""
        return tuple(one for one in self.operations.values() if one.is_safe and not one.required)

    @cached_property
    def error_results(self) -> frozenset[str]:
        """The values of `result` that mark an error response, also with status 200."""
        schemas = self.document["components"]["schemas"].values()
        return frozenset(schema["properties"]["result"]["const"] for schema in schemas if schema.get("x-refusal"))

    @cached_property
    def known_reasons(self) -> frozenset[str]:
        """The reasons that the spec has for any error response."""
        of_rules = {error.reason for operation in self.operations.values() for error in operation.errors}
        schemas = self.document["components"]["schemas"]
        return frozenset({*self.reasons, *filter(None, of_rules), *schemas["Reason"].get("x-extensible-enum", ())})

    def status_of(self, reason: str) -> int:
        """Return the HTTP status of a reason that a check before the business rules gives."""
        return int(self.reasons[reason]["status"])

    def reasons_of(self, check: str) -> frozenset[str]:
        """Return the reasons that a check gives."""
        return frozenset(reason for reason, entry in self.reasons.items() if entry["check"] == check)

    def _operation(self, path: str, raw: dict[str, Any]) -> SpecOperation:
        schemas = {}
        for status, response in raw["responses"].items():
            content = self.inlined(response).get("content", {})
            if JSON_BODY in content:
                schemas[str(status)] = content[JSON_BODY]["schema"]
        return SpecOperation(
            name=raw["operationId"],
            path=path,
            raw=self.inlined(raw),
            request_schema=self.inlined(raw["requestBody"]["content"][JSON_BODY]["schema"]),
            response_schemas=schemas,
            roles=frozenset(raw["x-roles"]),
            errors=frozenset(
                ExpectedError(int(entry["status"]), entry.get("reason"), entry.get("result", "error"))
                for entry in raw["x-refusals"]
            ),
        )
