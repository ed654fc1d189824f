"""
Run one mutant: its import, the nearest unit tests, the layers of the contract suite, and the other unit tests.

The nearest tests run first, because they kill most mutants within milliseconds and many files take long to collect.
"""

import importlib
from collections.abc import Mapping
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.faults.detection import detect
from tests.faults.mutation.coverage_map import PYTEST_OPTIONS, CoverageMap
from tests.faults.mutation.forks import TIMEOUT, limit_cpu
from tests.faults.mutation.mutants import Mutant
from tests.faults.mutation.planting import planted
from tests.faults.seeded_fault import SeededFault

__all__ = ["IMPORT", "SURVIVED", "run_mutant", "warm_up_pytest"]

SURVIVED, IMPORT = "", "import"
# The nearest tests are those of the first files.
NEAREST_FILES = 3
# CPU time, several times what is needed. A test gets this much more than a multiple of its recorded time.
IMPORT_S, COLLECTION_S, SUITE_S, TEST_S, TEST_FACTOR = 5, 30, 60, 5, 4


def warm_up_pytest() -> None:
    """Import pytest and its plugins, except the mock's own plugin, which is mutated."""
    with TemporaryDirectory() as empty, redirect_stdout(StringIO()):
        pytest.main([*PYTEST_OPTIONS, "-p", "no:gemini_clearing_mock", "--collect-only", empty])


def run_mutant(mutant: Mutant, coverage_map: CoverageMap, shadows: Path) -> str:
    """Return what killed the mutant: `import`, `tests: <test>` or `suite: <layer>`, or `SURVIVED`."""
    tests = coverage_map.tests(mutant)
    files = list(dict.fromkeys(map(_file, tests)))[:NEAREST_FILES]
    nearest = {test: seconds for test, seconds in tests.items() if _file(test) in files}
    with planted(mutant, shadows):
        return (
            _import(mutant)
            or _run_tests(nearest)
            or _run_suite(mutant, coverage_map)
            or _run_tests({test: seconds for test, seconds in tests.items() if test not in nearest})
        )


def _file(test: str) -> str:
    return test.partition("::")[0]


def _import(mutant: Mutant) -> str:
    if mutant.file.stem == "__main__":
        return SURVIVED
    limit_cpu(IMPORT_S)
    try:
        importlib.import_module(mutant.module)
    except Exception:
        return IMPORT
    return SURVIVED


def _run_tests(seconds: Mapping[str, float]) -> str:
    if not seconds:
        return SURVIVED
    limit_cpu(COLLECTION_S)
    selection = _Selection(seconds)
    files = sorted(set(map(_file, seconds)))
    status = pytest.main(["-x", *PYTEST_OPTIONS, *files], plugins=[selection])
    is_passed = status in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
    return SURVIVED if is_passed else f"tests: {selection.failed}"


def _run_suite(mutant: Mutant, coverage_map: CoverageMap) -> str:
    layers = coverage_map.layers(mutant)
    if not layers:
        return SURVIVED
    limit_cpu(SUITE_S)
    # The mutant is planted already, so the fault changes nothing.
    result = detect(SeededFault(mutant.key, "mock", "", lambda world: None), layers=layers, first_only=True)
    if result.is_out_of_time:
        return TIMEOUT
    if result.error:
        return "suite: set-up"
    return next((f"suite: {layer}" for layer in result.findings), SURVIVED)


class _Selection:
    """Pytest plugin that runs the selected tests in their given order, each with a limit of CPU time."""

    def __init__(self, seconds: Mapping[str, float]) -> None:
        self._seconds = seconds
        self._rank = {test: rank for rank, test in enumerate(seconds)}
        self.failed = "collection"

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Select and sort the tests."""
        selected = [item for item in items if item.nodeid in self._rank]
        items[:] = sorted(selected, key=lambda item: self._rank[item.nodeid])

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Set the limit of CPU time for a test."""
        limit_cpu(TEST_S + TEST_FACTOR * self._seconds[nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Store the name of a test that fails."""
        if report.failed:
            self.failed = report.nodeid
