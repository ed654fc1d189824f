"""
The generator: writes the client in `generated_client/` from `openapi/clearing.yaml`. It is never shipped.

`python -m gemini_clearing_generator` writes the client. With `--check` it compares it with a fresh rendering.
"""

from ._errors import GeneratorError
from ._render import render
from ._spec import Spec, load_spec

__all__ = ["GeneratorError", "Spec", "load_spec", "render"]
