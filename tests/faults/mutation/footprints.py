"""
Footprints: which layers of the suite and which unit tests run which line of a package, and how long each test takes.

They are recorded once, on the code as it is, and kept for as long as neither it nor the tests change.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import re
import sys
from bisect import bisect
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import accumulate
from pathlib import Path

import coverage
import pytest

from gemini_clearing_contract.run.run import Layer
from tests.faults.detection import detect, layers_for
from tests.faults.mutation.forks import in_forks
from tests.faults.mutation.mutants import PACKAGES, Mutant, folder_of

__all__ = ["PYTEST_OPTIONS", "WORK", "Footprints", "RecordingError", "digest", "footprints_of", "layers_of"]

WORK = Path(".build/mutation")
# The console's tests drive a browser, whose code is not Python.  The suite has loaded packages and hypothesis before.
PYTEST_OPTIONS = (
    *("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--ignore", "tests/mock/console"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
    *("-W", "ignore::hypothesis.errors.HypothesisSideeffectWarning"),
)
IMPORT = "import"
LIMIT_S = 600
# So much time is given to tests that do not run the mutated line: those whose code has its name in it, and the rest.
NAMED_S, OTHERS_S = 20, 4
# Processes are slow: what so many tests run themselves, they need not run too.
FEW = 20
# What a process runs that a test has started counts as run by that test, whose name it finds in its environment.
TEST_VARIABLE = "FOOTPRINTS_OF_TEST"
CHILD_SETTINGS = """[run]
source_pkgs = {package}
data_file = {data}
parallel = true
sigterm = true
context = ${{{test}}}
disable_warnings = module-not-imported, no-data-collected
"""


class RecordingError(Exception):
    """Without any mutant the suite or the tests fail, so that nothing can be said of mutants."""


@dataclass
class Footprints:
    """What was recorded of one package."""

    folder: Path
    # For each file and line, the layers and tests that run it.
    contexts: dict[str, dict[int, list[str]]]
    # Each test's time, and the tests that start processes.
    seconds: dict[str, float]
    starters: frozenset[str]

    @cached_property
    def _named(self) -> dict[str, list[tuple[str, int]]]:
        """Where each word stands in the package."""
        found: dict[str, list[tuple[str, int]]] = {}
        for file in self.folder.rglob("*.py"):
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                for word in set(re.findall(r"\w+", line)):
                    found.setdefault(word, []).append((str(file), number))
        return found

    def is_imported(self, mutant: Mutant) -> bool:
        """Whether the import runs the mutated line."""
        return any(IMPORT in self.contexts[str(mutant.file)].get(line, ()) for line in mutant.lines)

    def _running(self, mutant: Mutant) -> set[str]:
        """What runs the mutated line; of many tests, without those whose processes do."""
        found = self._of((str(mutant.file), line) for line in mutant.lines)
        return found - self.starters if len(found - self.starters) > FEW else found

    def _naming(self, mutant: Mutant) -> set[str]:
        """What runs the lines that the mutated statement gives a name to, or one on which that name stands."""
        return self._of([*((str(mutant.file), line) for line in mutant.span), *self._named.get(mutant.name, [])])

    def _of(self, places: Iterable[tuple[str, int]]) -> set[str]:
        """What runs any of the lines; of one that the import runs, every process does, and that says nothing."""
        found: set[str] = set()
        for name, line in places:
            contexts = self.contexts[name].get(line, ())
            found.update(set(contexts) - self.starters - {IMPORT} if IMPORT in contexts else contexts)
        return found

    def _with_file(self, mutant: Mutant) -> set[str]:
        """What runs any line of the mutated file."""
        return set().union(*self.contexts[str(mutant.file)].values())

    def layers(self, mutant: Mutant) -> list[Layer]:
        """The layers that run anything of the mutated file: what one has cached, another runs no more."""
        contexts = self._with_file(mutant)
        return [layer for layer in layers_of(mutant.package) if layer.name in contexts]

    def tests(self, mutant: Mutant) -> dict[str, float]:
        """
        Tests with their time, in the order in which they are worth trying.

        First those that run the mutated line.  Then as many of the others as there is time for, as one may work with
        what another, or the import, has made of that line.  Where nothing is known of it, whatever runs the file, as it
        may have started a process that left no trace.
        """
        running, naming = self._running(mutant), self._naming(mutant)
        is_traced = any(mutant.lines & self.contexts[str(mutant.file)].keys())
        if not is_traced or not running | naming:
            running = self._with_file(mutant)
        direct = [test for test in self._by_time if test in running]
        named = self._affordable(NAMED_S, (test for test in self._by_time if test in naming - running))
        others = self._affordable(OTHERS_S, (test for test in self._by_time if test not in running | naming))
        return {test: self.seconds[test] for test in [*direct, *named, *others]}

    def _affordable(self, limit_s: float, tests: Iterable[str]) -> list[str]:
        """As many of the tests, from the first on, as there is time for."""
        listed = list(tests)
        return listed[: bisect(list(accumulate(self.seconds[test] for test in listed)), limit_s)]

    @cached_property
    def _by_time(self) -> list[str]:
        return sorted(self.seconds, key=self.seconds.__getitem__)


def data_file(package: str) -> Path:
    """Where coverage keeps a package's lines."""
    return WORK.absolute() / f"{package}.coverage"


