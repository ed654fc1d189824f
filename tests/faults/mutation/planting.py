"""
Plants a mutant: a shadow of its package, in front of the real one for this process and every one that it starts.

A shadow is a folder of links to the package's own files, with the mutated file in the place of one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.mutation.mutants import Mutant

__all__ = ["planted"]


@contextmanager
def planted(mutant: Mutant, shadows: Path) -> Iterator[None]:
    """Whatever is imported from now on, here and in processes of ours, is the mutant."""
    with TemporaryDirectory(dir=shadows) as root:
        folder = Path(root, mutant.package)
        folder.mkdir()
        for entry in mutant.file.parent.iterdir():
            (folder / entry.name).symlink_to(entry)
        (folder / mutant.file.name).unlink()
        (folder / mutant.file.name).write_text(mutant.source(), encoding="utf-8")
        # The link to `__pycache__` is for reading: what is compiled from a mutant must not stay.
        sys.dont_write_bytecode = True
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
        sys.path.insert(0, root)
        yield
