"""
ccxt, a client library for many exchanges, in `.build`: a hundred megabytes that only the benchmarks need.

`ccxt/requirements.txt` pins it.
"""

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

__all__ = ["import_ccxt"]

_FOLDER = Path(__file__).parents[1] / ".build" / "ccxt"
_REQUIREMENTS = Path(__file__).with_name("ccxt") / "requirements.txt"


def import_ccxt() -> ModuleType | None:
    """Install ccxt if it is missing, and return the module; None if it cannot be installed."""
    if not (_FOLDER / "ccxt").exists() and not _install():
        return None
    if str(_FOLDER) not in sys.path:
        sys.path.append(str(_FOLDER))  # at the end: the packages of the environment come first
    return importlib.import_module("ccxt")


def _install() -> bool:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--retries=1"]
    target = ["--target", str(_FOLDER), "--requirement", str(_REQUIREMENTS)]
    done = subprocess.run([*command, *target], capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"pip could not install ccxt: {done.stderr.strip()[-300:]}", file=sys.stderr)
    return done.returncode == 0
