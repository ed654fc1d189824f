"""The files of BASE in a temporary folder, and today's client: the tests of BASE are checked with both."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

from gemini_clearing_generator import Spec, render

from ._base import CLIENT, LIBRARIES, Base

__all__ = ["BaseTree", "extracted"]

_USES_CLIENT = re.compile(r"^\s*(?:from|import) gemini_clearing\b", flags=re.MULTILINE)


@attrs.frozen
class BaseTree:
    """The files of BASE, and the packages that its tests can use."""

    ref: str
    root: Path
    """The folder with the files of BASE."""
    checkout: Path
    """The checkout, with today's hand-written packages."""
    rendered: Path
    """The folder with the client that today's spec renders."""

    @property
    def client_today(self) -> list[Path]:
        """The folders of today's client and of its libraries."""
        return [self.rendered, *(self.checkout / path for path in LIBRARIES)]

    @property
    def client_of_base(self) -> list[Path]:
        """The folders of BASE's client and of its libraries."""
        return [self.root / CLIENT.parent, *(self.root / path for path in LIBRARIES)]

    def tests(self, folder: str = "tests") -> list[str]:
        """Return the paths of the test files in a folder that import the client."""
        paths = (self.root / folder).rglob("*.py")
        used = (path for path in paths if _USES_CLIENT.search(path.read_text("utf-8")))
        return sorted(path.relative_to(self.root).as_posix() for path in used)


@contextmanager
def extracted(base: Base, after: Spec) -> Iterator[BaseTree]:
    """
    Write the files of BASE and today's client to a temporary folder, for the time of the context.

    Raises:
        GeneratorError: the client cannot be generated.
    """
    with tempfile.TemporaryDirectory(prefix="gemini-clearing-") as name:
        folder = Path(name).resolve()
        tree = BaseTree(base.ref, folder / "base", base.root.resolve(), folder / "today")
        base.extract(tree.root)
        (tree.rendered / CLIENT.name).mkdir(parents=True)
        render(after, tree.rendered / CLIENT.name)
        yield tree
