"""A copy of the checkout, which a test may change, and commands that run on the packages of the copy."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.project.reading import PYPROJECT, ROOT, committed

__all__ = ["copy_checkout", "run_python"]


def copy_checkout(folder: Path) -> None:
    """Copy the committed files."""
    for path in committed():
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


def run_python(copy: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run Python on the packages of the copy, and none of this checkout."""
    # The coverage of this checkout does not include the copy.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    folders = [str(copy / name) for name in PYPROJECT["tool"]["hatch"]["build"]["dev-mode-dirs"]]
    environment["PYTHONPATH"] = os.pathsep.join(folders)
    # Hypothesis stores its table of all characters there, and takes two seconds to make it.
    environment["HYPOTHESIS_STORAGE_DIRECTORY"] = str(ROOT / ".hypothesis")
    return subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
