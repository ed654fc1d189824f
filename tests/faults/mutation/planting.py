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

from tests.faults.mutation.mutants import Mutant, folder_of

__all__ = ["planted"]


@contextmanager
def planted(mutant: Mutant, shadows: Path) -> Iterator[None]:
    """Whatever is imported from now on, here and in processes of ours, is the mutant."""
    with TemporaryDirectory(dir=shadows) as root:
        _link(folder_of(mutant.package), Path(root, mutant.package), mutant.file)
        shadow = Path(root, mutant.package, mutant.file.relative_to(folder_of(mutant.package)))
        shadow.write_text(mutant.source(), encoding="utf-8")
        # The link to `__pycache__` is for reading: what is compiled from a mutant must not stay.
        sys.dont_write_bytecode = True
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
        sys.path.insert(0, root)
        yield


def _link(folder: Path, shadow: Path, mutated: Path) -> None:
    """Link to everything in a folder but one file; the folders on the way to that file are real ones."""
    shadow.mkdir()
    for entry in folder.iterdir():
        if entry in mutated.parents:
            _link(entry, shadow / entry.name, mutated)
        elif entry != mutated:
            (shadow / entry.name).symlink_to(entry)
