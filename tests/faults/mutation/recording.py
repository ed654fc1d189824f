"""
Record a package's coverage map: run its tests and the layers of the suite once under coverage.py, without a mutant.

The code that a process runs counts as run by the test that started it: an environment variable has the test's name.
"""

import importlib
import json
import os
import pkgutil
import sys

import coverage
import pytest

from tests.faults.detection import detect
from tests.faults.mutation.coverage_map import (
    IMPORT,
    PYTEST_OPTIONS,
    WORK,
    CoverageMap,
    data_file,
    inputs_digest,
    layers_of,
    load,
)
from tests.faults.mutation.forks import in_forks
from tests.faults.mutation.mutants import PACKAGES, folder_of

__all__ = ["RecordingError", "coverage_map_of"]

TIME_LIMIT_S = 600
TEST_VARIABLE = "COVERAGE_OF_TEST"
CHILD_SETTINGS = """[run]
source_pkgs = {package}
data_file = {data}
parallel = true
sigterm = true
context = ${{{test}}}
disable_warnings = module-not-imported, no-data-collected
"""


class RecordingError(Exception):
    """The suite or the tests fail without a mutant, so their results for mutants would mean nothing."""


class _Recorder:
    """Pytest plugin that sets the context of coverage.py to the running test, and records the test's time."""

    def __init__(self, tracer: coverage.Coverage) -> None:
        self._tracer = tracer
        self._test = ""
        self.seconds: dict[str, float] = {}
        self.starters: set[str] = set()
        self.failed = "a test"
        sys.addaudithook(self._note_process)

    def _note_process(self, event: str, arguments: object) -> None:
        if event == "subprocess.Popen" and self._test:
            self.starters.add(self._test)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Assign the lines that run from now on to this test, including those of its fixtures."""
        self._test = os.environ[TEST_VARIABLE] = nodeid
        self._tracer.switch_context(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add the time of set-up, call or tear-down."""
        self.seconds[report.nodeid] = round(self.seconds.get(report.nodeid, 0) + report.duration, 4)
        if report.failed:
            self.failed = report.nodeid


def coverage_map_of(package: str) -> CoverageMap:
    """
    Return the coverage map of a package, recorded now if it is missing or no longer valid.

    Raises:
        RecordingError: A test or a layer fails without a mutant.
    """
    found = load(package)
    if found is None:
        WORK.mkdir(parents=True, exist_ok=True)
        for _, problem in in_forks([package], _record, jobs=1, limit_s=lambda package: TIME_LIMIT_S):
            if problem:
                raise RecordingError(f"{package} without a mutant: {problem}. Make the tests pass first.")
        found = load(package)
    assert found is not None
    return found


def _record(package: str) -> str:
    """Record the map in this process. Return the first failure, or the empty string."""
    data_file(package).unlink(missing_ok=True)
    # The bytecode of the test files is written now, so that the mutants' processes can load it.
    sys.dont_write_bytecode = False
    settings = WORK.absolute() / f"{package}.ini"
    settings.write_text(
        CHILD_SETTINGS.format(package=package, data=data_file(package), test=TEST_VARIABLE), encoding="utf-8"
    )
    os.environ["COVERAGE_PROCESS_START"] = str(settings)
    tracer = coverage.Coverage(data_file=str(data_file(package)), source_pkgs=[package], config_file=False)
    tracer.start()
    tracer.switch_context(IMPORT)
    _import_all(package)
    recorder = _Recorder(tracer)
    if pytest.main([*PYTEST_OPTIONS, *PACKAGES[package]], plugins=[recorder]) != pytest.ExitCode.OK:
        return f"{recorder.failed} fails"
    for layer in layers_of(package):
        tracer.switch_context(layer.name)
        result = detect(None, layers=[layer])
        if result.findings or result.error:
            return f"the suite has a finding: {result.findings or result.error}"
    tracer.stop()
    if any(WORK.glob(f"{data_file(package).name}.*")):
        tracer.combine([str(WORK)])
    tracer.save()
    _write(package, recorder)
    return ""


def _import_all(package: str) -> None:
    importlib.import_module(package)
    for module in pkgutil.walk_packages([str(folder_of(package))], f"{package}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _write(package: str, recorder: _Recorder) -> None:
    recorded = {
        "inputs": inputs_digest(package),
        "seconds": recorder.seconds,
        "starters": sorted(recorder.starters),
    }
    (WORK / f"{package}.json").write_text(json.dumps(recorded), encoding="utf-8")
