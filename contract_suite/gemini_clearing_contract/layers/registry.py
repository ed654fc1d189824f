"""The layers in the order in which they run."""

import importlib
from collections.abc import Callable

from ..run.run import Context, Layer

__all__ = ["LAYERS", "layer_named"]

SERVER, CLIENT, TRANSPORT = frozenset({"server"}), frozenset({"client"}), frozenset({"transport"})


def _layer(name: str, title: str, tests: frozenset[str], *, creates_orders: bool = False) -> Layer:
    def load() -> Callable[[Context], None]:
        # Imported when the layer runs: schemathesis and the client are slow to import, and not each run needs them.
        module = importlib.import_module(f"{__package__}.{name}")
        run: Callable[[Context], None] = module.run
        return run

    return Layer(name, title, tests, creates_orders, load=load)


LAYERS = (
    _layer("examples", "the documented examples", SERVER),
    _layer("corpus", "the recorded corpus", SERVER),
    _layer("bad_signatures", "wrong signatures and nonces, one error at a time", SERVER),
    _layer("error_precedence", "two errors in one request: the earlier check responds", SERVER),
    _layer("sequences", "orders from creation to their end, by several desks", SERVER, creates_orders=True),
    _layer("rejected_requests", "a rejected request changes nothing", SERVER, creates_orders=True),
    _layer("callers", "master keys and access tokens", SERVER),
    _layer("coverage", "schemathesis: every keyword, satisfied and violated", SERVER),
    _layer("fuzzing", "schemathesis: random bodies", SERVER),
    _layer("links", "schemathesis: along the links of the spec", SERVER, creates_orders=True),
    _layer("state_machine", "random orders by several desks, compared with a model", SERVER, creates_orders=True),
    _layer("limits", "the rate limit, and an account without funds", SERVER),
    _layer("over_http", "the mock as a process, over a socket", TRANSPORT),
    _layer("client_bytes", "the requests that the client sends", CLIENT),
    _layer("client_decoding", "the client's results and errors for each kind of response", CLIENT),
    _layer("client_outcomes", "the client's conclusions after a lost response", CLIENT),
)


def layer_named(name: str) -> Layer:
    """
    Return a layer by its name.

    Raises:
        KeyError: The name is unknown; the message lists the valid ones.
    """
    for layer in LAYERS:
        if layer.name == name:
            return layer
    raise KeyError(f"unknown layer {name!r}. Valid layers: {', '.join(layer.name for layer in LAYERS)}.")
