"""
Judges a mutant: by its import, by the nearest unit tests, by the layers of the suite, and by the other unit tests.

In this order because most mutants fall to a test of a few milliseconds, and collecting many files takes longer.
"""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from faults._fault import Fault
from faults._recall import hunt
from faults.mutation.footprints import PYTEST_OPTIONS, Footprints
from faults.mutation.forks import TIME_LIMIT
from faults.mutation.mutants import Mutant
from faults.mutation.planting import planted

__all__ = ["IMPORT", "LIVES", "judge", "warm_up_pytest"]

LIVES, IMPORT = "", "import"
# The first tests come from so many files.
NEAR_FILES = 3


def warm_up_pytest() -> None:
    """Load pytest and its plugins, save our own: that one is mutated."""
    with TemporaryDirectory() as empty, redirect_stdout(StringIO()):
        pytest.main([*PYTEST_OPTIONS, "-p", "no:gemini_clearing_mock", "--collect-only", empty])


def judge(mutant: Mutant, footprints: Footprints, shadows: Path) -> str:
    """What catches the mutant: `import`, `tests: test`, or `suite: layer`; the empty text if nothing does."""
    tests = list(footprints.tests(mutant))
    files = list(dict.fromkeys(map(_file, tests)))[:NEAR_FILES]
    near = [test for test in tests if _file(test) in files]
    with planted(mutant, shadows):
        return (
            _by_import(mutant)
            or _by_tests(near)
            or _by_suite(mutant, footprints)
            or _by_tests([test for test in tests if _file(test) not in files])
        )


def _file(test: str) -> str:
    return test.partition("::")[0]


def _by_import(mutant: Mutant) -> str:
    if mutant.file.stem == "__main__":
        return LIVES
    try:
        importlib.import_module(mutant.module)
    except Exception:
        return IMPORT
    return LIVES


def _by_tests(tests: Collection[str]) -> str:
    if not tests:
        return LIVES
    chosen = _Chosen(tests)
    files = sorted(set(map(_file, tests)))
    status = pytest.main(["-x", *PYTEST_OPTIONS, *files], plugins=[chosen])
    return LIVES if status in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED} else f"tests: {chosen.failed}"


def _by_suite(mutant: Mutant, footprints: Footprints) -> str:
    layers = footprints.layers(mutant)
    if not layers:
        return LIVES
    # It is planted already, and in every process that the layers start.
    result = hunt(Fault(mutant.key, "mock", "", lambda world: None), layers=layers, first_only=True)
    if any("time limit is over" in finding for finding in result.by.values()):
        return TIME_LIMIT
    if result.broken:
        return "suite: set-up"
    return next((f"suite: {layer}" for layer in result.by), LIVES)


class _Chosen:
    """A plugin of pytest that runs the chosen tests alone, in the order of choice."""

    def __init__(self, tests: Iterable[str]) -> None:
        self._rank = {test: rank for rank, test in enumerate(tests)}
        self.failed = "collection"

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave the others out, and sort."""
        chosen = [item for item in items if item.nodeid in self._rank]
        items[:] = sorted(chosen, key=lambda item: self._rank[item.nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember which test failed."""
        if report.failed:
            self.failed = report.nodeid
