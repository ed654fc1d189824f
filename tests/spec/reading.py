"""The spec and the documented facts, read once for all tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import yaml

__all__ = ["DOCUMENT", "DOCUMENTED", "OPERATIONS", "SpecOperation", "resolve", "validator", "walk"]

ROOT = Path(__file__).parents[2]


class SpecOperation(NamedTuple):
    """An operation of the spec and its path."""

    path: str
    declared: dict[str, Any]

    @property
    def request(self) -> dict[str, Any]:
        """Return the media type of the request body: schema and examples."""
        return self.declared["requestBody"]["content"]["application/json"]

    @property
    def response(self) -> dict[str, Any]:
        """Return the media type of the response with status 200: schema and examples."""
        return self.declared["responses"]["200"]["content"]["application/json"]


def _load(path: Path) -> Any:
    # PyYAML has the parser in C, which is ten times faster, and not everywhere.
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


DOCUMENT: dict[str, Any] = _load(ROOT / "openapi" / "clearing.yaml")
DOCUMENTED: dict[str, dict[str, Any]] = _load(Path(__file__).with_name("documented.yaml"))
OPERATIONS = {
    item["post"]["operationId"]: SpecOperation(path, item["post"]) for path, item in DOCUMENT["paths"].items()
}


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """Follow the `$ref` of a node; keywords next to a reference take precedence."""
    if "$ref" not in node:
        return node
    target: Any = DOCUMENT
    for step in node["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return resolve(target) | {key: value for key, value in node.items() if key != "$ref"}


def validator(schema: dict[str, Any]) -> jsonschema_rs.Validator:
    """Return a JSON Schema 2020-12 validator for a schema of the spec."""
    return jsonschema_rs.Draft202012Validator(schema | {"components": DOCUMENT["components"]})


def walk(node: Any, place: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every mapping below a node, with its place; examples are data, and omitted."""
    if isinstance(node, dict):
        yield place, node
        for key, value in node.items():
            if key not in ("example", "examples"):
                yield from walk(value, f"{place}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from walk(value, f"{place}/{index}")
