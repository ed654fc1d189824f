"""The OpenAPI file: operations, request schemas, reasons, precedence and the order life-cycle."""

from .document import JSON_BODY, load_document, spec_text
from .model import ExpectedError, Spec, SpecOperation
from .request_schema import Violation, missing_property, schema_violations

__all__ = [
    "JSON_BODY",
    "ExpectedError",
    "Spec",
    "SpecOperation",
    "Violation",
    "load_document",
    "missing_property",
    "schema_violations",
    "spec_text",
]
