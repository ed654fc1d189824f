"""The command that reproduces a finding, quoted for a shell in the current folder."""

import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["command", "shell_options"]


def command(*options: str) -> str:
    """Return the command of the suite with these options, which are quoted already."""
    return " ".join([shlex.quote(_python()), "-m gemini_clearing_contract", *filter(None, options)])


def shell_options(given: Mapping[str, object]) -> str:
    """Return quoted options; an option without a value is omitted, and one with the value True has no argument."""
    parts = (name if value is True else f"{name} {shlex.quote(str(value))}" for name, value in given.items() if value)
    return " ".join(parts)


def _python() -> str:
    """Return the interpreter relative to the current folder: a report contains no path of this machine."""
    if shutil.which("python") == sys.executable:
        return "python"
    is_inside = Path(sys.executable).is_relative_to(Path.cwd())
    return str(Path(sys.executable).relative_to(Path.cwd())) if is_inside else "python"
