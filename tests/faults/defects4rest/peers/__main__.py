"""
`python -m tests.faults.defects4rest.peers`: run other tools on each ported defect, and report what they detect.

A tool detects a defect if it reports a failure that it reported in none of three runs on the unchanged mock. Results
are kept in `.build/defects4rest/`, a file for each tool; an interrupted run continues where it stopped. When every tool
has run on every defect, the results become the committed `peers.tsv`, from which the documentation is written.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.faults.defects4rest.mapping import PEERS, read_mapping
from tests.faults.defects4rest.peers.served import served_mock
from tests.faults.defects4rest.peers.tools import TIME_LIMIT_S, TOOLS, Tool, available_tools

RESULTS = Path(".build/defects4rest")
BASELINE_SEEDS = (1, 2, 3)

# The failures by defect.
Results = dict[str, list[str]]


def main(arguments: list[str] | None = None) -> int:
    """Run the tools that are installed, the reproducible defects first."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.defects4rest.peers", description=__doc__)
    parser.add_argument("--limit", metavar="N", type=int, help="stop after N defects that were not run before")
    parser.add_argument("--tool", metavar="NAME", help="only this tool: schemathesis or specmatic")
    parser.add_argument("--reproducible", action="store_true", help="only the defects with published steps")
    options = parser.parse_args(arguments)
    rows = sorted(read_mapping(), key=lambda row: row.file == "classified")
    defects = [row.defect for row in rows if row.fault == row.defect]
    if options.reproducible:
        defects = [row.defect for row in rows if row.fault == row.defect and row.file != "classified"]
    tools = {name: tool for name, tool in available_tools().items() if options.tool in {None, name}}
    if "specmatic" not in tools and options.tool != "schemathesis":
        print("SKIPPED: specmatic (needs Java 17, and `make specmatic` or SPECMATIC_JAR)")
    for name, tool in tools.items():
        _run_tool(name, tool, defects, options.limit)
    publish({name: read_results(name) for name in TOOLS}, sorted(row.defect for row in rows if row.fault == row.defect))
    return 0


def publish(results: dict[str, Results], defects: list[str]) -> bool:
    """Write the committed table if each tool has run on each defect; returns whether it was written."""
    if not all(defect in found for found in results.values() for defect in defects):
        print(f"{PEERS.name} was not written: a tool has not run on every defect.")
        return False
    lines = [["defect", *results]]
    lines += [[defect, *("yes" if found[defect] else "no" for found in results.values())] for defect in defects]
    PEERS.write_text("".join("\t".join(line) + "\n" for line in lines), encoding="utf-8")
    return True


def _run_tool(name: str, tool: Tool, defects: list[str], limit: int | None) -> None:
    known = read_results(name)
    if "none" not in known:
        known["none"] = sorted({failure for seed in BASELINE_SEEDS for failure in _failures(tool, None, seed)})
        _write(name, known)
    missing = [defect for defect in defects if defect not in known]
    for defect in missing[:limit]:
        known[defect] = sorted(_failures(tool, defect, BASELINE_SEEDS[0]) - set(known["none"]))
        _write(name, known)
        print(f"{name:14}{'detected' if known[defect] else 'missed':10}{defect}", flush=True)
    run = [defect for defect in defects if defect in known]
    print(f"{name}: {sum(bool(known[defect]) for defect in run)} of {len(run)} detected")


def _failures(tool: Tool, defect: str | None, seed: int) -> frozenset[str]:
    """Return the failures on a new server; a tool that exceeds its time limit has reported none."""
    with served_mock(defect) as url, tempfile.TemporaryDirectory() as folder:
        try:
            return tool(url, Path(folder), seed)
        except subprocess.TimeoutExpired:
            print(f"no result for {defect} within {TIME_LIMIT_S} s")
            return frozenset()


def read_results(name: str) -> Results:
    """Return the failures that a tool reported only with a defect, and under `none` those of the unchanged mock."""
    file = RESULTS / f"{name}.json"
    results: Results = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return results


def _write(name: str, results: Results) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, indent=1, ensure_ascii=False) + "\n"
    (RESULTS / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
