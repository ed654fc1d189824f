"""
Layer: the mock as a separate process, over a socket.

Its state is the same as in-process. This layer tests what is added: headers, bodies, connections, and the machine's
clock.
"""

from attrs import evolve

from ..run.run import Context
from ..targets.served_mock import served_mock
from . import bad_signatures, examples, rejected_requests, sequences

__all__ = ["run"]

LAYERS = (examples, bad_signatures, sequences, rejected_requests)


def run(context: Context) -> None:
    """Run the fast layers against a served mock."""
    with served_mock() as target:
        run = evolve(context.run, target=target, results=[], last_session=None)
        # Findings are reported under the name of this layer.
        run.ledger = context.ledger
        for layer in LAYERS:
            layer.run(Context(run, context.layer, context.result))
