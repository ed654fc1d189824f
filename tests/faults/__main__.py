"""`python -m tests.faults`: run the suite against every seeded fault, and print the matrix fault × layer."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from gemini_clearing_contract._plan import LAYERS
from tests.faults._catalogue import CATALOGUE
from tests.faults._recall import Caught, recall

REPORT = Path(".build/contract/recall.json")


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0 only if every fault was caught by the layer meant to, and no fault by none."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--only", default="", help="faults whose name holds this")
    parser.add_argument("--side", choices=["mock", "client", "spec"], help="one side's faults")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time (default: 2)")
    parser.add_argument("--seed", type=int, default=0, help="the suite's seed (default: 0)")
    options = parser.parse_args(arguments)
    chosen = [fault for fault in CATALOGUE if options.only in fault.name and options.side in {None, fault.side}]
    console = Console(highlight=False, soft_wrap=True)
    start = time.monotonic()
    names = [layer.name for layer in LAYERS]
    console.print(f"{len(chosen)} seeded faults.  ◆ caught by the layer meant to, ● by another, ◇ missed by the layer meant to")
    for index, name in enumerate(names):
        console.print(f"{'│' * index}┌ {name}")
    caught = []
    for result in recall(chosen, options.jobs, options.seed):
        caught.append(result)
        console.print(f"{''.join(_mark(result, name) for name in names)}  {result.side:6} {escape(result.fault)}{_trouble(result)}")
    return summarise(console, caught, names, time.monotonic() - start)


def _mark(result: Caught, layer: str) -> str:
    if layer in result.by:
        return "[green]◆[/]" if layer == result.meant else "●"
    return "[red]◇[/]" if layer == result.meant else "·"


def _trouble(result: Caught) -> str:
    if result.broken:
        return f"  [red]cannot be hunted: {escape(result.broken)}[/]"
    if result.meant and not result.is_caught:
        return "  [red]NOT CAUGHT[/]"
    return f"  [red]false alarm: {escape(str(result.by))}[/]" if not result.meant and result.by else ""


def summarise(console: Console, results: list[Caught], layers: list[str], seconds: float) -> int:
    """Print the totals, write the report, and give the exit status."""
    baseline, faults = results[0], results[1:]
    found = [result for result in faults if result.is_caught]
    meant = [result for result in faults if result.as_meant]
    for side in ("mock", "client", "spec"):
        of_side = [result for result in faults if result.side == side]
        console.print(f"{side:6}: {sum(result.is_caught for result in of_side)} of {len(of_side)} caught")
    alarm = "a FALSE ALARM" if baseline.by or baseline.broken else "no false alarm"
    console.print(f"{len(found)} of {len(faults)} caught, {len(meant)} by the layer meant to; {alarm}; {seconds:.0f} s")
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    entries = [{"name": result.fault, "side": result.side, "meant": result.meant, "caught_by": list(result.by), "how": result.by} for result in faults]
    REPORT.write_text(json.dumps({"layers": layers, "caught": len(found), "faults": entries}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    is_well = not baseline.by and not any(result.broken for result in results) and len(meant) == len(faults)
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
