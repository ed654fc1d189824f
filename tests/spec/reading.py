"""How the tests of this folder read the spec and the documented facts.  No test lives here."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
from ruamel.yaml import YAML

__all__ = ["DOCUMENT", "DOCUMENTED", "OPERATIONS", "Operation", "resolve", "validator", "walk"]

ROOT = Path(__file__).parents[2]


class Operation(NamedTuple):
    """One operation of the spec with the path it stands at."""

    path: str
    declared: dict[str, Any]

    @property
    def request(self) -> dict[str, Any]:
        """The media type of the request body: schema and examples."""
        return self.declared["requestBody"]["content"]["application/json"]

    @property
    def answer(self) -> dict[str, Any]:
        """The media type of the answer under status 200: schema and examples."""
        return self.declared["responses"]["200"]["content"]["application/json"]


def _load(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path)


DOCUMENT: dict[str, Any] = _load(ROOT / "openapi" / "clearing.yaml")
DOCUMENTED: dict[str, dict[str, Any]] = _load(Path(__file__).with_name("documented.yaml"))
OPERATIONS = {item["post"]["operationId"]: Operation(path, item["post"]) for path, item in DOCUMENT["paths"].items()}


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """What a node says once its `$ref` is followed; keywords beside the reference win."""
    if "$ref" not in node:
        return node
    target: Any = DOCUMENT
    for step in node["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return resolve(target) | {key: value for key, value in node.items() if key != "$ref"}


def validator(schema: dict[str, Any]) -> jsonschema_rs.Validator:
    """A JSON Schema 2020-12 validator for a schema of the spec."""
    return jsonschema_rs.Draft202012Validator(schema | {"components": DOCUMENT["components"]})


def walk(node: Any, place: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mapping of the spec that lies below a node, with its place; examples are data and left out."""
    if isinstance(node, dict):
        yield place, node
        for key, value in node.items():
            if key not in ("example", "examples"):
                yield from walk(value, f"{place}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from walk(value, f"{place}/{index}")
