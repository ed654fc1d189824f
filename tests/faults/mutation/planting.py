"""
Plant a mutant: put a shadow of its package first on the import path of this process and of the processes it starts.

A shadow is a folder of links to the package's files, with the mutated file in place of the original.
"""

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
    """Import the mutant from now on, in this process and in the processes that it starts."""
    with TemporaryDirectory(dir=shadows) as root:
        _link(folder_of(mutant.package), Path(root, mutant.package), mutant.file)
        shadow = Path(root, mutant.package, mutant.file.relative_to(folder_of(mutant.package)))
        shadow.write_text(mutant.source(), encoding="utf-8")
        # `__pycache__` is a link to the original, so bytecode of a mutant must not be written.
        sys.dont_write_bytecode = True
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
        sys.path.insert(0, root)
        yield


def _link(folder: Path, shadow: Path, mutated: Path) -> None:
    """Link to every file of a folder except the mutated file, whose parent folders are created."""
    shadow.mkdir()
    for entry in folder.iterdir():
        if entry in mutated.parents:
            _link(entry, shadow / entry.name, mutated)
        elif entry != mutated:
            (shadow / entry.name).symlink_to(entry)
