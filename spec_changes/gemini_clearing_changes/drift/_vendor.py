"""
Reading of a vendor's OpenAPI file, 3.0 or 3.1, with its known defects.

Tabs in the indentation, types that JSON Schema does not define, and keywords next to a reference are accepted.
"""

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from .._errors import ChangesError

__all__ = ["read_vendor", "types_of"]

_TYPES = {
    "int": "integer", "long": "integer", "bigint": "integer", "float": "number", "double": "number",
    "decimal": "number", "bool": "boolean", "str": "string", "text": "string", "timestamp": "string", "date": "string",
}  # fmt: skip
# Gemini's file has a few hundred kilobytes.
_MOST_BYTES = 20_000_000
_TIMEOUT_S = 30


def read_vendor(source: str) -> dict[str, Any]:
    """
    Return the document of a file or an address.

    Raises:
        ChangesError: it cannot be read, or is not an OpenAPI document with paths.
    """
    try:
        document = YAML(typ="safe").load(_without_tabs(_text(source)))
    except (OSError, UnicodeDecodeError, httpx.HTTPError, httpx.InvalidURL, YAMLError) as exc:
        problem = " ".join(str(exc).split())
        raise ChangesError(f"UPSTREAM: {source}: {problem}. Name a file or an address of an OpenAPI document") from exc
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        raise ChangesError(f"UPSTREAM: {source}: no `paths`. Name a file or an address of an OpenAPI document")
    return document


def types_of(schema: Mapping[str, Any]) -> frozenset[str]:
    """Return the JSON types of a resolved schema; those of all branches if it has branches."""
    declared = schema.get("type", [])
    names = [declared] if isinstance(declared, str) else list(declared)
    for keyword in ("anyOf", "oneOf"):
        for branch in schema.get(keyword, ()):
            names += types_of(branch)
    if schema.get("nullable") is True:  # 3.0; in 3.1, null is a type
        names.append("null")
    return frozenset(_TYPES.get(name, name) for name in names)


def _text(source: str) -> str:
    if re.match(r"https?://", source):
        return _download(source)
    if not Path(source).is_file():
        raise ChangesError(
            f"UPSTREAM: {source or 'empty'}: not a file. Name a file or an address of an OpenAPI document"
        )
    return Path(source).read_text("utf-8-sig")


def _download(address: str) -> str:
    """Return a document; a server that sends too much, or too slowly, is an error."""
    content, end_s = bytearray(), time.monotonic() + _TIMEOUT_S
    with httpx.stream("GET", address, timeout=_TIMEOUT_S, follow_redirects=True) as response:
        if not response.is_success:
            raise ChangesError(f"UPSTREAM: {address}: status {response.status_code}. Name the address of the document")
        for part in response.iter_bytes():
            content += part
            if len(content) > _MOST_BYTES or time.monotonic() > end_s:
                limits = f"{_MOST_BYTES:,} bytes or {_TIMEOUT_S} seconds"
                raise ChangesError(f"UPSTREAM: {address}: more than {limits}. Download it, and name the file")
    return content.decode("utf-8-sig")


def _without_tabs(text: str) -> str:
    """Replace the tabs of an indentation by two spaces each; YAML forbids them."""
    return re.sub(r"^[ \t]+", lambda found: found[0].replace("\t", "  "), text, flags=re.MULTILINE)
