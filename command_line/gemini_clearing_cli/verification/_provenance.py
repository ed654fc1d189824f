"""The provenance of the generated package: hashes of its files and of its sources, and the versions of the tools."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["PROVENANCE", "Provenance", "read_provenance", "sha256_of"]

PROVENANCE = "PROVENANCE.json"


@dataclass(frozen=True, slots=True)
class Provenance:
    """The content of the file."""

    tools: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    """Why the file cannot be used."""


def read_provenance(package: Path) -> Provenance:
    """Return the provenance of a generated package."""
    try:
        found = json.loads((package / PROVENANCE).read_text(encoding="utf-8"))
        tools, sources, files = (dict(found[part]) for part in ("tools", "sources", "files"))
        if not all(re.fullmatch("[0-9a-f]{64}", digest) for digest in (*sources.values(), *files.values())):
            return Provenance(problem="not a hash")
        return Provenance(tools, sources, files)
    except (OSError, ValueError, LookupError, TypeError) as error:
        return Provenance(problem=type(error).__name__)


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 in hex, as in the provenance."""
    return hashlib.sha256(content).hexdigest()
