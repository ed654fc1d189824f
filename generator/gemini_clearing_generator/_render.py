"""
Renders the client's package into a folder: openapi-python-client parses and names, our templates write, ruff formats.

Any warning of openapi-python-client is an error here, since it would mean an operation or a field that is missing.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import attrs
from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser.errors import GeneratorError as StockError
from openapi_python_client.parser.openapi import Endpoint, GeneratorData
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.schema.untrusted_string import UntrustedString

from ._docstrings import docstring, method_docstring
from ._errors import GeneratorError
from ._properties import scalar_properties
from ._provenance import HEADER, write_provenance
from ._scalars import RUNTIME_SCALARS, literal
from ._spec import Spec
from ._transform import TransformedSpec, constant, transform

__all__ = ["TEMPLATES", "render"]

TEMPLATES = Path(__file__).with_name("templates")
PACKAGE = "gemini_clearing"
_LINE_LENGTH = 110
_TAKEN = {"raw", "to_wire", "to_json"}
_RUFF = [sys.executable, "-m", "ruff"]
_ISOLATED = ["--isolated", "--no-cache", "--quiet", "--target-version=py311", f"--line-length={_LINE_LENGTH}"]


def render(spec: Spec, folder: Path) -> None:
    """
    Write the package's files into an empty folder.

    Raises:
        GeneratorError: the spec asks for what cannot be generated.
    """
    transformed = transform(spec)
    config = Config.from_sources(
        ConfigFile(package_name_override=PACKAGE, post_hooks=[]),
        meta_type=MetaType.NONE,
        document_source=spec.path,
        file_encoding="utf-8",
        overwrite=True,
        output_path=folder,
    )
    with scalar_properties(transformed):
        parsed = GeneratorData.from_dict(transformed.document, config=config)
    if isinstance(parsed, StockError):
        raise _refused(spec, [parsed])
    if errors := _Client(parsed, config, transformed).build():
        raise _refused(spec, errors)
    _format(folder)
    write_provenance(spec.path, TEMPLATES, folder)


@attrs.frozen
class OperationData:
    """What the templates are told of one operation."""

    endpoint: Endpoint
    spec: dict[str, Any]
    request: ModelProperty
    needs: dict[str, str]
    response: str

    @property
    def name(self) -> str:
        return str(self.endpoint.name)

    @property
    def arguments(self) -> list[Any]:
        return _fields(self.request)

    @property
    def constant(self) -> str:
        return self.name.upper()

    @property
    def paragraphs(self) -> list[str]:
        """The paragraphs of the method's docstring."""
        return method_docstring(self.spec, {str(a.python_name): a.description for a in self.arguments})


