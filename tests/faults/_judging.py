"""
Judges a mutant: by its import, by the unit tests, and then by the layers of the suite.

The tests go first because most mutants fall to one of a few milliseconds, while the layers that let one live take seconds.
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
from faults._footprints import PYTEST_OPTIONS, Footprints
from faults._forks import TIME_LIMIT
from faults._mutants import Mutant
from faults._planting import planted
from faults._recall import hunt

__all__ = ["IMPORT", "LIVES", "judge", "warm_up_pytest"]

LIVES, IMPORT = "", "import"


def warm_up_pytest() -> None:
    """Load pytest and its plugins, save our own: that one is mutated."""
    with TemporaryDirectory() as empty, redirect_stdout(StringIO()):
        pytest.main([*PYTEST_OPTIONS, "-p", "no:gemini_clearing_mock", "--collect-only", empty])


def judge(mutant: Mutant, footprints: Footprints, shadows: Path) -> str:
    """What catches the mutant: `import`, `tests: test`, or `suite: layer`; the empty text if nothing does."""
    with planted(mutant, shadows):
        return _by_import(mutant) or _by_tests(footprints.tests(mutant)) or _by_suite(mutant, footprints)


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
    files = sorted({test.partition("::")[0] for test in tests})
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
