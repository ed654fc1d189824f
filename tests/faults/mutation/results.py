"""
The results of mutants, kept in a file so that an interrupted run can be continued.

A result is valid until the mutant's module, the tests, the contract suite or the spec change.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from tests.faults.mutation.coverage_map import WORK, digest
from tests.faults.mutation.mutants import PACKAGES, Mutant

__all__ = ["EQUIVALENT_FILE", "Results", "read_equivalent"]

EQUIVALENT_FILE = Path(__file__).with_name("equivalent.txt")
SAVE_INTERVAL_S = 10


class Result(NamedTuple):
    """The test or layer that killed a mutant, and a digest of the files that this depends on."""

    killed_by: str
    inputs: str


def read_equivalent() -> set[str]:
    """Return the keys of the equivalent mutants; the comment above a key gives the reason."""
    lines = EQUIVALENT_FILE.read_text(encoding="utf-8").splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


@dataclass
class Results:
    """The results by the mutants' keys. As a context manager, it saves them at the end."""

    file: Path = WORK / "results.json"
    _results: dict[str, Result] = field(default_factory=dict)
    _saved: float = 0.0
    _inputs: dict[Path, str] = field(default_factory=dict)

    def __enter__(self) -> Results:
        if self.file.exists():
            saved = json.loads(self.file.read_text(encoding="utf-8"))
            self._results = {key: Result(*result) for key, result in saved.items()}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._save()

    def inputs_of(self, mutant: Mutant) -> str:
        """Return a digest of the files that the mutant's result depends on."""
        if mutant.file not in self._inputs:
            self._inputs[mutant.file] = digest([mutant.file, *PACKAGES[mutant.package], "contract_suite", "openapi"])
        return self._inputs[mutant.file]

    def add(self, mutant: Mutant, killed_by: str) -> None:
        """Store the result of a mutant; the empty string is a mutant that survived."""
        self._results[mutant.key] = Result(killed_by, self.inputs_of(mutant))
        if time.monotonic() - self._saved > SAVE_INTERVAL_S:
            self._save()

    def of(self, mutant: Mutant) -> str | None:
        """Return the test or layer that killed a mutant, or `None` if the mutant was never run."""
        result = self._results.get(mutant.key)
        return result and result.killed_by

    def to_run(self, mutants: Iterable[Mutant], *, keep_killed: bool) -> list[Mutant]:
        """Return the mutants without a valid result; `keep_killed` treats every killed mutant as valid."""
        return [mutant for mutant in mutants if not self._is_valid(mutant, keep_killed=keep_killed)]

    def _is_valid(self, mutant: Mutant, *, keep_killed: bool) -> bool:
        result = self._results.get(mutant.key)
        if result is None:
            return False
        return bool(result.killed_by) if keep_killed else result.inputs == self.inputs_of(mutant)

    def _save(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps(self._results, indent=0, ensure_ascii=False), encoding="utf-8")
        new.replace(self.file)
        self._saved = time.monotonic()
