"""The OpenAPI file as it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

__all__ = ["JSON_BODY", "SPEC_FILE", "load_document"]

SPEC_FILE = Path(__file__).resolve().parents[3] / "openapi" / "clearing.yaml"
JSON_BODY = "application/json"


def load_document(path: Path = SPEC_FILE) -> dict[str, Any]:
    """Read the spec as it stands, references unresolved."""
    document = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    if not isinstance(document, dict) or "paths" not in document:
        raise ValueError(f"{path} is not an OpenAPI document: it has no `paths`.")
    return document
