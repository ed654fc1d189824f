"""
`python -m faults.mutation`: mutate mock, runtime and signer, and tell how many mutants are caught.

Each mutant is first shown to the layers of the contract suite, which takes about a second; one that they let live is
shown to the unit tests of its package.  `equivalent.txt` lists, with a reason, the mutants that change nothing.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import FrameType

from faults._fault import Fault, World
from faults._mutants import PACKAGES, Mutant, mutants_of, source_of
from faults._recall import hunt, warm_up

__all__ = ["main"]

EQUIVALENT_FILE = Path(__file__).with_name("equivalent.txt")
WANTED = 0.92
# A mutant that never ends is caught.
SUITE_LIMIT_S, TESTS_LIMIT_S = 60, 300


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0 only if enough of the mutants are caught."""
    parser = argparse.ArgumentParser(prog="python -m faults.mutation", description=__doc__)
    parser.add_argument("--package", choices=sorted(PACKAGES), action="append", help="only this package's mutants")
    parser.add_argument("--sample", type=int, help="so many of the mutants, drawn by --seed")
    parser.add_argument("--seed", type=int, default=0, help="which sample (default: 0)")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time (default: 2)")
    parser.add_argument("--suite-only", action="store_true", help="without the unit tests")
    options = parser.parse_args(arguments)
    equivalent = set(read_equivalent())
    mutants = [
        mutant
        for package in options.package or PACKAGES
        for mutant in mutants_of(package)
        if mutant.key not in equivalent
    ]
    if options.sample:
        mutants = random.Random(options.seed).sample(mutants, min(options.sample, len(mutants)))
    return report(mutants, run(mutants, options.jobs, suite_only=options.suite_only))


def read_equivalent() -> Iterator[str]:
    """The keys of the mutants that change nothing; their reasons stand behind `#` above them."""
    for line in EQUIVALENT_FILE.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.strip()


def run(mutants: list[Mutant], jobs: int, *, suite_only: bool) -> Iterator[str]:
    """What caught each mutant; the empty string where nothing did."""
    warm_up()
    with multiprocessing.get_context("fork").Pool(jobs, maxtasksperchild=1) as pool:
        yield from pool.imap(_judge, [(mutant, suite_only) for mutant in mutants])


def _judge(job: tuple[Mutant, bool]) -> str:
    mutant, suite_only = job
    caught = _bounded(SUITE_LIMIT_S, lambda: _by_suite(mutant))
    if caught or suite_only:
        return caught
    # The suite's layers have loaded the mutant into this process; the tests run in it too.
    return _bounded(TESTS_LIMIT_S, lambda: _by_tests(mutant))


def _by_suite(mutant: Mutant) -> str:
    side = "mock" if mutant.package == "gemini_clearing_mock" else "client"
    fault = Fault(mutant.key, side, "", lambda world: plant(world, mutant))  # type: ignore[arg-type]
    result = hunt(fault, first_only=True)
    return next(iter(result.by), "broken" if result.broken else "")


def plant(world: World, mutant: Mutant) -> None:
    """Have the module loaded from the mutated source."""
    world.sources[mutant.module] = source_of(mutant)


def _by_tests(mutant: Mutant) -> str:
    import pytest

    folders = [folder for folder in PACKAGES[mutant.package] if Path(folder).exists()]
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        status = pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore", *folders])
    return "" if status == pytest.ExitCode.OK else "unit tests"


class _TooLong(BaseException):
    """Time is over; nothing in between may take this for its own."""


def _bounded(seconds: int, judge: Callable[[], str]) -> str:
    def give_up(number: int, frame: FrameType | None) -> None:
        raise _TooLong

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        return judge()
    except _TooLong:
        return "time limit"
    finally:
        signal.alarm(0)


def report(mutants: list[Mutant], caught: Iterator[str]) -> int:
    """Print the survivors as they are found, then the score of each package."""
    start = time.monotonic()
    found: dict[str, list[bool]] = {}
    for mutant, by in zip(mutants, caught, strict=True):
        found.setdefault(mutant.package, []).append(bool(by))
        if not by:
            sys.stdout.write(f"survives  {mutant.key}  (line {mutant.line})\n")
            sys.stdout.flush()
    for package, results in found.items():
        sys.stdout.write(f"{package}: {sum(results)} of {len(results)} caught, {sum(results) / len(results):.1%}\n")
    everything = [result for results in found.values() for result in results]
    score = sum(everything) / len(everything) if everything else 1.0
    sys.stdout.write(f"{sum(everything)} of {len(everything)} caught: {score:.1%}, {time.monotonic() - start:.0f} s\n")
    return 0 if score >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
