"""The duration that a journal adds to a write, divided by that of one wait for the disk: a 4 KiB append and `fsync`."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import Any

from benchmarks._ratio import Ratio
from gemini_clearing import GeminiClearing
from gemini_clearing_mock import Exchange

WRITES = 300
PAGE = bytes(4096)
# The temporary folder may be in memory, where waiting for the disk costs nothing.
FOLDER = Path(__file__).parents[1] / ".build"


def ratios() -> Iterator[Ratio]:
    """Measure the additional time of a write with a journal."""
    FOLDER.mkdir(exist_ok=True)
    exchange = Exchange()
    with (
        tempfile.TemporaryDirectory(dir=FOLDER) as folder,
        (Path(folder) / "appended").open("ab", buffering=0) as file,
        client(exchange) as plain,
        client(exchange, journal=Path(folder) / "desk.db") as journaled,
    ):
        fsync_s, off_s, on_s = measure(lambda: append(file), lambda: place(plain), lambda: place(journaled))
    figures = f"{on_s * 1e3:.2f} ms with, {off_s * 1e3:.2f} ms without; one fsync: {fsync_s * 1e3:.2f} ms"
    yield Ratio("what a journal adds to a write, against one fsync", (on_s - off_s) / fsync_s, figures, at_most=1.2)


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
