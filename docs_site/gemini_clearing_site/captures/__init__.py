"""
Pictures of the command line in a terminal: real runs against a served mock exchange, made by each build of the site.

`_scenes.py` lists them. A page shows one with `<!-- capture NAME:`, the alternative text in lines, and `-->`.
"""

from ._figure import with_figures
from ._make import make_captures
from ._rules import check_captures
from ._scenes import SCENES

__all__ = ["SCENES", "check_captures", "make_captures", "with_figures"]
