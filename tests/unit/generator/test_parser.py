"""The use of openapi-python-client: public attributes only, and a failing test for each attribute that changes."""

import ast
import importlib
from importlib.metadata import version
from pathlib import Path

import pytest
from openapi_python_client.parser.openapi import Endpoint, EndpointCollection, GeneratorData
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.schema import Schema

import gemini_clearing_generator

PACKAGE = Path(gemini_clearing_generator.__file__).parent

# What `_build` reads of the parser's objects.
ATTRIBUTES = {
    GeneratorData: {"models", "errors", "endpoint_collections_by_tag"},
    EndpointCollection: {"endpoints", "parse_errors"},
    Endpoint: {"path", "name", "bodies", "responses"},
    ModelProperty: {
        "class_info", "data", "description", "required_properties", "optional_properties", "python_name", "required",
    },
    ListProperty: {"inner_property", "python_name", "required", "description"},
    Schema: {"properties", "schema_format"},
}  # fmt: skip


def test_version_of_the_parser_is_the_one_that_was_read() -> None:
    """With a new version, read `_build.py` again, and then change this number."""
    assert version("openapi-python-client") == "0.29.1"


@pytest.mark.parametrize("cls", ATTRIBUTES)
def test_attribute_of_the_parser_exists(cls: type) -> None:
    """Each attribute that the generator reads is a field of the class."""
    fields = set(getattr(cls, "model_fields", {})) | set(cls.__annotations__)

    assert ATTRIBUTES[cls] - fields == set()


def test_generator_uses_no_private_name_of_the_parser() -> None:
    """No module imports a name with an underscore from openapi-python-client, or patches it."""
    private = []
    for path in sorted(PACKAGE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("openapi_python_client"):
                private += [f"{path.name}: {alias.name}" for alias in node.names if alias.name.startswith("_")]
            if isinstance(node, ast.ImportFrom) and node.module == "unittest.mock":
                private.append(f"{path.name}: unittest.mock")

    assert private == []
    assert importlib.import_module("gemini_clearing_generator._build")
