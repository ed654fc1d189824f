"""The one property type that openapi-python-client does not know: a scalar with a kind of the runtime."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar
from unittest.mock import patch

import openapi_python_client.parser.properties as stock
from attrs import define
from openapi_python_client import schema as oai
from openapi_python_client.config import Config
from openapi_python_client.parser.properties.protocol import PropertyProtocol, Value
from openapi_python_client.strings import PythonCode, PythonIdentifier

from ._scalars import ScalarDeclaration
from ._transform import SCALAR_FORMAT, TransformedSpec, constant

__all__ = ["ScalarProperty", "scalar_properties"]


@define
class ScalarProperty(PropertyProtocol):
    """A field or an argument that is one of the runtime's kinds."""

    name: oai.UntrustedString
    required: bool
    default: Value | None
    python_name: PythonIdentifier
    description: oai.UntrustedString | None
    example: oai.UntrustedString | None
    scalar: ScalarDeclaration
    _allowed_locations: ClassVar[set[oai.ParameterLocation]] = set()

    @property
    def expression(self) -> str:
        """How code refers to the kind: by its constant where it has one."""
        name = self.scalar.component
        return constant(name) if name and not self.scalar.implied else self.scalar.expression

    def convert_value(self, value: Any) -> None:
        """Refuse a default: what is sent is what the caller gave, and nothing else."""

    def get_base_type_string(self) -> PythonCode:
        """Return the type of a model's field."""
        return PythonCode(self.scalar.response_type)


@contextmanager
def scalar_properties(transformed: TransformedSpec) -> Iterator[None]:
    """Let openapi-python-client make a `ScalarProperty` of every scalar of the transformed."""
    original = stock._string_based_property

    def build(name: oai.UntrustedString, required: bool, data: oai.Schema, config: Config) -> Any:
        written = data.schema_format.get_untrusted_value() if data.schema_format else ""
        if not written.startswith(SCALAR_FORMAT):
            return original(name=name, required=required, data=data, config=config)
        scalar = transformed.scalars[int(written.removeprefix(SCALAR_FORMAT))]
        return ScalarProperty(
            name=name,
            required=required,
            default=None,
            python_name=PythonIdentifier(value=name, prefix=config.field_prefix),
            description=data.description,
            example=None,
            scalar=scalar,
        )

    with patch.object(stock, "_string_based_property", build):
        yield
