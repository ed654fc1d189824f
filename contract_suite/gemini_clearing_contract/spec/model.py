"""
What the spec says, in the shape that judging needs.

Here lives the reading of `openapi/clearing.yaml`: operations, request schemas, reasons, precedence, life-cycle.
Nothing about a request or an answer is decided here, and nothing that the spec does not say stands here.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jsonschema_rs

from .document import JSON_BODY, load_document

__all__ = ["ExpectedError", "Spec", "SpecOperation"]


@dataclass(frozen=True)
class ExpectedError:
    """One way in which a server may say no: an HTTP status, and a `reason` or (under 200) a `result`."""

    status: int
    reason: str | None
    result: str = "error"

    def __str__(self) -> str:
        return f"{self.status} {self.reason or self.result}"


@dataclass(frozen=True)
class SpecOperation:
    """One endpoint: its request, its answers, who may call it, and why it may be refused."""

    name: str
    path: str
    raw: dict[str, Any]
    request_schema: dict[str, Any]
    response_schemas: dict[str, dict[str, Any]]
    roles: frozenset[str]
    errors: frozenset[ExpectedError]

    @cached_property
    def request_validator(self) -> jsonschema_rs.Validator:
        """The judge of the logical body."""
        return jsonschema_rs.Draft202012Validator(self.request_schema)

    @cached_property
    def fields(self) -> dict[str, dict[str, Any]]:
        """The request's fields by name, in the spec's order."""
        return dict(self.request_schema["properties"])

    @cached_property
    def own_fields(self) -> dict[str, dict[str, Any]]:
        """The fields that a caller gives: those that no signer injects."""
        return {name: schema for name, schema in self.fields.items() if not schema.get("x-injected")}

    @cached_property
    def required(self) -> frozenset[str]:
        """The fields that a caller must give."""
        return frozenset(self.request_schema.get("required", ())) & self.own_fields.keys()

    @cached_property
    def request_examples(self) -> dict[str, dict[str, Any]]:
        """The documented requests by name."""
        content = self.raw["requestBody"]["content"][JSON_BODY]
        return {name: example["value"] for name, example in content.get("examples", {}).items()}

    @cached_property
    def response_examples(self) -> dict[str, dict[str, Any]]:
        """The documented answers under 200 by name."""
        content = self.raw["responses"]["200"]["content"][JSON_BODY]
        return {name: example["value"] for name, example in content.get("examples", {}).items()}

    def response_schema(self, status: int) -> dict[str, Any] | None:
        """The schema of the JSON under this status; None where the spec has no such status."""
        return self.response_schemas.get(str(status))

    @cached_property
    def success_schema(self) -> dict[str, Any]:
        """The schema of an answer that says yes: under 200, without the refusals."""
        schema = self.response_schemas["200"]
        branches = [branch for branch in schema.get("oneOf", [schema]) if not branch.get("x-refusal")]
        if len(branches) != 1:
            raise ValueError(f"{self.name}: 200 must have one answer that is no refusal, it has {len(branches)}.")
        return dict(branches[0])

    @cached_property
    def success_results(self) -> frozenset[str]:
        """The words that `result` has in the documented answers that say yes."""
        is_success = jsonschema_rs.Draft202012Validator(self.success_schema).is_valid
        words = (body.get("result") for body in self.response_examples.values() if is_success(body))
        return frozenset(word for word in words if word is not None)


class Spec:
    """The whole spec; `document` is the parsed file, and may be an edited copy."""

    def __init__(self, document: dict[str, Any] | None = None) -> None:
        self.document = load_document() if document is None else document
        self.precedence: tuple[str, ...] = tuple(self.document["x-precedence"])
        self.reasons: dict[str, dict[str, Any]] = dict(self.document["x-reasons"])
        self.lifecycle: dict[str, Any] = dict(self.document["x-order-lifecycle"])

    def reference(self, ref: str) -> Any:
        """What a local reference points at."""
        node: Any = self.document
        for part in ref.removeprefix("#/").split("/"):
            node = node[part]
        return node

    def inlined(self, node: Any) -> Any:
        """A copy of a node without references: keywords beside a `$ref` are added to what it points at."""
        if isinstance(node, list):
            return [self.inlined(item) for item in node]
        if not isinstance(node, dict):
            return copy.copy(node)
        if "$ref" not in node:
            return {key: self.inlined(value) for key, value in node.items()}
        target = self.inlined(self.reference(node["$ref"]))
        return {**target, **{key: self.inlined(value) for key, value in node.items() if key != "$ref"}}

    @cached_property
    def operations(self) -> dict[str, SpecOperation]:
        """Every operation by its operationId, in the spec's order."""
        found = {}
        for path, item in self.document["paths"].items():
            raw = item["post"]
            found[raw["operationId"]] = self._operation(path, raw)
        return found

    @cached_property
    def by_path(self) -> dict[str, SpecOperation]:
        """Every operation by its path."""
        return {operation.path: operation for operation in self.operations.values()}

    def status_of(self, reason: str) -> int:
        """The HTTP status that comes with a reason of the checks before the business rules."""
        return int(self.reasons[reason]["status"])

    def reasons_of(self, check: str) -> frozenset[str]:
        """The reasons that one check gives."""
        return frozenset(reason for reason, entry in self.reasons.items() if entry["check"] == check)

    def _operation(self, path: str, raw: dict[str, Any]) -> SpecOperation:
        answers = {}
        for status, response in raw["responses"].items():
            content = self.inlined(response).get("content", {})
            if JSON_BODY in content:
                answers[str(status)] = content[JSON_BODY]["schema"]
        return SpecOperation(
            name=raw["operationId"],
            path=path,
            raw=self.inlined(raw),
            request_schema=self.inlined(raw["requestBody"]["content"][JSON_BODY]["schema"]),
            response_schemas=answers,
            roles=frozenset(raw["x-roles"]),
            errors=frozenset(
                ExpectedError(int(entry["status"]), entry.get("reason"), entry.get("result", "error"))
                for entry in raw["x-refusals"]
            ),
        )
