"""
Reading the spec: load and validate it, follow references, and report errors with file, line and place.

`_transform` decides what the spec means for the client.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
from openapi_spec_validator import OpenAPIV31SpecValidator
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from ._errors import GeneratorError

__all__ = ["Place", "Spec", "load_spec"]

Place = tuple[str | int, ...]
"""The keys that lead from the root of the spec to a part of it."""


@attrs.frozen
class Spec:
    """A valid OpenAPI document, and the file that it was read from."""

    path: Path
    document: Mapping[str, Any]

    def resolve(self, schema: Mapping[str, Any]) -> tuple[str | None, dict[str, Any]]:
        """
        Follow `$ref` to the end. Keywords next to a reference take precedence over those of its target.

        Returns:
            The name of the component that was referred to, if any, and the schema.
        """
        name, resolved = None, dict(schema)
        while "$ref" in resolved:
            reference = resolved.pop("$ref")
            name = reference.rpartition("/")[2]
            resolved = {**self.at(self._steps(reference)), **resolved}
        return name, resolved

    def leads_somewhere(self, reference: str) -> bool:
        """Return whether a reference, followed to the end, leads to a part of this document."""
        seen: set[str] = set()
        while reference not in seen and reference.startswith("#/"):
            seen.add(reference)
            try:
                part = self.at(self._steps(reference))
            except (KeyError, IndexError, TypeError):
                return False
            if not isinstance(part, dict) or "$ref" not in part:
                return True
            reference = part["$ref"]
        return False

    def at(self, place: Sequence[str | int]) -> Any:
        """Return the part of the spec at a place."""
        part: Any = self.document
        for step in place:
            part = part[step]
        return part

    def successes(self, operation: Mapping[str, Any]) -> list[tuple[str | None, dict[str, Any]]]:
        """Return the schemas of responses with status 200, with their names, without those of error responses."""
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        branches = [self.resolve(branch) for branch in schema.get("oneOf", [schema])]
        return [(name, branch) for name, branch in branches if not branch.get("x-refusal")]

    def operations(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield path and operation of every endpoint. All of them are POST."""
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                if method != "post":
                    raise self.error(
                        ("paths", path, method), f"unsupported method {method.upper()}. Only POST can be generated"
                    )
                if "operationId" not in operation:
                    raise self.error(
                        ("paths", path, method), "missing operationId: it is the name of the client's method"
                    )
                yield path, operation

    def error(self, place: Sequence[str | int], problem: str) -> GeneratorError:
        """Return the error for a place in the spec."""
        return GeneratorError(f"{self.path}{_line(self.path, place)}: {_dotted(place)}: {problem}")

    def _steps(self, reference: str) -> list[str]:
        return [step.replace("~1", "/").replace("~0", "~") for step in reference.removeprefix("#/").split("/")]


def load_spec(path: Path) -> Spec:
    """
    Read and validate the spec.

    Raises:
        GeneratorError: the file cannot be read, is not YAML, or is not valid OpenAPI 3.1.
    """
    try:
        document = YAML(typ="safe").load(path.read_text("utf-8"))
    except OSError as exc:
        raise GeneratorError(f"{path}: cannot be read: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise GeneratorError(f"{path}: not UTF-8: {exc.reason} at byte {exc.start}") from exc
    except MarkedYAMLError as exc:
        where = f":{exc.problem_mark.line + 1}:{exc.problem_mark.column + 1}" if exc.problem_mark else ""
        raise GeneratorError(f"{path}{where}: not YAML: {exc.problem}") from exc
    except YAMLError as exc:
        raise GeneratorError(f"{path}: not YAML: {exc}") from exc
    if not isinstance(document, dict):
        raise GeneratorError(f"{path}: not an OpenAPI document. The root must be a mapping")
    if not str(document.get("openapi", "")).startswith("3.1."):
        raise GeneratorError(f"{path}: openapi: unsupported version {document.get('openapi')!r}. It must be 3.1.x")
    spec = Spec(path, document)
    for place, reference in _references(document):
        if not spec.leads_somewhere(reference):
            raise spec.error(place, f"unresolved reference {reference}")
    for error in sorted(OpenAPIV31SpecValidator(document).iter_errors(), key=lambda error: -len(error.absolute_path)):
        raise spec.error(list(error.absolute_path), error.message.splitlines()[0][:200])
    return spec


def _references(part: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Yield the place and the target of every `$ref` in a part of the document."""
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield (*place, "$ref"), part["$ref"]
        for key, value in part.items():
            yield from _references(value, (*place, key))
    elif isinstance(part, list):
        for index, value in enumerate(part):
            yield from _references(value, (*place, index))


def _dotted(place: Sequence[str | int]) -> str:
    return ".".join(str(step) for step in place) or "the root"


def _line(path: Path, place: Sequence[str | int]) -> str:
    """Return `:line` of a place, or of the innermost part around it that the file contains."""
    node: Any = YAML(typ="rt").load(path.read_text("utf-8"))
    line: int | None = None
    for step in place:
        try:
            line = (node.lc.key(step) if hasattr(node, "keys") else node.lc.item(step))[0]
            node = node[step]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return "" if line is None else f":{line + 1}"
