"""
Layer: the embedded mock's other door: the mock as a process of its own, judged over a socket.

State is the same in-process and over HTTP, so this looks at what lies between: headers, bodies, connections, and the
mock's clock, which here is the machine's.
"""

from __future__ import annotations

from dataclasses import replace

from ..run.run import Context
from ..targets.served_mock import served_mock
from . import bad_signatures, examples, rejected_requests, sequences

__all__ = ["run"]

INNER = (examples, bad_signatures, sequences, rejected_requests)


def run(context: Context) -> None:
    """The layers that talk to a server in every way, in little time."""
    with served_mock() as target:
        inner = replace(context.run, target=target, results=[], last_session=None)
        # One book of findings, under this layer's name.
        inner.ledger = context.ledger
        for layer in INNER:
            layer.run(Context(inner, context.layer, context.result))
