"""The comparison of an installation's folders with RECORD: strays, links, permissions, byte code."""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path

from ._byte_code import difference_of, module_of
from ._files import files_below, is_writable_by_all

__all__ = ["FolderComparison", "writable"]

_CACHE = "__pycache__"


@dataclass(slots=True)
class FolderComparison:
    """The comparison of folders with the files that are recorded for them."""

    root: Path
    """The folder that the names are relative to."""
    recorded: Set[str]
    uncompared: int = 0
    """The number of compiled files of another Python, or of a tool, and of outdated ones."""
    _unreadable: list[Path] = field(default_factory=list)

    def differences(self, folders: Iterable[str]) -> Iterator[str]:
        """Yield one line for each difference below some folders."""
        for folder in folders:
            if (self.root / folder).is_symlink():
                yield self._link(folder)
                continue
            for path in files_below(self.root / folder, self._unreadable):
                yield from self._file(path, path.relative_to(self.root).as_posix())
        yield from (f"unreadable: {path.relative_to(self.root).as_posix()} (a folder)" for path in self._unreadable)
        yield from self._writable(folders)

    def _file(self, path: Path, name: str) -> Iterator[str]:
        if path.is_symlink():
            yield self._link(name)
        elif path.parent.name == _CACHE:
            yield from self._byte_code(path, name)
        elif name not in self.recorded:
            yield f"stray: {name} (not in RECORD)"

    def _link(self, name: str) -> str:
        return f"linked: {name} (a wheel has no links; this one leads to {(self.root / name).readlink()})"

    def _byte_code(self, path: Path, name: str) -> Iterator[str]:
        module = module_of(path)
        if module is None or module.relative_to(self.root).as_posix() not in self.recorded:
            yield f"stray: {name} (no module)"
            return
        difference = difference_of(path, module)
        self.uncompared += difference is None
        if difference:
            yield f"changed: {name} ({difference})"

    def _writable(self, folders: Iterable[str]) -> Iterator[str]:
        """Yield the files and folders that every user of the machine may change after the verification."""
        paths = [self.root]
        for folder in folders:
            paths += [self.root / folder, *(self.root / folder).rglob("*")]
        for path in paths:
            yield from writable(path, path.relative_to(self.root).as_posix())


def writable(path: Path, name: str) -> Iterator[str]:
    """Yield the line of a file or a folder that every user of the machine may change."""
    if not path.is_symlink() and is_writable_by_all(path):
        yield f"writable: {name} (every user of this machine can change it)"
