"""
The duration that a journal adds to a write, divided by that of one wait for the disk: a 4 KiB append and `fsync`.

The rows below divide the same duration into its parts: the wait of the intent for the disk, the two transactions of
SQLite without that wait (intent and end), and the client's own work for the journal. The faster the disk, the larger is
the share of the other two.
"""

import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import Any

from benchmarks._ratio import Ratio
from gemini_clearing import GeminiClearing, Journal
from gemini_clearing_mock import Exchange
from gemini_clearing_runtime._journal_file import JournalFile

WRITES = 300
PAGE = bytes(4096)
# The temporary folder may be in memory, where waiting for the disk costs nothing.
FOLDER = Path(__file__).parents[1] / ".build"


def ratios() -> Iterator[Ratio]:
    """Measure the additional time of a write with a journal, and its parts."""
    FOLDER.mkdir(exist_ok=True)
    exchange = Exchange()
    with (
        tempfile.TemporaryDirectory(dir=FOLDER) as folder,
        (Path(folder) / "appended").open("ab", buffering=0) as file,
        client(exchange) as plain,
        client(exchange, journal=Path(folder) / "desk.db") as journaled,
        not_waiting(Path(folder) / "other.db") as journal,
        client(exchange, journal=journal) as unwaited,
    ):
        fsync_s, off_s, on_s = measure(lambda: append(file), lambda: place(plain), lambda: place(journaled))
        transactions: list[float] = []
        no_disk_off_s, no_disk_s = measure(lambda: place(plain), lambda: transactions.append(timed(journal, unwaited)))
    added_s, no_disk_added_s, sqlite_s = on_s - off_s, no_disk_s - no_disk_off_s, statistics.median(transactions)
    figures = f"{on_s * 1e3:.2f} ms with, {off_s * 1e3:.2f} ms without; one fsync: {fsync_s * 1e3:.2f} ms"
    yield Ratio("what a journal adds to a write, against one fsync", added_s / fsync_s, figures, at_most=1.2)
    parts = {
        "wait for the disk": added_s - no_disk_added_s,
        "SQLite, both transactions": sqlite_s,
        "the client's own work": no_disk_added_s - sqlite_s,
    }
    for name, part_s in parts.items():
        yield Ratio(f"of that, {name}", part_s / fsync_s, f"{part_s * 1e3:.2f} of {added_s * 1e3:.2f} ms")


def client(exchange: Exchange, **options: Any) -> GeminiClearing:
    """Return a client of the exchange in this process."""
    account = exchange.account("initiator")
    return GeminiClearing(
        api_key=account.api_key,
        api_secret=account.api_secret,
        base_url="http://127.0.0.1",
        transport=exchange.transport(),
        **options,
    )


class _NotWaiting(JournalFile):
    """A file whose intents do not wait for the disk."""

    spent_s = 0.0
    """The seconds that its transactions have taken."""

    def write(self, sql: str, values: Any, *, deadline: float, durable: bool = False) -> sqlite3.Cursor:
        """Execute a statement as a transaction."""
        started = time.perf_counter()
        cursor = super().write(sql, values, deadline=deadline)
        self.spent_s += time.perf_counter() - started
        return cursor


def not_waiting(path: Path) -> Journal:
    """Return a journal whose intents do not wait for the disk."""
    journal = Journal(path)
    journal._file.close()
    journal._file = _NotWaiting(path)
    return journal


def timed(journal: Journal, clearing: GeminiClearing) -> float:
    """Place an order, and return the seconds that the transactions of its journal have taken."""
    file: Any = journal._file
    before = file.spent_s
    place(clearing)
    return float(file.spent_s - before)


def append(file: FileIO) -> None:
    """Append a page, and wait for the disk."""
    file.write(PAGE)
    os.fsync(file.fileno())


def place(clearing: GeminiClearing) -> None:
    """Place an order."""
    clearing.create_order(symbol="btcusd", amount="1", price="9500.00", side="buy")


def measure(*functions: Callable[[], None]) -> list[float]:
    """Return the median duration of each function. They alternate, so that a slow moment of the disk affects all."""
    durations: list[list[float]] = [[] for _ in functions]
    for _ in range(WRITES):
        for function, taken in zip(functions, durations, strict=True):
            started = time.perf_counter()
            function()
            taken.append(time.perf_counter() - started)
    return [statistics.median(taken) for taken in durations]
