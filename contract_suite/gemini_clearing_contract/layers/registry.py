"""The layers of the suite in the order in which they run."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from ..run.run import Context, Layer

__all__ = ["LAYERS", "layer_named"]


def _layer(name: str, title: str, judges: frozenset[str], *, places_orders: bool = False) -> Layer:
    def load() -> Callable[[Context], None]:
        """Some layers need tools that are slow to import."""
        module = importlib.import_module(f"{__package__}.{name}")
        return module.run  # type: ignore[no-any-return]

    return Layer(name, title, judges, places_orders, load=load)


SERVER, CLIENT, DOOR = frozenset({"server"}), frozenset({"client"}), frozenset({"door"})
LAYERS = (
    _layer("examples", "the documented examples", SERVER),
    _layer("corpus", "the recorded corpus", SERVER),
    _layer("bad_signatures", "signers wrong by one thing", SERVER),
    _layer("error_precedence", "pairs of faults: the earlier one answers", SERVER),
    _layer("sequences", "orders through their whole life, several desks", SERVER, places_orders=True),
    _layer("rejected_requests", "a refused request leaves no trace", SERVER, places_orders=True),
    _layer("coverage", "schemathesis: every keyword, satisfied and violated", SERVER),
    _layer("fuzzing", "schemathesis: random bodies", SERVER),
    _layer("links", "schemathesis: along the links of the spec", SERVER, places_orders=True),
    _layer("state_machine", "a model machine: random orders, several desks", SERVER, places_orders=True),
    _layer("over_http", "the embedded mock's other door: the same over a socket", DOOR),
    _layer("client_bytes", "what the client sends", CLIENT),
    _layer("client_decoding", "what the client makes of answers", CLIENT),
    _layer("client_outcomes", "what the client makes of a lost answer", CLIENT),
)


def layer_named(name: str) -> Layer:
    """A layer by its name; raises KeyError with the names that there are."""
    for layer in LAYERS:
        if layer.name == name:
            return layer
    raise KeyError(f"There is no layer {name!r}; there are {', '.join(layer.name for layer in LAYERS)}.")
