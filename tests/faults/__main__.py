"""
`python -m tests.faults`: run the suite against every seeded fault, and print which layers detect it.

The expected layer of a fault runs first, and the others only if it detects nothing. `--every-layer` runs them all,
which takes several times as long: it shows which faults more than one layer detects.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from gemini_clearing_contract.layers import LAYERS
from tests.faults.catalog import CATALOG
from tests.faults.detection import Detection, detect_all

REPORT = Path(".build/contract/recall.json")
LEGEND = "◆ detected by the expected layer, ● by another layer, ◇ missed by the expected layer, · by another"


def main(arguments: list[str] | None = None) -> int:
    """Return 0 only if each fault was detected by its expected layer and the baseline run had no finding."""
    parser = _parser()
    options = parser.parse_args(arguments)
    chosen = [fault for fault in CATALOG if options.side in {None, fault.side}]
    for text in options.only or ():
        if not any(text in fault.name for fault in chosen):
            parser.error(f"no fault matches --only {text!r}. Run without --only to list every fault.")
    if options.only:
        chosen = [fault for fault in chosen if any(text in fault.name for text in options.only)]
    console = Console(highlight=False, soft_wrap=True)
    start = time.monotonic()
    results = []
    _print_heading(console, len(chosen))
    for result in detect_all(chosen, options.jobs, options.seed, every_layer=options.every_layer):
        results.append(result)
        _print_row(console, result)
    _write_report(results[1:])
    return summarize(console, results, time.monotonic() - start)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument(
        "--only", metavar="TEXT", action="append", help="only faults whose name contains TEXT; can be repeated"
    )
    parser.add_argument("--side", choices=["mock", "client", "spec"], help="only faults on this side")
    parser.add_argument("--every-layer", action="store_true", help="run every layer for each fault")
    parser.add_argument("--jobs", metavar="N", type=int, default=2, help="parallel processes (default: 2)")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="seed of the suite (default: 0)")
    return parser


def _print_heading(console: Console, faults: int) -> None:
    console.print(f"{faults} seeded faults.  {LEGEND}")
    for index, layer in enumerate(LAYERS):
        console.print(f"{'│' * index}┌ {layer.name}")


def _print_row(console: Console, result: Detection) -> None:
    marks = "".join(_mark(result, layer.name) for layer in LAYERS)
    console.print(f"{marks}  {result.side:6} {escape(result.fault)}{_problem(result)}")


def _mark(result: Detection, layer: str) -> str:
    if layer in result.findings:
        return "[green]◆[/]" if layer == result.expected_layer else "●"
    if layer not in result.layers:
        return " "
    return "[red]◇[/]" if layer == result.expected_layer else "·"


def _problem(result: Detection) -> str:
    if result.error:
        return f"  [red]the suite failed: {escape(result.error)}[/]"
    if not result.expected_layer:
        return f"  [red]false alarm: {escape(str(result.findings))}[/]" if result.findings else ""
    return "" if result.is_detected else "  [red]NOT DETECTED[/]"


def summarize(console: Console, results: list[Detection], seconds: float) -> int:
    """Print the totals and return the exit status; the first result is the baseline run."""
    baseline, faults = results[0], results[1:]
    for side in ("mock", "client", "spec"):
        of_side = [result for result in faults if result.side == side]
        console.print(f"{side:6}: {sum(result.is_detected for result in of_side)} of {len(of_side)} detected")
    detected = sum(result.is_detected for result in faults)
    expected = sum(result.is_detected_as_expected for result in faults)
    alarm = "a FALSE ALARM" if baseline.findings or baseline.error else "no false alarm"
    failed = sum(bool(result.error) for result in results)
    if failed:
        console.print(f"[red]The suite failed in {failed} of {len(results)} runs[/], which is an error of the suite.")
    console.print(f"{detected} of {len(faults)} detected, {expected} by the expected layer; {alarm}; {seconds:.0f} s")
    is_passed = not baseline.findings and not any(result.error for result in results) and expected == len(faults)
    return 0 if is_passed else 1


def _write_report(faults: list[Detection]) -> None:
    """Write the file that the contract report reads."""
    entries = [
        {
            "name": result.fault,
            "side": result.side,
            "expected_layer": result.expected_layer,
            "layers": result.layers,
            "detected_by": list(result.findings),
            "findings": result.findings,
        }
        for result in faults
    ]
    layers = [layer.name for layer in LAYERS]
    report = {"layers": layers, "detected": sum(result.is_detected for result in faults), "faults": entries}
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
