"""
The layers: one module for each, with a function `run(context)`.

`scenarios/` contains the orders and lists that several layers use, `tools/` the third-party tools.
"""

from .registry import LAYERS, layer_named

__all__ = ["LAYERS", "layer_named"]
