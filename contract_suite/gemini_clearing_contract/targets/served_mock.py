"""The mock as a separate process that listens on a free port of this machine."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec

from ..errors import TargetError
from .credentials import parse_credentials
from .http import HttpTarget

__all__ = ["require_mock", "served_mock"]

STOP_TIMEOUT_S = 30


def require_mock() -> None:
    """
    Check that the mock and its server are installed.

    Raises:
        TargetError: The extra `mock` is missing.
    """
    if find_spec("gemini_clearing_mock") is None or find_spec("uvicorn") is None:
        install = 'pip install "gemini-clearing[contract,mock]"'
        raise TargetError(
            f"without --target the suite tests the mock, and the extra `mock` is not installed: {install}"
        )


@contextmanager
def served_mock() -> Iterator[HttpTarget]:
    """Start a mock, and stop it at the end of the block."""
    command = [sys.executable, "-m", "gemini_clearing_mock", "--port", "0", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline() if process.stdout else ""
        given = parse_credentials(line, "the mock's first line")
        if given.base_url is None:
            raise TargetError(f"the mock printed no address: {line!r}.")
        with closing(
            HttpTarget(given.base_url, given.desks, master_keys=given.master_keys, tokens=given.tokens)
        ) as target:
            # Both processes read the same clock.
            target.tolerance_ms = 1_000
            yield target
    finally:
        process.terminate()
        process.wait(STOP_TIMEOUT_S)
        if process.stdout:
            process.stdout.close()
