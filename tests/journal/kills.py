"""
Kill processes that write with a journal, and check what `recover()` reports.

`make journal-kills KILLS=200` runs this module as a program.

Each process is forked, writes to a served mock exchange as two desks, and is killed with SIGKILL at a random moment.
Then both desks recover. In the end, every entry of the journal is compared with the exchange's own orders.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gemini_clearing import AsyncGeminiClearing, ClearingError, GeminiClearing, Journal, JournalEntry, Outcome

TERMS: dict[str, Any] = {"symbol": "btcusd", "amount": "1"}
# From before the file is opened to some writes later.
LONGEST_LIFE_S = 0.25
# A busy machine delivers the last bytes of a killed process later than the first query after it.
SETTLE_S = 0.2


@contextmanager
def served() -> Iterator[dict[str, Any]]:
    """Serve a mock exchange in another process."""
    command = [sys.executable, "-m", "gemini_clearing_mock", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield json.loads(server.stdout.readline())
        finally:
            server.terminate()


def options_of(announced: dict[str, Any], name: str, path: Path) -> dict[str, Any]:
    """Return the options of a desk's client."""
    (account,) = [account for account in announced["accounts"] if account["name"] == name]
    keys = {"api_key": account["api_key"], "api_secret": account["api_secret"]}
    return {**keys, "base_url": announced["base_url"], "journal": path}


def write(initiator: dict[str, Any], counterparty: dict[str, Any], first_price: int, placed: int) -> None:
    """
    Place orders with prices that no other order has; cancel and confirm some. Until the process is killed.

    For each order, a byte is written to the descriptor `placed`.
    """
    with GeminiClearing(**initiator) as buyer, GeminiClearing(**counterparty) as seller:
        for price in range(first_price, first_price + 1000):
            terms = {**TERMS, "price": str(price)}
            order = buyer.create_order(**terms, side="buy")
            os.write(placed, b".")
            if price % 3 == 1:
                buyer.cancel_order(clearing_id=order.clearing_id)
            if price % 3 == 2:
                seller.confirm_order(**terms, side="sell", clearing_id=order.clearing_id)


async def write_async(initiator: dict[str, Any], counterparty: dict[str, Any], first_price: int, placed: int) -> None:
    """Do the same as `write` in two tasks, which write at the same time."""

    async def confirm(orders: "asyncio.Queue[tuple[str, str]]") -> None:
        while True:
            clearing_id, price = await orders.get()
            await seller.confirm_order(**TERMS, price=price, side="sell", clearing_id=clearing_id)

    async with AsyncGeminiClearing(**initiator) as buyer, AsyncGeminiClearing(**counterparty) as seller:
        orders: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        confirming = asyncio.create_task(confirm(orders))
        for price in range(first_price, first_price + 1000):
            order = await buyer.create_order(**TERMS, price=str(price), side="buy")
            os.write(placed, b".")
            if price % 3 == 1:
                await buyer.cancel_order(clearing_id=order.clearing_id)
            if price % 3 == 2:
                orders.put_nowait((order.clearing_id, str(price)))
        await confirming


def live_and_die(number: int, chance: random.Random, initiator: dict[str, Any], counterparty: dict[str, Any]) -> None:
    """Start a process that writes, and kill it: half of them a time after their start, half after their first order."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            first_price = 1000 * (number + 1)
            if number % 2:
                asyncio.run(write_async(initiator, counterparty, first_price, write_end))
            else:
                write(initiator, counterparty, first_price, write_end)
        finally:
            os._exit(1)
    os.close(write_end)
    if number % 4 >= 2:  # on a busy machine, no order is placed in the time of the others
        os.read(read_end, 1)
    time.sleep(chance.uniform(0, LONGEST_LIFE_S))
    os.kill(pid, signal.SIGKILL)
    os.close(read_end)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status), "the process ended before it was killed"


def recover(initiator: dict[str, Any], counterparty: dict[str, Any]) -> list[str]:
    """Recover as both desks, and return what stays unknown."""
    problems = []
    for options in (initiator, counterparty):
        with GeminiClearing(**options) as client:
            problems += [
                f"{write.entry.operation} stays in doubt: {write.error or write.resolution}"
                for write in client.recover(settle=SETTLE_S)
                if write.resolution is None or write.resolution.outcome is Outcome.AMBIGUOUS
            ]
            problems += [f"{entry.operation} is in doubt after recover()" for entry in client._own(client.in_doubt())]
    return problems


def falsehoods(entries: list[JournalEntry], initiator: dict[str, Any]) -> list[str]:
    """Compare every entry with the exchange's orders. Their prices identify them."""
    with GeminiClearing(**initiator) as client:
        orders = {str(order.price): order for order in client.list_orders().orders}
    by_id = {order.clearing_id: order for order in orders.values()}
    problems = []
    for entry in entries:
        sent = json.loads(entry.payload)
        order = by_id.get(sent["clearing_id"]) if "clearing_id" in sent else orders.get(sent["price"])
        if entry.operation == "create_order":
            is_true = entry.outcome is (Outcome.EXECUTED if order else Outcome.NOT_EXECUTED)
            is_true = is_true and entry.order_id == (order.clearing_id if order else None)
        else:
            effect = {"cancel_order": {"Canceled"}, "confirm_order": {"Confirmed", "Settled"}}[entry.operation]
            is_done = order is not None and order.status in effect
            is_true = entry.outcome is (Outcome.EXECUTED if is_done else Outcome.NOT_EXECUTED)
        if not is_true:
            problems.append(f"false: {entry.operation} {entry.payload} is {entry.outcome}, and the order is {order}")
    unrecorded = len(orders) - len({entry.order_id for entry in entries} & by_id.keys())
    return [*problems, *([f"{unrecorded} orders have no entry"] if unrecorded else [])]


def run(kills: int, seed: int) -> tuple[list[str], Counter[str]]:
    """Kill processes. Return the violations, and the number of writes with each end."""
    chance, problems = random.Random(seed), []
    with tempfile.TemporaryDirectory() as folder, served() as announced:
        path = Path(folder) / "desk.db"
        desks = [options_of(announced, name, path) for name in ("initiator", "counterparty")]
        for number in range(kills):
            live_and_die(number, chance, *desks)
            problems += [f"kill {number}: {problem}" for problem in recover(*desks)]
        with Journal(path) as journal:
            entries = list(journal.entries())
        problems += falsehoods(entries, desks[0])
    seen = Counter(str(entry.end or f"killed, then {entry.resolution}") for entry in entries)
    seen += Counter(entry.operation for entry in entries)
    return problems, seen


def main() -> int:
    """Run, print what was seen, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.journal.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    try:
        problems, seen = run(arguments.kills, arguments.seed)
    except ClearingError as error:
        problems, seen = [repr(error)], Counter()
    result = "\n".join(problems) or "Every write has an end, and every end is true."
    sys.stdout.write(f"{arguments.kills} kills, seed {arguments.seed}: {dict(sorted(seen.items()))}\n{result}\n")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
