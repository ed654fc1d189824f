"""
`python -m tests.faults.mutation`: mutate signer, runtime and mock, and tell how many mutants are caught.

Each mutant is shown to the layers of the contract suite that run its line, and if they let it live, to the unit tests
that do.  `equivalent.txt` lists, with a reason, the mutants that change nothing.  A run that was broken off goes on
where it was.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.mutation.footprints import WORK, RecordingError, footprints_of
from tests.faults.mutation.forks import CRASH, TIME_LIMIT, in_forks
from tests.faults.mutation.judging import IMPORT, LIVES, judge, warm_up_pytest
from tests.faults.mutation.mutants import PACKAGES, Mutant, mutants_of
from tests.faults.mutation.verdicts import Verdicts, read_equivalent
from tests.faults.warm_up import warm_up

__all__ = ["main"]

WANTED = 0.92
# Seconds awake: many times what the suite's layers take, and then what the tests took.
SUITE_LIMIT_S, TESTS_FACTOR = 45, 4
KINDS = ("suite", "tests", IMPORT, TIME_LIMIT, CRASH)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0 only if enough of the mutants are caught; 1 if not, or if the list of equivalent ones is stale."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.mutation", description=__doc__)
    parser.add_argument("--package", choices=list(PACKAGES), action="append", help="only this package's mutants")
    parser.add_argument("--only", default="", help="only mutants whose key holds this")
    parser.add_argument("--sample", type=int, help="so many of the mutants, drawn by --seed")
    parser.add_argument("--seed", type=int, default=0, help="which sample (default: 0)")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time (default: 2)")
    parser.add_argument(
        "--survivors", action="store_true", help="believe what was caught before, whatever has changed since"
    )
    options = parser.parse_args(arguments)
    packages = options.package or list(PACKAGES)
    everything = [mutant for package in packages for mutant in mutants_of(package)]
    equivalent = read_equivalent()
    chosen = [mutant for mutant in everything if options.only in mutant.key and mutant.key not in equivalent]
    if options.sample:
        chosen = random.Random(options.seed).sample(chosen, min(options.sample, len(chosen)))
    # Whoever ends it, it ends as by Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Verdicts() as verdicts:
        try:
            _judge_all(verdicts, verdicts.to_judge(chosen, trust_catches=options.survivors), options.jobs)
        except KeyboardInterrupt:
            sys.stdout.write("Broken off; the next run goes on from here.\n")
            return 130
        except RecordingError as error:
            sys.stdout.write(f"{error}\n")
            return 1
    stale = equivalent - {mutant.key for mutant in everything} if packages == list(PACKAGES) else set()
    return report(chosen, verdicts, Counter(m.package for m in everything if m.key in equivalent), stale)


def _judge_all(verdicts: Verdicts, mutants: list[Mutant], jobs: int) -> None:
    if not mutants:
        return
    warm_up()
    warm_up_pytest()
    WORK.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=WORK.absolute()) as shadows:
        for package in PACKAGES:
            of_package = [mutant for mutant in mutants if mutant.package == package]
            if of_package:
                _judge_package(verdicts, of_package, jobs, Path(shadows))


def _judge_package(verdicts: Verdicts, mutants: list[Mutant], jobs: int, shadows: Path) -> None:
    footprints = footprints_of(mutants[0].package)

    def judged(mutants: list[Mutant]) -> Iterator[tuple[Mutant, str]]:
        return in_forks(mutants, lambda mutant: judge(mutant, footprints, shadows), jobs, limit_s)

    def toughness(mutant: Mutant) -> tuple[bool, float]:
        return footprints.is_imported(mutant), next(iter(footprints.tests(mutant).values()), 0)

    def limit_s(mutant: Mutant) -> float:
        return SUITE_LIMIT_S + TESTS_FACTOR * sum(footprints.tests(mutant).values())

    unended = []
    # Those that may fall to a fast test come first, so that a run that is broken off has judged the most.
    for mutant, by in judged(sorted(mutants, key=toughness)):
        if by == TIME_LIMIT or _kind(by) == CRASH:
            unended.append(mutant)
        else:
            _note(verdicts, mutant, by)
    # A busy machine is no proof: what did not end is judged once more.
    for mutant, by in judged(unended):
        _note(verdicts, mutant, by)


def _note(verdicts: Verdicts, mutant: Mutant, by: str) -> None:
    verdicts.add(mutant, by)
    if _kind(by) not in {"suite", "tests", IMPORT}:
        sys.stdout.write(f"{_kind(by):10}  {mutant.key}  (line {min(mutant.lines)})\n")
        sys.stdout.flush()


def _kind(by: str) -> str:
    """What a verdict says, without the name of the layer or the test."""
    return by.partition(":")[0] or "lives"


def report(mutants: Iterable[Mutant], verdicts: Verdicts, equivalent: Counter[str], stale: set[str]) -> int:
    """Print a row for each package and one for all, and give the exit status."""
    rows: dict[str, Counter[str]] = {}
    for mutant in mutants:
        kind = _kind(verdicts.of(mutant) or LIVES)
        for name in (mutant.package, "all"):
            rows.setdefault(name, Counter())[kind] += 1
    columns = (*KINDS, "lives")
    heads = "".join(f"{kind:>12}" for kind in columns)
    sys.stdout.write(f"{'':24}{'judged':>8}{heads}{'equivalent':>12}{'score':>9}\n")
    score = 1.0
    for name, row in sorted(rows.items(), key=lambda item: item[0] == "all"):
        score = 1 - row["lives"] / row.total()
        left_out = equivalent.total() if name == "all" else equivalent[name]
        counts = "".join(f"{row[kind]:12}" for kind in columns)
        sys.stdout.write(f"{name:24}{row.total():8}{counts}{left_out:12}{score:9.1%}\n")
    for key in sorted(stale):
        sys.stdout.write(f"equivalent.txt names a mutant that there is no more: {key}\n")
    return 0 if score >= WANTED and not stale else 1


if __name__ == "__main__":
    sys.exit(main())
