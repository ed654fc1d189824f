"""The command that shows a finding again, quoted so that it can be pasted into a shell at the root of the project."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["command", "shell_options"]


def command(*options: str) -> str:
    """A run of the suite with these options, which are quoted already."""
    return " ".join([shlex.quote(_python()), "-m gemini_clearing_contract", *filter(None, options)])


def shell_options(given: Mapping[str, object]) -> str:
    """Options by name, without those that were not given; one that is merely true stands alone."""
    parts = (name if value is True else f"{name} {shlex.quote(str(value))}" for name, value in given.items() if value)
    return " ".join(parts)


def _python() -> str:
    """The interpreter at hand, as a shell here finds it: no path of this machine is worth a place in a report."""
    if shutil.which("python") == sys.executable:
        return "python"
    inside = Path(sys.executable).is_relative_to(Path.cwd())
    return str(Path(sys.executable).relative_to(Path.cwd())) if inside else "python"
