"""How the tests of this folder read the project.  No test lives here."""

import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["PYPROJECT", "ROOT", "committed", "modules", "text_of"]

ROOT = Path(__file__).parents[2]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def committed() -> list[Path]:
    """Every file that git tracks; what is ignored or not added yet is nobody's business here."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def modules(*folders: str) -> Iterator[Path]:
    """The committed Python modules below some folders of the root."""
    for path in committed():
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders:
            yield path


def text_of(path: Path) -> str | None:
    """The text of a file, or None if it is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None
