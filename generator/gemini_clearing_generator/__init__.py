"""
Writes the client in `generated_client/` from `openapi/clearing.yaml`; for development only, never shipped.

`python -m gemini_clearing_generator` writes it, with `--check` it compares.
"""

from ._errors import GeneratorError
from ._render import render
from ._spec import Spec, load_spec

__all__ = ["GeneratorError", "Spec", "load_spec", "render"]
