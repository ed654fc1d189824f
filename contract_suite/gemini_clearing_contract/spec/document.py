"""
The OpenAPI file and how it is found.

The wheel contains a copy as package data. An editable install does not, so that the suite reads the checkout's
`openapi/clearing.yaml`, and an edit of that file is in force immediately.
"""

from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

__all__ = ["JSON_BODY", "load_document", "spec_text"]

PACKAGED = files("gemini_clearing_contract") / "clearing.yaml"
CHECKOUT = Path(__file__).resolve().parents[3] / "openapi" / "clearing.yaml"
JSON_BODY = "application/json"


def spec_text(path: Path | None = None) -> str:
    """Return the text of the OpenAPI file, or of another one."""
    source = path or (PACKAGED if PACKAGED.is_file() else CHECKOUT)
    return source.read_text(encoding="utf-8")


def load_document(path: Path | None = None) -> dict[str, Any]:
    """
    Parse the OpenAPI file, or another one; references are not resolved.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is not an OpenAPI document.
    """
    name = path or "the packaged spec"
    try:
        document = yaml.load(spec_text(path), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except UnicodeDecodeError as error:
        raise ValueError(f"{name}: not YAML in UTF-8.") from error
    except yaml.YAMLError as error:
        raise ValueError(f"{name}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict) or "paths" not in document:
        raise ValueError(f"{name}: not an OpenAPI document (`paths` is missing).")
    return document
