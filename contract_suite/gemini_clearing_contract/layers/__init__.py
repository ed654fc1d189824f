"""The layers of the contract suite: one module for each, with `run(context)`."""

from .registry import LAYERS, layer_named

__all__ = ["LAYERS", "layer_named"]
