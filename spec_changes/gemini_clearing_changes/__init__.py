"""
Changes of the spec: their weight for users, the version that they require, the release notes. It is never shipped.

`python -m gemini_clearing_changes --help` lists the commands.
"""

from ._change import Change, Place, Weight, heaviest
from ._compare import compare_specs

__all__ = ["Change", "Place", "Weight", "compare_specs", "heaviest"]