def layers_of(package: str) -> tuple[Layer, ...]:
    """The layers that look at the side that a package is on."""
    return layers_for("mock" if package == "gemini_clearing_mock" else "client")


def digest(paths: Iterable[Path | str]) -> str:
    """One text for the content of files, and of all files of folders."""
    found = sha256()
    for path in map(Path, paths):
        for file in sorted(path.rglob("*") if path.is_dir() else [path]):
            if file.is_file() and "__pycache__" not in file.parts:
                found.update(f"{file}\0".encode() + sha256(file.read_bytes()).digest())
    return found.hexdigest()[:16]


def footprints_of(package: str) -> Footprints:
    """What was recorded before, if it still fits, or is recorded now."""
    kept = WORK / f"{package}.json"
    key = digest([folder_of(package), *PACKAGES[package], "contract_suite", "openapi"])
    if not kept.exists() or json.loads(kept.read_text(encoding="utf-8"))["key"] != key:
        WORK.mkdir(parents=True, exist_ok=True)
        for _, trouble in in_forks([package], _record, jobs=1, limit_s=lambda package: LIMIT_S):
            if trouble:
                raise RecordingError(f"{package} without any mutant: {trouble}")
        found = json.loads(kept.read_text(encoding="utf-8"))
        kept.write_text(json.dumps(found | {"key": key}), encoding="utf-8")
    found = json.loads(kept.read_text(encoding="utf-8"))
    return Footprints(folder_of(package), _contexts(package), found["seconds"], frozenset(found["starters"]))


def _contexts(package: str) -> dict[str, dict[int, list[str]]]:
    """All of what coverage has kept: a forked process could not ask for more."""
    data = coverage.CoverageData(str(data_file(package)))
    data.read()
    return {str(file): data.contexts_by_lineno(str(file)) for file in folder_of(package).rglob("*.py")}


def _record(package: str) -> str:
    """Run everything once under coverage; in a process of its own, and the empty text if all went well."""
    data_file(package).unlink(missing_ok=True)
    # What pytest makes of the test files is kept, so that the mutants' processes need not make it again.
    sys.dont_write_bytecode = False
    settings = WORK.absolute() / f"{package}.ini"
    settings.write_text(
        CHILD_SETTINGS.format(package=package, data=data_file(package), test=TEST_VARIABLE), encoding="utf-8"
    )
    os.environ["COVERAGE_PROCESS_START"] = str(settings)
    tracer = coverage.Coverage(data_file=str(data_file(package)), source_pkgs=[package], config_file=False)
    tracer.start()
    tracer.switch_context(IMPORT)
    importlib.import_module(package)
    for module in pkgutil.walk_packages([str(folder_of(package))], f"{package}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    recorder = _Recorder(tracer)
    if pytest.main([*PYTEST_OPTIONS, *PACKAGES[package]], plugins=[recorder]) != pytest.ExitCode.OK:
        return f"the tests fail: {recorder.failed}"
    for layer in layers_of(package):
        tracer.switch_context(layer.name)
        result = detect(None, layers=[layer])
        if result.findings or result.error:
            return f"the suite finds something: {result.findings or result.error}"
    tracer.stop()
    if any(WORK.glob(f"{data_file(package).name}.*")):
        tracer.combine([str(WORK)])
    tracer.save()
    found = {"key": "", "seconds": recorder.seconds, "starters": sorted(recorder.starters)}
    (WORK / f"{package}.json").write_text(json.dumps(found), encoding="utf-8")
    return ""


class _Recorder:
    """A plugin of pytest that tells coverage which test runs, and notes its time and whether it starts processes."""

    def __init__(self, tracer: coverage.Coverage) -> None:
        self._tracer = tracer
        self._test = ""
        self.seconds: dict[str, float] = {}
        self.starters: set[str] = set()
        self.failed = ""
        sys.addaudithook(self._note)

    def _note(self, event: str, arguments: object) -> None:
        if event == "subprocess.Popen" and self._test:
            self.starters.add(self._test)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """From here on lines belong to this test, its fixtures included."""
        self._test = os.environ[TEST_VARIABLE] = nodeid
        self._tracer.switch_context(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add up set-up, call and tear-down."""
        self.seconds[report.nodeid] = round(self.seconds.get(report.nodeid, 0) + report.duration, 4)
        self.failed = self.failed or (report.nodeid if report.failed else "")