class _Client(Project):
    """A project of openapi-python-client with our files in the place of the stock ones."""

    def __init__(self, parsed: GeneratorData, config: Config, transformed: TransformedSpec) -> None:
        super().__init__(openapi=parsed, config=config, custom_template_path=TEMPLATES)
        self._transformed = transformed
        self.env.filters.update(docstring=docstring, constant=constant, literal=_literal)

    def build(self) -> list[StockError]:
        """Write the files; return what went wrong."""
        errors = list(self._get_errors())
        if not errors:
            context = self._context()
            for template in sorted(TEMPLATES.glob("*.py.jinja")):
                text = self.env.get_template(template.name).render(**context)
                (self.package_dir / template.stem).write_text(f"{HEADER}\n{text}", "utf-8")
            (self.package_dir / "py.typed").touch()
        return errors

    def _context(self) -> dict[str, Any]:
        """Return what the templates are given."""
        collections = self.openapi.endpoint_collections_by_tag.values()
        operations = [self._operation(endpoint) for collection in collections for endpoint in collection.endpoints]
        self._refuse_taken_names(operations)
        requests = {operation.request.class_info.name for operation in operations}
        enums = {s.enum.name: s.enum for s in self._transformed.scalars if s.enum}
        return {
            "operations": operations,
            # A read can be the question that resolves a write, so reads are declared first.
            "declared": sorted(operations, key=lambda operation: not operation.spec["x-safe-to-repeat"]),
            "models": _items_first([model for model in self.openapi.models if model.class_info.name not in requests]),
            "enums": sorted(enums.values(), key=lambda enum: enum.name),
            "scalars": RUNTIME_SCALARS,
            "named": {name: s for name, s in self._transformed.components().items() if not s.implied},
            "servers": {s["x-environment"]: s["url"] for s in self._transformed.spec.document["servers"]},
            "title": self._transformed.spec.document["info"]["title"],
        }

    def _operation(self, endpoint: Endpoint) -> OperationData:
        path = endpoint.path.get_untrusted_value()
        operation = self._transformed.spec.document["paths"][path]["post"]
        (response,) = endpoint.responses.patterns
        request = cast("ModelProperty", endpoint.bodies[0].prop)
        return OperationData(
            endpoint,
            operation,
            request,
            self._needs(path, operation, {a.name.get_untrusted_value(): str(a.python_name) for a in _fields(request)}),
            response.prop.get_type_string(no_optional=True).as_unembedded_code(),
        )

    def _refuse_taken_names(self, operations: list[OperationData]) -> None:
        """Refuse names that would hide one another in the client."""
        spec = self._transformed.spec
        methods: dict[str, str] = {}
        for operation in operations:
            path = operation.endpoint.path.get_untrusted_value()
            if operation.name in methods:
                raise spec.error(
                    ("paths", path, "post", "operationId"), f"would hide that of {methods[operation.name]}"
                )
            methods[operation.name] = path
        for model in self.openapi.models:
            for field in _fields(model):
                if field.python_name in _TAKEN:
                    place = ("components", "schemas", str(model.class_info.name), "properties", field.python_name)
                    raise spec.error(place, f"every answer has a {field.python_name} of its own")

    def _needs(self, path: str, operation: dict[str, Any], names: dict[str, str]) -> dict[str, str]:
        """Return the argument that each argument needs beside it (`dependentRequired`)."""
        spec = self._transformed.spec
        _, schema = spec.resolve(operation["requestBody"]["content"]["application/json"]["schema"])
        needs: dict[str, str] = {}
        for name, others in schema.get("dependentRequired", {}).items():
            if len(others) != 1:
                raise spec.error(("paths", path, "post"), f"{name} can need one other field, not {len(others)}")
            needs[names[name]] = names[others[0]]
        return needs


def _fields(model: Any) -> list[Any]:
    return [*(model.required_properties or ()), *(model.optional_properties or ())]


def _literal(value: Any) -> str:
    return literal(value.get_untrusted_value() if isinstance(value, UntrustedString) else value)


def _items_first(models: list[Any]) -> list[Any]:
    """Order models so that each stands behind those that its lists hold."""

    def depth(model: Any) -> int:
        inner = [field.inner_property for field in _fields(model) if isinstance(field, ListProperty)]
        return 1 + max(
            (depth(by_name[item.class_info.name]) for item in inner if isinstance(item, ModelProperty)), default=0
        )

    by_name = {model.class_info.name: model for model in models}
    return sorted(models, key=lambda model: (depth(model), list(by_name).index(model.class_info.name)))


def _format(folder: Path) -> None:
    """Sort imports, drop those not needed, and lay the code out, whatever configuration stands around the folder."""
    # One after the other: sorted first, a long import would stay broken into lines that it no longer needs.
    for command in (["check", "--fix-only", "--select=F401"], ["check", "--fix-only", "--select=I"], ["format"]):
        done = subprocess.run(  # noqa: S603  (our own interpreter's ruff)
            [*_RUFF, *command, *_ISOLATED, "."], cwd=folder, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise GeneratorError(f"ruff cannot read what the templates wrote:\n{done.stdout}{done.stderr}")


def _refused(spec: Spec, errors: list[StockError]) -> GeneratorError:
    told = "\n".join(f"  {error.header} {error.detail or ''}".rstrip() for error in errors)
    return GeneratorError(f"{spec.path}: openapi-python-client would leave parts out:\n{told}")
