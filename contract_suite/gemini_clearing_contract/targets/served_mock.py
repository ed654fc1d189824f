"""A mock that is a process of its own and listens on this machine."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from .credentials import read_credentials
from .http import HttpTarget
from .target import TargetError

__all__ = ["served_mock"]

START_TIMEOUT_S = 30


@contextmanager
def served_mock() -> Iterator[HttpTarget]:
    """A mock that listens on a free port of this machine, and ends with the block."""
    command = [sys.executable, "-m", "gemini_clearing_mock", "--port", "0", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline() if process.stdout else ""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "credentials.json"
            file.write_text(line, encoding="utf-8")
            base_url, desks = read_credentials(file)
        if base_url is None:
            raise TargetError(f"The mock did not say where it listens: {line!r}.")
        with closing(HttpTarget(base_url, desks)) as target:
            # It is on this machine, and tells the machine's time.
            target.tolerance_ms = 1_000
            yield target
    finally:
        process.terminate()
        process.wait(START_TIMEOUT_S)
        if process.stdout:
            process.stdout.close()
