"""
The memory of a walk over a long list: `python -m tests.client.walk_memory` walks 100,000 and 1,000,000 rows.

Each walk runs in its own process, and every row is checked: none is missing, and none is returned twice. The exit
status is 1 if the walk over the long list needs more memory, beyond what two equal runs differ by.
"""

import argparse
import asyncio
import resource
import subprocess
import sys
import time
from typing import Any

import httpx

from gemini_clearing import AsyncGeminiClearing, GeminiClearing
from tests.client.many_rows import Completeness, ManyRows

WALKS = [(kind, method) for method in ("iter_orders", "iter_trades") for kind in ("sync", "async")]
_KEY: dict[str, Any] = {"api_key": "account-walk", "api_secret": "demo"}
# macOS reports bytes, Linux kilobytes.
_UNIT_MB = 1024 * 1024 if sys.platform == "darwin" else 1024
# Two walks over equal lists differ by up to 0.4 MB; 900,000 rows that were kept would need hundreds.
_TOLERANCE_MB = 3.0


def walk(kind: str, method: str, count: int, block: int = 300) -> ManyRows:
    """Walk a list, and check each of its rows."""
    server = ManyRows(count, block)
    check = Completeness(server)
    transport = httpx.MockTransport(server)

    async def walk_async() -> None:
        async with AsyncGeminiClearing(**_KEY, transport=transport) as clearing:
            async for row in getattr(clearing, method)(page_size=block):
                check.add(row.clearing_id)

    if kind == "async":
        asyncio.run(walk_async())
    else:
        with GeminiClearing(**_KEY, transport=transport) as clearing:
            for row in getattr(clearing, method)(page_size=block):
                check.add(row.clearing_id)
    check.finish()
    return server


def main() -> int:
    """Measure the walks."""
    parser = argparse.ArgumentParser(prog="python -m tests.client.walk_memory", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the long list (default: 1000000)")
    parser.add_argument("--one", nargs=3, metavar=("KIND", "METHOD", "ROWS"), help="run one walk in this process")
    options = parser.parse_args()
    if options.one:
        kind, method, rows = options.one
        started_s = time.monotonic()
        server = walk(kind, method, int(rows))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _UNIT_MB
        sys.stdout.write(f"{peak:.1f} {server.requests} {time.monotonic() - started_s:.0f}\n")
        return 0
    are_flat = [_compare(kind, method, options.rows) for kind, method in WALKS]
    return int(not all(are_flat))


def _compare(kind: str, method: str, rows: int) -> bool:
    """Print the memory of a walk over a tenth of the rows, and over all of them; return whether they are equal."""
    peaks = []
    for count in (rows // 10, rows):
        command = [sys.executable, "-m", "tests.client.walk_memory", "--one", kind, method, str(count)]
        peak, requests, seconds = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout.split()
        peaks.append(float(peak))
        sizes = f"{count:9,} rows  {int(requests):6,} requests"
        sys.stdout.write(f"{method:12} {kind:6} {sizes}  {seconds:>4} s  {peak:>6} MB\n")
    is_flat = peaks[1] - peaks[0] <= _TOLERANCE_MB
    growth = f"memory {'flat' if is_flat else 'GROWS'}: {peaks[1] - peaks[0]:+.1f} MB"
    sys.stdout.write(f"{method:12} {kind:6} every row once; {growth}\n")
    return is_flat


if __name__ == "__main__":
    sys.exit(main())
