"""`python -m tests.faults.defects4rest`: run the suite against each ported defect, and report the detection rate."""

import argparse
import json
import multiprocessing
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.faults.defects4rest.catalog import CATALOG
from tests.faults.defects4rest.mapping import read_survivors
from tests.faults.detection import Detection, detect, warm_up
from tests.faults.seeded_fault import SeededFault

REPORT = Path(".build/defects4rest/suite.json")
# The required detection rate, in percent.
REQUIRED = 90


def main(arguments: list[str] | None = None) -> int:
    """Return 0 only if the suite detects enough defects, and has no finding on the unchanged mock."""
    options = _parser().parse_args(arguments)
    chosen = [fault for fault in CATALOG if not options.only or any(text in fault.name for text in options.only)]
    start = time.monotonic()
    results = []
    for result in detect_defects(chosen, options.jobs, options.seed):
        results.append(result)
        print(_row(result), flush=True)
    baseline, defects = results[0], results[1:]
    detected = sum(result.is_detected for result in defects)
    rate = 100 * detected / max(1, len(defects))
    for problem in _changes(defects):
        print(problem)
    alarm = "a FALSE ALARM" if baseline.findings or baseline.error else "no false alarm"
    print(f"{detected} of {len(defects)} detected ({rate:.0f} %); {alarm}; {time.monotonic() - start:.0f} s")
    if not options.only:
        _write_report(defects)
    return 1 if baseline.findings or any(result.error for result in results) or rate < REQUIRED else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.defects4rest", description=__doc__)
    parser.add_argument(
        "--only", metavar="TEXT", action="append", help="only defects whose name contains TEXT; can be repeated"
    )
    parser.add_argument("--jobs", metavar="N", type=int, default=2, help="parallel processes (default: 2)")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="seed of the suite (default: 0)")
    return parser


def detect_defects(faults: list[SeededFault], jobs: int = 2, seed: int = 0) -> Iterator[Detection]:
    """Make the baseline run, and then the run of each defect in a process for itself, up to the first finding."""
    warm_up()
    runs = [(None, seed), *((CATALOG.index(fault), seed) for fault in faults)]
    with multiprocessing.get_context("fork").Pool(jobs, maxtasksperchild=1) as pool:
        yield from pool.imap(_detect, runs)


def _detect(run: tuple[int | None, int]) -> Detection:
    """Run one defect; it is passed as its number, because a `plant` function cannot be pickled."""
    number, seed = run
    return detect(None if number is None else CATALOG[number], seed=seed, first_only=True)


def _row(result: Detection) -> str:
    if result.error:
        return f"ERROR     {result.fault}: {result.error}"
    if not result.findings:
        return f"{'MISSED' if result.fault != 'no fault' else 'passed':20}{result.fault}"
    layer, finding = next(iter(result.findings.items()))
    return f"{layer:20}{result.fault}  [{finding}]"


def _changes(defects: list[Detection]) -> Iterator[str]:
    """Describe where the result differs from the list of survivors."""
    survivors = read_survivors()
    for result in defects:
        defect = result.fault.partition(":")[0]
        if result.is_detected and defect in survivors:
            yield f"{defect} is detected now. Remove it from survivors.tsv."
        elif not result.is_detected and defect not in survivors:
            yield f"{defect} is not detected. Add it to survivors.tsv with the reason."


def _write_report(defects: list[Detection]) -> None:
    """Write which layer detects each defect."""
    report = {result.fault: next(iter(result.findings), None) for result in defects}
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
