"""
Layer: the embedded mock's other door: the mock as a process of its own, judged over a socket.

State is the same in-process and over HTTP, so this looks at what lies between: headers, bodies, connections, and the
mock's clock, which here is the machine's.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from .._plan import Context, layer_named
from ..targets.target import HttpTarget, TargetError, read_credentials

__all__ = ["run", "served_mock"]

INNER = ("examples", "adversaries", "sequences", "traceless")
START_TIMEOUT_S = 30


def run(context: Context) -> None:
    """The layers that talk to a server in every way, in little time."""
    with served_mock() as target:
        inner = replace(context.run, target=target, results=[], last_session=None)
        # One book of findings, under this layer's name.
        inner.ledger = context.ledger
        for name in INNER:
            layer_named(name).module.run(Context(inner, context.layer, context.result))


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
