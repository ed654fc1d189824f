"""
The provenance file of a rendering: hashes of the spec, the templates and every written file, and versions of the tools.

With it, `--check` can report why a rendering differs from the committed package.
"""

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

__all__ = ["FILE", "HEADER", "read_provenance", "sha256", "write_provenance"]

FILE = "PROVENANCE.json"
HEADER = "# Generated from openapi/clearing.yaml by `make generate`. Do not edit: change the spec or the templates."
_TOOLS = ("openapi-python-client", "ruff")


def write_provenance(spec: Path, templates: Path, folder: Path) -> None:
    """Write the provenance file of the package in `folder`."""
    sources = {f"openapi/{spec.name}": spec} | {
        f"templates/{path.name}": path for path in sorted(templates.glob("*.jinja"))
    }
    provenance = {
        "tools": {tool: version(tool) for tool in _TOOLS},
        "sources": {name: sha256(path) for name, path in sources.items()},
        "files": {path.name: sha256(path) for path in sorted(folder.iterdir()) if path.name != FILE},
    }
    (folder / FILE).write_text(json.dumps(provenance, indent=2) + "\n", "utf-8")


def read_provenance(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return the provenance of a package; empty if it is missing or unreadable."""
    try:
        provenance = json.loads((folder / FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return provenance if isinstance(provenance, dict) else {}


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
