"""Tests of the mutants, of the list of equivalent mutants, and of the processes that run a mutant."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import pytest

from tests.faults.mutation.forks import CRASH, TIMEOUT, in_forks, limit_cpu
from tests.faults.mutation.mutants import PACKAGES, mutants_in, mutants_of
from tests.faults.mutation.results import EQUIVALENT_FILE, read_equivalent


def mutants_from(tmp_path: Path, source: str) -> list[str]:
    """Return the mutants of a module with this source."""
    file = tmp_path / "module.py"
    file.write_text(source, encoding="utf-8")
    return [mutant.source() for mutant in mutants_in("package", file)]


def _is_in(name: str, keys: set[str]) -> bool:
    """Return whether one of the keys belongs to the module, function or class with this name, or to a part of it."""
    return any(key.startswith((f"{name}.", f"{name}:")) for key in keys)


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
def test_mutants_change_code_that_runs(tmp_path: Path, source: str, mutated: list[str]) -> None:
    """Annotations, code for type checkers, and strings are not mutated."""
    assert mutated == mutants_from(tmp_path, source)


def test_mutant_keys_are_unique(tmp_path: Path) -> None:
    """A result belongs to one mutant, also where two lines of a function are equal."""
    file = tmp_path / "module.py"
    file.write_text("def f():\n    a < b\n    a < b\n", encoding="utf-8")
    keys = [mutant.key for mutant in mutants_in("package", file)]

    assert keys == ["package.module.f: a < b [< b → <= b]", "package.module.f: a < b [< b → <= b] #2"]


def test_equivalent_mutants_exist() -> None:
    """An entry of the list is removed or updated with the line that it quotes."""
    quoted = read_equivalent()
    keys = {mutant.key for package in PACKAGES for mutant in mutants_of(package, lambda name: _is_in(name, quoted))}

    assert set() == quoted - keys


def test_equivalent_mutants_have_a_reason() -> None:
    """A comment with the reason precedes each entry or group of entries."""
    groups = EQUIVALENT_FILE.read_text(encoding="utf-8").strip().split("\n\n")

    assert [group for group in groups if not group.startswith("# ")] == []


def run_forever() -> NoReturn:
    """Use CPU time without end, and ignore every exception."""
    limit_cpu(0.1)
    while True:
        with suppress(BaseException):
            sum(range(1000))


@pytest.mark.parametrize(
    ("function", "result"),
    [
        (lambda item: f"ran {item}", "ran 1"),
        (lambda item: os.kill(os.getpid(), signal.SIGKILL), CRASH),
        (lambda item: 1 / 0, f"{CRASH}: ZeroDivisionError: division by zero"),
        (lambda item: time.sleep(60), TIMEOUT),
        (lambda item: run_forever(), f"{TIMEOUT}: CPU time"),
    ],
)
def test_in_forks_reports_how_a_process_ends(function: Callable[[int], str], result: str) -> None:
    """A process that crashes or does not finish has a result, and stops no other process."""
    assert [(1, result)] == list(in_forks([1], function, jobs=1, limit_s=lambda item: 1))
