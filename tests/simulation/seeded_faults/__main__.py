"""`python -m tests.simulation.seeded_faults`: plant each seeded fault of the client, and print what detects it."""

import argparse
import sys
import time
from collections.abc import Iterable, Sequence

from tests.simulation.seeded_faults.catalog import CATALOG
from tests.simulation.seeded_faults.detection import Detection, as_json, detect, detect_all


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 only if each fault violates its rule."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.seeded_faults", description=__doc__)
    parser.add_argument("--only", metavar="TEXT", default="", help="only faults whose name contains TEXT")
    parser.add_argument("--seeds", metavar="N", type=int, default=600, help="the most seeds per fault (default: 600)")
    parser.add_argument("--jobs", metavar="N", type=int, default=2, help="parallel processes (default: 2)")
    parser.add_argument(
        "--detect", metavar="NAME", help="plant this fault in this process, and print the result as JSON"
    )
    options = parser.parse_args(arguments)
    if options.detect is not None:
        fault = next(fault for fault in CATALOG if fault.name == options.detect)
        print(as_json(detect(fault, range(options.seeds))))
        return 0
    chosen = [fault for fault in CATALOG if options.only in fault.name]
    if not chosen:
        parser.error(f"no fault matches --only {options.only!r}. Run without --only to list every fault.")
    return _report(detect_all(chosen, seeds=options.seeds, jobs=options.jobs))


def _report(detections: Iterable[Detection]) -> int:
    start, survivors, count = time.monotonic(), 0, 0
    for detection in detections:
        count += 1
        survivors += detection.seed is None
        print(_row(detection), flush=True)
    print(f"{count} seeded faults, {count - survivors} detected, in {time.monotonic() - start:.0f} s")
    return 1 if survivors else 0


def _row(detection: Detection) -> str:
    mark = "survived" if detection.seed is None else f"seed {detection.seed}"
    lines = [f"{mark:<9} {detection.rule:<27} {detection.fault}"]
    if detection.error:
        lines.append(f"          {detection.error}")
    elif detection.seed is None:
        lines.append(f"          {detection.runs} runs violated only: {', '.join(detection.others) or 'nothing'}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
