"""What counts as a mutant, how the list of equivalent ones is kept, and how a process that judges one ends."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import pytest

from tests.faults.mutation.forks import CRASH, TIME_LIMIT, allow, in_forks
from tests.faults.mutation.mutants import PACKAGES, Mutant, mutants_in, mutants_of
from tests.faults.mutation.verdicts import EQUIVALENT_FILE, read_equivalent


@pytest.fixture(scope="module")
def every_mutant() -> list[Mutant]:
    """The mutants of all packages."""
    return [mutant for package in PACKAGES for mutant in mutants_of(package)]


def changes_of(tmp_path: Path, source: str) -> list[str]:
    """What is changed in a module of this source."""
    file = tmp_path / "module.py"
    file.write_text(source, encoding="utf-8")
    return [mutant.source() for mutant in mutants_in("package", file)]


@pytest.mark.parametrize(
    ("source", "mutated"),
    [
        ("a < b\n", ["a <= b\n"]),
        ("a in b\n", ["a not in b\n"]),
        ("a and b\n", ["a or b\n"]),
        ("if a:\n    b\n", ["if not (a):\n    b\n"]),
        ("f()\n", ["pass\n"]),
        ("raise\n", ["pass\n"]),
        ("a: b | c = 1\n", ["a: b | c = None\n", "a: b | c = 2\n"]),
        ('__all__ = ["a"]\n', []),
        ("if TYPE_CHECKING:\n    a = 1\n", []),
        ('a("a sentence")\n', ["pass\n"]),
    ],
)
def test_mutants_change_one_thing_that_runs(tmp_path: Path, source: str, mutated: list[str]) -> None:
    """Annotations, what only type checkers read, and texts stay as they are."""
    assert mutated == changes_of(tmp_path, source)


def test_mutants_have_keys_of_their_own(every_mutant: list[Mutant]) -> None:
    """A verdict belongs to one mutant."""
    assert len(every_mutant) == len({mutant.key for mutant in every_mutant})


def test_equivalent_mutants_are_there_still(every_mutant: list[Mutant]) -> None:
    """A line that changed takes its entry with it."""
    assert set() == read_equivalent() - {mutant.key for mutant in every_mutant}


def test_equivalent_mutants_have_a_reason() -> None:
    """Each entry, or each group of them, follows a sentence."""
    groups = EQUIVALENT_FILE.read_text(encoding="utf-8").strip().split("\n\n")

    assert [group for group in groups if not group.startswith("# ")] == []


def work_for_ever() -> NoReturn:
    """And take all failures for a reason to go on."""
    allow(0.1)
    while True:
        with suppress(BaseException):
            sum(range(1000))


@pytest.mark.parametrize(
    ("judge", "result"),
    [
        (lambda item: f"judged {item}", "judged 1"),
        (lambda item: os.kill(os.getpid(), signal.SIGKILL), CRASH),
        (lambda item: 1 / 0, f"{CRASH}: ZeroDivisionError: division by zero"),
        (lambda item: time.sleep(60), TIME_LIMIT),
        (lambda item: work_for_ever(), f"{TIME_LIMIT}: work without an end"),
    ],
)
def test_in_forks_tells_how_each_process_ends(judge: Callable[[int], str], result: str) -> None:
    """A process that breaks, or does not end, costs nobody but itself."""
    assert [(1, result)] == list(in_forks([1], judge, jobs=1, limit_s=lambda item: 1))
