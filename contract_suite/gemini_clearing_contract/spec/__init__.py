"""What the spec says, in the form that the suite needs."""

from .document import JSON_BODY, SPEC_FILE, load_document
from .model import ExpectedError, Spec, SpecOperation
from .request_schema import Violation, missing_property, schema_violations

__all__ = [
    "JSON_BODY",
    "SPEC_FILE",
    "ExpectedError",
    "Spec",
    "SpecOperation",
    "Violation",
    "load_document",
    "missing_property",
    "schema_violations",
]
