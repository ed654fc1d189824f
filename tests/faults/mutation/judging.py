"""
Judges a mutant: by its import, by the nearest unit tests, by the layers of the suite, and by the other unit tests.

In this order because most mutants fall to a test of a few milliseconds, and collecting many files takes longer.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.faults.detection import detect
from tests.faults.mutation.footprints import PYTEST_OPTIONS, Footprints
from tests.faults.mutation.forks import TIME_LIMIT, allow
from tests.faults.mutation.mutants import Mutant
from tests.faults.mutation.planting import planted
from tests.faults.seeded_fault import SeededFault

__all__ = ["IMPORT", "LIVES", "judge", "warm_up_pytest"]

LIVES, IMPORT = "", "import"
# The first tests come from so many files.
NEAR_FILES = 3
# Seconds of work: many times what is needed, and for a test so many more than so many times what it has taken.
IMPORT_S, COLLECTION_S, SUITE_S, TEST_S, TESTS_FACTOR = 5, 30, 60, 5, 4


def warm_up_pytest() -> None:
    """Load pytest and its plugins, save our own: that one is mutated."""
    with TemporaryDirectory() as empty, redirect_stdout(StringIO()):
        pytest.main([*PYTEST_OPTIONS, "-p", "no:gemini_clearing_mock", "--collect-only", empty])


def judge(mutant: Mutant, footprints: Footprints, shadows: Path) -> str:
    """What catches the mutant: `import`, `tests: test`, or `suite: layer`; the empty text if nothing does."""
    tests = footprints.tests(mutant)
    files = list(dict.fromkeys(map(_file, tests)))[:NEAR_FILES]
    near = {test: seconds for test, seconds in tests.items() if _file(test) in files}
    with planted(mutant, shadows):
        return (
            _by_import(mutant)
            or _by_tests(near)
            or _by_suite(mutant, footprints)
            or _by_tests({test: seconds for test, seconds in tests.items() if test not in near})
        )


def _file(test: str) -> str:
    return test.partition("::")[0]


def _by_import(mutant: Mutant) -> str:
    if mutant.file.stem == "__main__":
        return LIVES
    allow(IMPORT_S)
    try:
        importlib.import_module(mutant.module)
    except Exception:
        return IMPORT
    return LIVES


def _by_tests(seconds: Mapping[str, float]) -> str:
    if not seconds:
        return LIVES
    allow(COLLECTION_S)
    chosen = _Chosen(seconds)
    files = sorted(set(map(_file, seconds)))
    status = pytest.main(["-x", *PYTEST_OPTIONS, *files], plugins=[chosen])
    return LIVES if status in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED} else f"tests: {chosen.failed}"


def _by_suite(mutant: Mutant, footprints: Footprints) -> str:
    layers = footprints.layers(mutant)
    if not layers:
        return LIVES
    allow(SUITE_S)
    # It is planted already, and in every process that the layers start.
    result = detect(SeededFault(mutant.key, "mock", "", lambda world: None), layers=layers, first_only=True)
    if any("time limit is over" in finding for finding in result.findings.values()):
        return TIME_LIMIT
    if result.error:
        return "suite: set-up"
    return next((f"suite: {layer}" for layer in result.findings), LIVES)


class _Chosen:
    """A plugin of pytest that runs the chosen tests alone, in the order of choice, and knows how long each takes."""

    def __init__(self, seconds: Mapping[str, float]) -> None:
        self._seconds = seconds
        self._rank = {test: rank for rank, test in enumerate(seconds)}
        self.failed = "collection"

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave the others out, and sort."""
        chosen = [item for item in items if item.nodeid in self._rank]
        items[:] = sorted(chosen, key=lambda item: self._rank[item.nodeid])

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Allow the test what it needs, and no more."""
        allow(TEST_S + TESTS_FACTOR * self._seconds[nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember which test failed."""
        if report.failed:
            self.failed = report.nodeid
