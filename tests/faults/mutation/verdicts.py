"""
What was found out about mutants, kept in a file, so that a run can be broken off, and goes on where it was.

A verdict stands for as long as neither the mutant's module, nor the tests, nor the suite, nor the spec changes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from tests.faults.mutation.footprints import WORK, digest
from tests.faults.mutation.mutants import PACKAGES, Mutant

__all__ = ["Verdicts", "read_equivalent"]

EQUIVALENT_FILE = Path(__file__).with_name("equivalent.txt")
SAVED_EVERY_S = 10


class Verdict(NamedTuple):
    """What caught a mutant, and what that was found out on."""

    caught_by: str
    inputs: str


def read_equivalent() -> set[str]:
    """The keys of the mutants that change nothing; their reasons stand behind `#` above them."""
    lines = EQUIVALENT_FILE.read_text(encoding="utf-8").splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


@dataclass
class Verdicts:
    """The verdicts by the mutants' keys; used as a context, they are saved on the way out."""

    file: Path = WORK / "verdicts.json"
    _found: dict[str, Verdict] = field(default_factory=dict)
    _saved: float = 0.0
    _inputs: dict[Path, str] = field(default_factory=dict)

    def __enter__(self) -> Verdicts:
        if self.file.exists():
            kept = json.loads(self.file.read_text(encoding="utf-8"))
            self._found = {key: Verdict(*verdict) for key, verdict in kept.items()}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._save()

    def inputs_of(self, mutant: Mutant) -> str:
        """What a verdict about the mutant rests on."""
        if mutant.file not in self._inputs:
            self._inputs[mutant.file] = digest([mutant.file, *PACKAGES[mutant.package], "contract_suite", "openapi"])
        return self._inputs[mutant.file]

    def add(self, mutant: Mutant, caught_by: str) -> None:
        """Note what caught a mutant."""
        self._found[mutant.key] = Verdict(caught_by, self.inputs_of(mutant))
        if time.monotonic() - self._saved > SAVED_EVERY_S:
            self._save()

    def of(self, mutant: Mutant) -> str | None:
        """What caught a mutant; None if it was never judged."""
        verdict = self._found.get(mutant.key)
        return verdict and verdict.caught_by

    def to_judge(self, mutants: Iterable[Mutant], *, trust_catches: bool) -> list[Mutant]:
        """The mutants without a verdict that stands."""
        return [mutant for mutant in mutants if not self._stands(mutant, trust_catches=trust_catches)]

    def _stands(self, mutant: Mutant, *, trust_catches: bool) -> bool:
        verdict = self._found.get(mutant.key)
        if verdict is None:
            return False
        return bool(verdict.caught_by) if trust_catches else verdict.inputs == self.inputs_of(mutant)

    def _save(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps(self._found, indent=0, ensure_ascii=False), encoding="utf-8")
        new.replace(self.file)
        self._saved = time.monotonic()
