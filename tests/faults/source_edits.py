"""
Import hook that replaces pieces of source text, in packages and their subpackages.

A fault that quotes source text stops fitting when that text is renamed.
`SourceEdits.add` then fails with the package and the text, and `test_catalog.py` lists every such fault.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

__all__ = ["PlantingError", "SourceEdits", "sources_of"]


class PlantingError(Exception):
    """A fault does not fit the code or the spec that it is written for."""


@dataclass
class SourceEdits:
    """The replacements to make, by module."""

    replacements: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    # Modules whose whole source is replaced.
    sources: dict[str, str] = field(default_factory=dict)

    def add(self, package: str, old: str, new: str) -> None:
        """
        Replace a text in every module of a package that contains it.

        Raises:
            PlantingError: No module contains the text, or a module with the text is already imported.
        """
        modules = [module for module, source in sources_of(package).items() if old in source]
        if not modules:
            raise PlantingError(f"no module of {package} contains {old!r}. Update the fault to the current source.")
        for module in modules:
            if module in sys.modules:
                raise PlantingError(f"{module} is already imported. Plant the fault before its import.")
            self.replacements.setdefault(module, []).append((old, new))

    def apply(self, module: str, source: str) -> str:
        """Return the source of a module with its replacements."""
        edited = self.sources.get(module) or source
        for old, new in self.replacements.get(module, ()):
            edited = edited.replace(old, new)
        return edited

    def install(self) -> None:
        """Apply the edits to every module that is imported from now on."""
        sys.meta_path.insert(0, _EditingFinder(self))


@cache
def sources_of(package: str) -> dict[str, str]:
    """Return the source of each module of a package, subpackages included, by module name."""
    return dict(_read_sources(package))


def _read_sources(package: str) -> Iterator[tuple[str, str]]:
    spec = PathFinder.find_spec(package)
    for folder in spec.submodule_search_locations or () if spec else ():
        for file in sorted(Path(folder).rglob("*.py")):
            parts = file.relative_to(folder).with_suffix("").parts
            name = ".".join((package, *parts)).removesuffix(".__init__")
            yield name, file.read_text(encoding="utf-8")


class _EditingFinder(MetaPathFinder):
    """Finder for the modules that have edits."""

    def __init__(self, edits: SourceEdits) -> None:
        self._edits = edits

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the module's own spec with an editing loader, or `None` for a module without edits."""
        if fullname not in self._edits.replacements and fullname not in self._edits.sources:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None:
            source = self._edits.apply(fullname, Path(spec.origin).read_text(encoding="utf-8"))
            spec.loader = _EditingLoader(fullname, spec.origin, source)
        return spec


class _EditingLoader(SourceFileLoader):
    """Loader that compiles a given source instead of the file or its cached bytecode."""

    def __init__(self, fullname: str, path: str, source: str) -> None:
        super().__init__(fullname, path)
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        """Compile the edited source."""
        return compile(self._source, self.path, "exec", dont_inherit=True)
