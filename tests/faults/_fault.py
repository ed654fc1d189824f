"""
A seeded fault, and the world in which it is planted.

A fault is a name, a side, the layer that is meant to catch it, and a function that plants it in a world.  A world is
one process's own view of mock, client and spec, so nothing has to be undone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Literal

from contract._spec import load_document
from contract._wire import WireAnswer, WireRequest

__all__ = ["Fault", "Handle", "PlantingError", "Side", "World"]

Side = Literal["mock", "client", "spec"]
Handle = Callable[[WireRequest], WireAnswer]
Edits = dict[str, list[tuple[str, str]]]


class PlantingError(Exception):
    """A fault no longer fits the code that it is meant for."""


@dataclass
class World:
    """What a fault may change: the way to the mock, the spec, and the source of any module that is not yet loaded."""

    document: dict[str, Any] = field(default_factory=load_document)
    wrappers: list[Callable[[Handle, Any], Handle]] = field(default_factory=list)
    edits: Edits = field(default_factory=dict)

    def edit(self, module: str, old: str, new: str) -> None:
        """Have a module loaded with a piece of its source replaced."""
        if module in sys.modules:
            raise PlantingError(f"{module} is loaded already: a fault in it would come too late.")
        self.edits.setdefault(module, []).append((old, new))

    def enter(self) -> None:
        """From now on modules are loaded with the edits; checks that every edit fits."""
        for module, edits in self.edits.items():
            spec = PathFinder.find_spec(module, _package_path(module))
            source = Path(spec.origin).read_text(encoding="utf-8") if spec and spec.origin else ""
            for old, _ in edits:
                if old not in source:
                    raise PlantingError(f"{module} has no {old!r} to put a fault in.")
        sys.meta_path.insert(0, _EditingFinder(self.edits))

    def exchange(self, start_ms: int) -> tuple[Any, Any, Handle]:
        """A new exchange behind everything that was wrapped around it."""
        from contract._embedded import make_exchange

        exchange, clock, handle = make_exchange(start_ms)
        for wrapper in self.wrappers:
            handle = wrapper(handle, exchange)
        return exchange, clock, handle


def _package_path(module: str) -> list[str] | None:
    package, _, _ = module.rpartition(".")
    spec = PathFinder.find_spec(package) if package else None
    return list(spec.submodule_search_locations or ()) if spec else None


class _EditingFinder(MetaPathFinder):
    """Finds the modules that are to be edited, and loads them with the edits."""

    def __init__(self, edits: Edits) -> None:
        self._edits = edits

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The module's own spec with an editing loader; None for every other module."""
        spec = PathFinder.find_spec(fullname, path, target) if fullname in self._edits else None
        if spec is not None and spec.origin is not None:
            spec.loader = _EditingLoader(fullname, spec.origin, self._edits[fullname])
        return spec


class _EditingLoader(SourceFileLoader):
    """Loads a module from its source with pieces of it replaced, past every cache."""

    def __init__(self, fullname: str, path: str, edits: list[tuple[str, str]]) -> None:
        super().__init__(fullname, path)
        self._edits = edits

    def get_code(self, fullname: str) -> CodeType:
        """Compile the edited source."""
        source = Path(self.path).read_text(encoding="utf-8")
        for old, new in self._edits:
            source = source.replace(old, new)
        return compile(source, self.path, "exec", dont_inherit=True)


@dataclass(frozen=True)
class Fault:
    """One way to be wrong."""

    name: str
    side: Side
    meant: str
    plant: Callable[[World], None] = field(repr=False)
