"""
A seeded fault, and the world in which it is planted.

A fault is a name, a side, the layer that is meant to catch it, and a function that plants it in a world.  A world is
one process's own view of mock, client and spec, so nothing has to be undone.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Literal

from gemini_clearing_contract._spec import load_document
from gemini_clearing_contract._wire import WireAnswer, WireRequest

__all__ = ["Fault", "Handle", "PlantingError", "Side", "World"]

Side = Literal["mock", "client", "spec"]
Handle = Callable[[WireRequest], WireAnswer]
Edits = dict[str, list[tuple[str, str]]]


class PlantingError(Exception):
    """A fault no longer fits the code that it is meant for."""


@cache
def _document() -> dict[str, Any]:
    return load_document()


@dataclass
class World:
    """What a fault may change: the way to the mock, the spec, and the source of any module that is not yet loaded."""

    document: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(_document()))
    wrappers: list[Callable[[Handle, Any], Handle]] = field(default_factory=list)
    edits: Edits = field(default_factory=dict)
    # Whole sources in the place of a module's own.
    sources: dict[str, str] = field(default_factory=dict)
    # What is to be done once the edits are in force, before anything else is loaded.
    first: list[Callable[[], None]] = field(default_factory=list)

    def edit(self, package: str, old: str, new: str) -> None:
        """Have a package's modules loaded with a piece of their source replaced, wherever in it that stands."""
        modules = [module for module, source in _sources(package) if old in source]
        if not modules:
            raise PlantingError(f"{package} has no {old!r} to put a fault in.")
        for module in modules:
            if module in sys.modules:
                raise PlantingError(f"{module} is loaded already: a fault in it would come too late.")
            self.edits.setdefault(module, []).append((old, new))

    def enter(self) -> None:
        """From now on modules are loaded with the edits."""
        sys.meta_path.insert(0, _EditingFinder(self.edits, self.sources))
        for action in self.first:
            action()

    def exchange(self, start_ms: int) -> tuple[Any, Any, Handle]:
        """A new exchange behind everything that was wrapped around it."""
        from gemini_clearing_contract.targets.embedded import make_exchange

        exchange, clock, handle = make_exchange(start_ms)
        for wrapper in self.wrappers:
            handle = wrapper(handle, exchange)
        return exchange, clock, handle


@cache
def _sources(package: str) -> tuple[tuple[str, str], ...]:
    """The modules of a package, those of its subpackages included, with their source."""
    return tuple(_read_sources(package))


def _read_sources(package: str) -> Iterator[tuple[str, str]]:
    spec = PathFinder.find_spec(package)
    for folder in spec.submodule_search_locations or () if spec else ():
        for file in sorted(Path(folder).rglob("*.py")):
            parts = file.relative_to(folder).with_suffix("").parts
            name = ".".join((package, *parts)).removesuffix(".__init__")
            yield name, file.read_text(encoding="utf-8")


class _EditingFinder(MetaPathFinder):
    """Finds the modules that are to be edited, and loads them with the edits."""

    def __init__(self, edits: Edits, sources: dict[str, str]) -> None:
        self._edits = edits
        self._sources = sources

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The module's own spec with an editing loader; None for every other module."""
        if fullname not in self._edits and fullname not in self._sources:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None:
            source = self._sources.get(fullname) or Path(spec.origin).read_text(encoding="utf-8")
            for old, new in self._edits.get(fullname, ()):
                source = source.replace(old, new)
            spec.loader = _EditingLoader(fullname, spec.origin, source)
        return spec


class _EditingLoader(SourceFileLoader):
    """Loads a module from a source that is given, past every cache."""

    def __init__(self, fullname: str, path: str, source: str) -> None:
        super().__init__(fullname, path)
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        """Compile the source."""
        return compile(self._source, self.path, "exec", dont_inherit=True)


@dataclass(frozen=True)
class Fault:
    """One way to be wrong."""

    name: str
    side: Side
    meant: str
    plant: Callable[[World], None] = field(repr=False)
