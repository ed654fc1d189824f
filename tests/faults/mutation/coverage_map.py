"""
Coverage map of a package: which layers of the suite and which unit tests run which line, and how long each test takes.

The map is recorded once, without a mutant, and is valid until the package, its tests, the suite or the spec change.
"""

import json
import re
from bisect import bisect
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import accumulate
from pathlib import Path

import coverage

from gemini_clearing_contract.run.run import Layer
from tests.faults.detection import layers_for
from tests.faults.mutation.mutants import PACKAGES, Mutant, folder_of

__all__ = [
    "IMPORT",
    "PYTEST_OPTIONS",
    "WORK",
    "CoverageMap",
    "data_file",
    "digest",
    "inputs_digest",
    "layers_of",
    "load",
]

WORK = Path(".build/mutation")
# The console's tests drive a browser, whose code is not Python. The warnings are about modules that the suite imported.
PYTEST_OPTIONS = (
    *("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--ignore", "tests/mock/console"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
    *("-W", "ignore::hypothesis.errors.HypothesisSideeffectWarning"),
)
IMPORT = "import"
# Time for tests that do not run the mutated line: those of lines with the mutated name, and all others.
NAMED_S, OTHERS_S = 20, 4
# If more tests than this run a line in their own process, the tests that start a process to run it are omitted.
MANY_TESTS = 20


@dataclass
class CoverageMap:
    """The recorded coverage of one package. A context is a test, a layer, or the import."""

    folder: Path
    contexts: dict[str, dict[int, list[str]]]
    # Each test's time, and the tests that start processes.
    seconds: dict[str, float]
    starters: frozenset[str]

    @cached_property
    def _lines_by_word(self) -> dict[str, list[tuple[str, int]]]:
        found: dict[str, list[tuple[str, int]]] = {}
        for file in self.folder.rglob("*.py"):
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                for word in set(re.findall(r"\w+", line)):
                    found.setdefault(word, []).append((str(file), number))
        return found

    def is_imported(self, mutant: Mutant) -> bool:
        """Whether the import runs the mutated line."""
        return any(IMPORT in self.contexts[str(mutant.file)].get(line, ()) for line in mutant.lines)

    def _with_line(self, mutant: Mutant) -> set[str]:
        """Return the contexts that run the mutated line."""
        found = self._with_any((str(mutant.file), line) for line in mutant.lines)
        return found - self.starters if len(found - self.starters) > MANY_TESTS else found

    def _with_name(self, mutant: Mutant) -> set[str]:
        """Return the contexts that run a line with the name that the mutated statement defines."""
        span = [(str(mutant.file), line) for line in mutant.span]
        return self._with_any([*span, *self._lines_by_word.get(mutant.name, [])])

    def _with_any(self, places: Iterable[tuple[str, int]]) -> set[str]:
        """Return the contexts that run any of the lines."""
        found: set[str] = set()
        for name, line in places:
            contexts = self.contexts[name].get(line, ())
            # Every process runs the lines of an import, so the processes that a test starts prove nothing.
            found.update(set(contexts) - self.starters - {IMPORT} if IMPORT in contexts else contexts)
        return found

    def _with_file(self, mutant: Mutant) -> set[str]:
        """Return the contexts that run any line of the mutated file."""
        return set().union(*self.contexts[str(mutant.file)].values())

    def layers(self, mutant: Mutant) -> list[Layer]:
        """Return the layers that run the mutated file. A single line may be missing because a result was cached."""
        contexts = self._with_file(mutant)
        return [layer for layer in layers_of(mutant.package) if layer.name in contexts]

    def tests(self, mutant: Mutant) -> dict[str, float]:
        """
        Return the tests to run with their times, the nearest to the mutated line first.

        These are the tests that run the mutated line, and as many of the others as there is time for: they may use a
        value that another test, or the import, made with that line. If no test is recorded for the line, every test
        that runs the file is used, because a process that it started may have left no record.
        """
        with_line, with_name = self._with_line(mutant), self._with_name(mutant)
        is_recorded = any(mutant.lines & self.contexts[str(mutant.file)].keys())
        if not is_recorded or not with_line | with_name:
            with_line = self._with_file(mutant)
        direct = [test for test in self._by_time if test in with_line]
        named = self._affordable(NAMED_S, (test for test in self._by_time if test in with_name - with_line))
        others = self._affordable(OTHERS_S, (test for test in self._by_time if test not in with_line | with_name))
        return {test: self.seconds[test] for test in [*direct, *named, *others]}

    def _affordable(self, limit_s: float, tests: Iterable[str]) -> list[str]:
        """Return the first of the tests, as many as fit into the time."""
        listed = list(tests)
        return listed[: bisect(list(accumulate(self.seconds[test] for test in listed)), limit_s)]

    @cached_property
    def _by_time(self) -> list[str]:
        return sorted(self.seconds, key=self.seconds.__getitem__)


def data_file(package: str) -> Path:
    """Return the file of coverage.py for a package."""
    return WORK.absolute() / f"{package}.coverage"


def layers_of(package: str) -> tuple[Layer, ...]:
    """Return the layers that check the side of a package."""
    return layers_for("mock" if package == "gemini_clearing_mock" else "client")


def digest(paths: Iterable[Path | str]) -> str:
    """Return a digest of the content of files, and of all files in folders."""
    found = sha256()
    for path in map(Path, paths):
        for file in sorted(path.rglob("*") if path.is_dir() else [path]):
            if file.is_file() and "__pycache__" not in file.parts:
                found.update(f"{file}\0".encode() + sha256(file.read_bytes()).digest())
    return found.hexdigest()[:16]


def inputs_digest(package: str) -> str:
    """Return a digest of the files that the coverage map of a package depends on."""
    return digest([folder_of(package), *PACKAGES[package], "contract_suite", "openapi"])


def load(package: str) -> CoverageMap | None:
    """Return the recorded map, or `None` if it is missing or the files have changed."""
    file = WORK / f"{package}.json"
    recorded = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    if recorded.get("inputs") != inputs_digest(package):
        return None
    data = coverage.CoverageData(str(data_file(package)))
    data.read()
    # Everything is read now, because a forked process could not share the database connection.
    contexts = {str(file): data.contexts_by_lineno(str(file)) for file in folder_of(package).rglob("*.py")}
    return CoverageMap(folder_of(package), contexts, recorded["seconds"], frozenset(recorded["starters"]))
