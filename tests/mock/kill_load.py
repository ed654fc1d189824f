"""
The load of `kills.py`: threads that write to a served mock, and the comparison of their responses with a state file.

Each order has its own price, which identifies it even if the response with its id was lost.
"""

import contextlib
import http.client
import itertools
import json
import sqlite3
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from gemini_clearing_mock import Exchange, State
from gemini_clearing_mock.errors import StateFileError
from tests.mock.conftest import Desk

__all__ = ["History", "Load", "create_state", "listed_otherwise", "violations"]

THREADS = 6
# A connection belongs to one worker, so a new one is opened now and then.
REQUESTS_PER_CONNECTION = 5
TIMEOUT_S = 30

# The mock states that the file was lost during the request.
AMBIGUOUS = "may have been written"


@dataclass
class History:
    """The responses to all writes so far, by the price of the order."""

    acknowledged: dict[int, str] = field(default_factory=dict)  # with the clearing id
    rejected: set[int] = field(default_factory=set)
    unknown: set[int] = field(default_factory=set)
    canceled: set[str] = field(default_factory=set)
    not_canceled: set[str] = field(default_factory=set)
    causes: set[str] = field(default_factory=set)  # the messages of the rejections
    prices: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))


def name_of(thread: int) -> str:
    """Return the name of a thread's key."""
    return f"load{thread}"


def create_state(path: Path) -> None:
    """Create a state file with a key for each thread, so that its nonces arrive in increasing order."""
    with Exchange(state_file=path) as exchange:
        for thread in range(THREADS):
            exchange.desks.add_key(name_of(thread), account="initiator")


class Load:
    """Threads that place orders and cancel some, during a `with` block."""

    def __init__(self, base_url: str, path: Path, history: History) -> None:
        self._address = urlsplit(base_url).netloc
        self._history = history
        self._stop = threading.Event()
        with Exchange(state_file=path) as exchange:
            desks = [Desk(exchange, name_of(thread)) for thread in range(THREADS)]
        self._threads = [threading.Thread(target=self._run, args=(desk,)) for desk in desks]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, desk: Desk) -> None:
        while not self._stop.is_set():
            connection = http.client.HTTPConnection(self._address, timeout=TIMEOUT_S)
            with contextlib.closing(connection):
                for _ in range(REQUESTS_PER_CONNECTION):
                    self._write(connection, desk)

    def _write(self, connection: http.client.HTTPConnection, desk: Desk) -> None:
        price = next(self._history.prices)
        terms = {"symbol": "btcusd", "amount": "1", "price": str(price), "side": "buy"}
        status, body = self._send(connection, desk, "/v1/clearing/new", terms)
        if status == 200:
            self._history.acknowledged[price] = body["clearing_id"]
            if price % 3 == 0:
                self._cancel(connection, desk, body["clearing_id"])
        else:
            (self._history.rejected if self._is_rejected(status, body) else self._history.unknown).add(price)

    def _cancel(self, connection: http.client.HTTPConnection, desk: Desk, clearing_id: str) -> None:
        status, body = self._send(connection, desk, "/v1/clearing/cancel", {"clearing_id": clearing_id})
        if status == 200:
            self._history.canceled.add(clearing_id)
        elif self._is_rejected(status, body):
            self._history.not_canceled.add(clearing_id)

    def _is_rejected(self, status: int, body: dict) -> bool:
        if status == 0 or AMBIGUOUS in body["message"]:
            return False
        self._history.causes.add(f"{status}: {body['message']}")
        return True

    def _send(
        self, connection: http.client.HTTPConnection, desk: Desk, path: str, parameters: dict
    ) -> tuple[int, dict]:
        """Return status and body, or 0 if the response is lost."""
        request = desk.request(path, nonce=time.time_ns(), **parameters)
        try:
            connection.request("POST", path, headers=dict(request.headers))
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, http.client.HTTPException):
            connection.close()
            time.sleep(0.01)
            return 0, {}


def violations(path: Path, history: History) -> list[str]:
    """Compare a state file with the responses, and return every contradiction."""
    try:
        with Exchange(state_file=path) as exchange, exchange.transactions.begin() as transaction:
            orders = {int(order.price): order for order in transaction.state.orders.values()}
    except StateFileError as error:
        return [str(error)]
    found = [
        f"order {price} was acknowledged and is missing"
        for price, clearing_id in history.acknowledged.items()
        if price not in orders or orders[price].clearing_id != clearing_id
    ]
    found += [f"order {price} was rejected and exists" for price in history.rejected & orders.keys()]
    known = history.acknowledged.keys() | history.unknown
    found += [f"order {price} was never placed" for price in orders.keys() - known - history.rejected]
    is_canceled = {order.clearing_id: order.state is State.CANCELED for order in orders.values()}
    found += [f"{order} is not canceled" for order in history.canceled if not is_canceled.get(order)]
    found += [f"{order} is canceled" for order in history.not_canceled if is_canceled.get(order)]
    if sorted(order.sequence for order in orders.values()) != list(range(1, len(orders) + 1)):
        found.append("the sequence of the orders has gaps")
    with contextlib.closing(sqlite3.connect(path)) as database:
        (integrity,) = database.execute("PRAGMA integrity_check").fetchone()
    return found if integrity == "ok" else [*found, f"the file is damaged: {integrity}"]


def listed_otherwise(path: Path, base_url: str) -> list[str]:
    """Compare what the workers list with the file."""
    with Exchange(state_file=path) as exchange, exchange.transactions.begin() as transaction:
        stored = set(transaction.state.orders)
    found = []
    for _ in range(THREADS):  # each connection may belong to another worker
        connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=TIMEOUT_S)
        with contextlib.closing(connection):
            connection.request("GET", "/__mock__/snapshot")
            listed = json.load(connection.getresponse())["orders"].keys()
        found += [f"order {order} is listed by a worker, or stored, but not both" for order in listed ^ stored]
    return found
