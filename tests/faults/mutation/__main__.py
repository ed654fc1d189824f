"""
`python -m tests.faults.mutation`: mutate signer, runtime and mock, and report how many mutants are killed.

Each mutant is run by the unit tests and by the layers of the contract suite that run its line.
`equivalent.txt` lists the mutants that change nothing, with reasons. An interrupted run continues where it stopped.
"""

import argparse
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.mutation.coverage_map import WORK
from tests.faults.mutation.forks import CRASH, TIMEOUT, in_forks
from tests.faults.mutation.mutants import PACKAGES, Mutant, mutants_of
from tests.faults.mutation.recording import RecordingError, coverage_map_of
from tests.faults.mutation.results import Results, read_equivalent
from tests.faults.mutation.runner import IMPORT, SURVIVED, run_mutant, warm_up_pytest
from tests.faults.warm_up import warm_up

__all__ = ["main"]

MINIMUM_SCORE = 0.92
# Time awake: several times what the suite's layers take, and a multiple of the tests' recorded time.
SUITE_LIMIT_S, TESTS_FACTOR = 45, 4
KINDS = ("suite", "tests", IMPORT, TIMEOUT, CRASH)


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 if enough mutants are killed and `equivalent.txt` is up to date, 130 after Ctrl-C, and 1 otherwise."""
    options = _parser().parse_args(arguments)
    packages = options.package or list(PACKAGES)
    mutants = [mutant for package in packages for mutant in mutants_of(package)]
    equivalent = read_equivalent()
    chosen = [mutant for mutant in mutants if options.only in mutant.key and mutant.key not in equivalent]
    if options.sample:
        chosen = random.Random(options.seed).sample(chosen, min(options.sample, len(chosen)))
    # Another signal to end the run has the effect of Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Results() as results:
        try:
            _run_all(results, results.to_run(chosen, keep_killed=options.survivors), options.jobs)
        except KeyboardInterrupt:
            sys.stdout.write("Interrupted. The next run continues here.\n")
            # CPython would end this process by SIGINT if the interruption passed through an `exec` of text; see
            # `gemini_clearing_mock.__main__`.
            exec("")  # noqa: S102  (the text is empty)
            return 130
        except RecordingError as error:
            sys.stdout.write(f"{error}\n")
            return 1
    stale = equivalent - {mutant.key for mutant in mutants} if packages == list(PACKAGES) else set()
    return report(chosen, results, Counter(m.package for m in mutants if m.key in equivalent), stale)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.mutation", description=__doc__)
    parser.add_argument("--package", choices=list(PACKAGES), action="append", help="only mutants of this package")
    parser.add_argument("--only", metavar="TEXT", default="", help="only mutants whose key contains TEXT")
    parser.add_argument("--sample", metavar="N", type=int, help="only N random mutants")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="seed of the sample (default: 0)")
    parser.add_argument("--jobs", metavar="N", type=int, default=2, help="parallel processes (default: 2)")
    parser.add_argument("--survivors", action="store_true", help="do not run mutants again that were killed before")
    return parser


def _run_all(results: Results, mutants: list[Mutant], jobs: int) -> None:
    if not mutants:
        return
    warm_up()
    warm_up_pytest()
    WORK.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=WORK.absolute()) as shadows:
        for package in PACKAGES:
            of_package = [mutant for mutant in mutants if mutant.package == package]
            if of_package:
                _run_package(results, of_package, jobs, Path(shadows))


def _run_package(results: Results, mutants: list[Mutant], jobs: int, shadows: Path) -> None:
    coverage_map = coverage_map_of(mutants[0].package)

    def run(mutant: Mutant) -> str:
        return run_mutant(mutant, coverage_map, shadows)

    def difficulty(mutant: Mutant) -> tuple[bool, float]:
        return coverage_map.is_imported(mutant), next(iter(coverage_map.tests(mutant).values()), 0)

    def limit_s(mutant: Mutant) -> float:
        return SUITE_LIMIT_S + TESTS_FACTOR * sum(coverage_map.tests(mutant).values())

    unfinished = []
    # Mutants with a fast test come first, so that an interrupted run has the most results.
    for mutant, killed_by in in_forks(sorted(mutants, key=difficulty), run, jobs, limit_s):
        if killed_by == TIMEOUT or _kind(killed_by) == CRASH:
            unfinished.append(mutant)
        else:
            _add(results, mutant, killed_by)
    # A busy machine can cause a timeout, so these mutants run a second time.
    for mutant, killed_by in in_forks(unfinished, run, jobs, limit_s):
        _add(results, mutant, killed_by)


def _add(results: Results, mutant: Mutant, killed_by: str) -> None:
    results.add(mutant, killed_by)
    if _kind(killed_by) not in {"suite", "tests", IMPORT}:
        sys.stdout.write(f"{_kind(killed_by):10}  {mutant.key}  (line {min(mutant.lines)})\n")
        sys.stdout.flush()


def _kind(killed_by: str) -> str:
    """Return the first part of a result, without the name of the layer or the test."""
    return killed_by.partition(":")[0] or "survived"


def report(mutants: Iterable[Mutant], results: Results, equivalent: Counter[str], stale: set[str]) -> int:
    """Print a row for each package and a row for all of them, and return the exit status."""
    rows: dict[str, Counter[str]] = {}
    for mutant in mutants:
        kind = _kind(results.of(mutant) or SURVIVED)
        for name in (mutant.package, "all"):
            rows.setdefault(name, Counter())[kind] += 1
    columns = (*KINDS, "survived")
    heads = "".join(f"{kind:>12}" for kind in columns)
    sys.stdout.write(f"{'':24}{'mutants':>8}{heads}{'equivalent':>12}{'score':>9}\n")
    score = 1.0
    for name, row in sorted(rows.items(), key=lambda item: item[0] == "all"):
        score = 1 - row["survived"] / row.total()
        omitted = equivalent.total() if name == "all" else equivalent[name]
        counts = "".join(f"{row[kind]:12}" for kind in columns)
        sys.stdout.write(f"{name:24}{row.total():8}{counts}{omitted:12}{score:9.1%}\n")
    for key in sorted(stale):
        sys.stdout.write(f"equivalent.txt contains a mutant that does not exist: {key}. Update or remove it.\n")
    return 0 if score >= MINIMUM_SCORE and not stale else 1


if __name__ == "__main__":
    sys.exit(main())
