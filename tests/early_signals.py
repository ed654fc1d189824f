"""
Runs a command, and sends a signal to it while it imports a module: `python -m tests.early_signals NUMBER MODULE …`.

The rest of the arguments are the package of the command, and the command's own arguments.
"""

import os
import runpy
import subprocess
import sys
from pathlib import Path

__all__ = ["end_during_import"]

ROOT = Path(__file__).parents[1]


class SignalingFinder:
    """A finder that finds nothing, and sends a signal when a module is looked for."""

    def __init__(self, number: int, module: str) -> None:
        self.number = number
        self.module = module

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Send the signal if it is the module."""
        if name == self.module:
            os.kill(os.getpid(), self.number)


def end_during_import(number: int, module: str, *command: str) -> tuple[int, str]:
    """Return the exit status and the output of a command that gets a signal during an import."""
    done = subprocess.run(
        [sys.executable, "-m", __name__, str(int(number)), module, *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout


def main(number: str, module: str, package: str, *arguments: str) -> None:
    """Run the command."""
    if module in sys.modules:
        sys.exit(f"{module} is imported before the command starts. Choose another module.")
    sys.meta_path.insert(0, SignalingFinder(int(number), module))
    sys.argv = [package, *arguments]
    runpy.run_module(package, run_name="__main__", alter_sys=True)
    sys.exit(f"{module} was not imported. Choose another module.")


if __name__ == "__main__":
    main(*sys.argv[1:])
