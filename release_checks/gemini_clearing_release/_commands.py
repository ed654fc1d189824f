"""Commands of the environment, run with their output kept."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from ._errors import ReleaseError

__all__ = ["TOOLS", "run", "succeed"]

TOOLS = Path(sys.executable).parent


def run(
    *command: str | Path, cwd: Path | None = None, extra: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a command, and return its exit status and its output."""
    words = [str(part) for part in command]
    environment = {**os.environ, **(extra or {})}
    return subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def succeed(*command: str | Path, cwd: Path | None = None, extra: Mapping[str, str] | None = None) -> str:
    """
    Run a command, and return what it printed.

    Raises:
        ReleaseError: the command failed.
    """
    done = run(*command, cwd=cwd, extra=extra)
    if done.returncode:
        name = Path(command[0]).name
        raise ReleaseError(f"{name}: exit status {done.returncode}.\n{(done.stdout + done.stderr).strip()}")
    return done.stdout
