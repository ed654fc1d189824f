"""The check that edited modules use only names that they define, as ruff sees it; the edits are made elsewhere."""

import json
import subprocess
import sys
from pathlib import Path

__all__ = ["undefined_names"]


def undefined_names(folder: Path) -> list[tuple[str, str]]:
    """Return the file name and ruff's message for each name in the Python files of a folder that nothing defines."""
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "F821", "--ignore-noqa"]
    done = subprocess.run(
        [*command, "--target-version", "py311", "--output-format", "json", folder],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return [(Path(entry["filename"]).name, entry["message"]) for entry in json.loads(done.stdout)]
