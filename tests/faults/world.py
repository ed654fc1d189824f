"""
The world in which a fault is planted: one process's own view of mock, client and spec.

Each fault gets a separate process, so no change has to be reverted.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from gemini_clearing_contract.spec import load_document
from gemini_clearing_contract.wire import WireRequest, WireResponse
from tests.faults.source_edits import SourceEdits

__all__ = ["Handle", "World"]

Handle = Callable[[WireRequest], WireResponse]


@cache
def _document() -> dict[str, Any]:
    return load_document()


@dataclass
class World:
    """The changes of a fault: to requests and responses, to the spec, and to the source of modules."""

    document: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(_document()))
    # Each takes the mock's handler and the exchange, and returns the handler that is used instead.
    wrappers: list[Callable[[Handle, Any], Handle]] = field(default_factory=list)
    edits: SourceEdits = field(default_factory=SourceEdits)
    # Called when the edits are in force, before any other module is imported.
    setup: list[Callable[[], None]] = field(default_factory=list)

    def edit(self, package: str, old: str, new: str) -> None:
        """Replace a piece of a package's source when its modules are imported."""
        self.edits.add(package, old, new)

    def enter(self) -> None:
        """Import every module with the edits from now on."""
        self.edits.install()
        for action in self.setup:
            action()

    def exchange(self, start_ms: int, *variant: str) -> tuple[Any, Any, Handle]:
        """Return a new exchange, its clock, and its handler behind every wrapper."""
        from gemini_clearing_contract.targets.mock import make_exchange

        exchange, clock, handle = make_exchange(start_ms, *variant)
        for wrapper in self.wrappers:
            handle = wrapper(handle, exchange)
        return exchange, clock, handle
