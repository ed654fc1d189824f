"""Walks over lists: complete and without duplicates by seed, on a server that cuts off, fails and changes meanwhile."""

import asyncio
import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from gemini_clearing import (
    ArgumentError,
    AsyncGeminiClearing,
    ContractViolatedError,
    GeminiClearing,
    IncompleteWalkError,
    InvalidRowsError,
    OutcomeUnknownError,
)
from gemini_clearing_mock import Exchange
from gemini_clearing_runtime._timestamps import time_of
from tests.client.desks import BUY, Place
from tests.client.simulated_time import simulated_time

START_MS = 1_767_225_600_000


class Server:
    """A server of orders and trades, as dictionaries by id, that keeps any part of a response that is too long."""

    def __init__(self, chance: random.Random, times: list[int], keeps: str = "random") -> None:
        self.chance, self.keeps = chance, keeps
        self.times = {f"T{number}": time for number, time in enumerate(times)}
        self.requests: list[dict[str, Any]] = []
        self.failing = 0.0
        self.bad: set[str] = set()
        self.unit_ms = 1
        self.then: Any = lambda: None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Respond to a read."""
        given = json.loads(request.extensions["gemini_clearing.signed"].payload_json)
        self.requests.append(given)
        self.then()
        if self.chance.random() < self.failing:
            raise httpx.ReadError("lost")
        if request.url.path.endswith("trades"):
            first, limit = given["timestamp_nanos"] // 1_000_000, given["limit_per_account"]
            found = [(time, name) for name, time in self.times.items() if time >= first]
            return httpx.Response(200, json={"results": [self._trade(*row) for row in self._cut(found, limit)]})
        first, last, limit = given["submission_start"], given["submission_end"], given["limit_orders"]
        found = [(time, name) for name, time in self.times.items() if first <= time <= last]
        return httpx.Response(
            200, json={"result": "success", "orders": [self._order(*r) for r in self._cut(found, limit)]}
        )

    def _cut(self, found: list[tuple[int, str]], limit: int) -> list[tuple[int, str]]:
        kept = self.chance.sample(found, len(found))
        if self.keeps != "random":
            kept.sort(reverse=self.keeps == "newest")
        return self.chance.sample(kept[:limit], len(kept[:limit]))

    def _order(self, time: int, name: str) -> dict[str, Any]:
        price = "ten" if name in self.bad else 10
        return {
            "clearing_id": name, "symbol": "BTCUSD", "side": "buy", "price": price, "quantity": 1,
            "status": "Settled", "submission": time - time % self.unit_ms, "expiration": time + 1,
            "source_counterparty_id": "S", "target_counterparty_id": "T", "source_side": "buy",
        }  # fmt: skip

    def _trade(self, time: int, name: str) -> dict[str, Any]:
        price = 10 if name in self.bad else "10"
        return {
            "sourceAccount": "a", "targetAccount": "b", "pair": "BTCUSD", "sourceSide": "buy", "price": price,
            "quantity": "1", "clearingId": name, "status": "Settled", "expirationTimeMs": time, "createdMs": time,
            "lastUpdatedMs": time, "hasBroker": False, "wasNotified": True,
        }  # fmt: skip


@pytest.fixture(params=["sync", "async"])
def walk(request):
    """Return a function that collects the rows of a walk: `walk(server, "iter_orders", …)`. Time is simulated."""

    def collect(server, method, **options):
        client: dict[str, Any] = {
            "api_key": "account-walk",
            "api_secret": "demo",
            "transport": httpx.MockTransport(server),
        }
        if request.param == "sync":
            with GeminiClearing(**client) as clearing:
                return list(getattr(clearing, method)(**options))

        async def gather():
            async with AsyncGeminiClearing(**client) as clearing:
                return [row async for row in getattr(clearing, method)(**options)]

        return asyncio.run(gather())

    with simulated_time():
        yield collect


def times_by(chance: random.Random) -> list[int]:
    """Return times with gaps of any length, and with many in one millisecond."""
    times: list[int] = []
    while len(times) < 200:
        start = START_MS - chance.randrange(10 ** chance.randrange(1, 11))
        times += [start + chance.randrange(3)] * chance.randrange(1, 5)
        times += [start + chance.randrange(1000) for _ in range(chance.randrange(20))]
    return times


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("method", ["iter_orders", "iter_broker_orders", "iter_trades"])
@pytest.mark.parametrize("seed", range(4))
def test_walk_is_complete_and_without_duplicates(walk, seed, method, newest_first):
    """Whichever rows a list keeps that is cut off, and although requests fail, each row is returned once, in order."""
    chance = random.Random(seed)
    server = Server(chance, times_by(chance))
    server.keeps = "oldest" if method == "iter_trades" else chance.choice(["random", "oldest", "newest"])
    server.failing = 0.1
    time = "last_updated_ms" if method == "iter_trades" else "submission"

    rows = walk(server, method, page_size=40, newest_first=newest_first, timeout=300)

    assert Counter(row.clearing_id for row in rows) == Counter(server.times.keys())
    times = [getattr(row, time) for row in rows]
    assert times == sorted(times, reverse=newest_first)


@pytest.mark.parametrize("method", ["iter_orders", "iter_trades"])
def test_walk_has_the_rows_between_two_times_only(walk, method):
    """Both times are inclusive, and may be given as `datetime` or in milliseconds."""
    server = Server(random.Random(1), [START_MS + number for number in range(100)], "oldest")
    start = datetime.fromtimestamp(START_MS / 1000, UTC) + timedelta(milliseconds=10)

    rows = walk(server, method, page_size=7, start=start, end=START_MS + 30)

    assert [row.clearing_id for row in rows] == [f"T{number}" for number in range(10, 31)]


def test_rows_that_arrive_or_change_while_walking_hide_no_other(walk):
    """Every trade of the beginning is returned; a changed trade may be returned again, with its new time."""
    chance = random.Random(5)
    server = Server(chance, [START_MS - 10**6 + number for number in range(300)], "oldest")
    original = set(server.times)

    def change():
        now = START_MS + len(server.requests)
        server.times[chance.choice(sorted(server.times))] = now
        server.times[f"N{len(server.requests)}"] = now

    server.then = change
    rows = walk(server, "iter_trades", page_size=20)

    versions = [(row.clearing_id, row.last_updated_ms) for row in rows]
    assert original <= {row.clearing_id for row in rows}
    assert len(versions) == len(set(versions))


@pytest.mark.parametrize("method", ["iter_orders", "iter_trades"])
@pytest.mark.parametrize("newest_first", [False, True])
def test_more_rows_of_a_millisecond_than_the_limit_are_an_error(walk, method, newest_first):
    """The error has the millisecond; no row is dropped silently."""
    server = Server(random.Random(2), [START_MS] * 9, "oldest")

    with pytest.raises(IncompleteWalkError, match="at least 9 rows have the same millisecond") as caught:
        walk(server, method, page_size=9, newest_first=newest_first)

    assert caught.value.start == caught.value.end == datetime.fromtimestamp(START_MS / 1000, UTC)
    assert len(walk(server, method, page_size=10, newest_first=newest_first)) == 9


def test_trades_of_an_exchange_that_keeps_the_newest_are_an_error(walk):
    """Nothing can select the older ones then, and that is tested before a row is skipped."""
    server = Server(random.Random(3), [START_MS + number for number in range(30)], "newest")

    with pytest.raises(IncompleteWalkError, match="returns the newest rows only"):
        walk(server, "iter_trades", page_size=20)


def test_filter_that_the_exchange_ignores_is_an_error(walk):
    """Otherwise each window would return the same rows again."""
    server = Server(random.Random(4), [START_MS])
    orders = [server._order(START_MS, "T0")]

    def ignoring(request):
        return httpx.Response(200, json={"result": "success", "orders": orders})

    with pytest.raises(IncompleteWalkError, match="a filter is ignored"):
        walk(ignoring, "iter_orders", end=START_MS - 1)


@pytest.mark.parametrize("newest_first", [False, True])
def test_orders_with_times_in_seconds_are_complete(walk, newest_first):
    """The exchange selects by milliseconds, and a row may have only the second: then it is before its window."""
    chance = random.Random(5)
    server = Server(chance, sorted({START_MS + chance.randrange(3000) for _ in range(200)}))
    server.unit_ms = 1000

    rows = walk(server, "iter_orders", page_size=20, start=START_MS + 700, newest_first=newest_first)

    expected = {name for name, time in server.times.items() if time >= START_MS + 700}
    assert Counter(row.clearing_id for row in rows) == Counter(expected)


@pytest.mark.parametrize("time", [START_MS - 1000, START_MS + 1, START_MS + 699, START_MS + 901])
def test_order_outside_of_its_window_is_an_error(walk, time):
    """Only a whole second may be before the window, and only that of its start."""
    orders = [Server(random.Random(4), [])._order(time, "T0")]
    response = httpx.Response(200, json={"result": "success", "orders": orders})

    with pytest.raises(IncompleteWalkError, match="a filter is ignored"):
        walk(lambda _: response, "iter_orders", start=START_MS + 700, end=START_MS + 900)


def test_response_without_a_list_is_an_error(walk):
    """No rows can be read from it, so it is not an empty list."""
    with pytest.raises(ContractViolatedError):
        walk(lambda _: httpx.Response(200, json={"result": "success", "orders": 7}), "iter_orders")


@pytest.mark.parametrize("method", ["iter_orders", "iter_trades"])
def test_invalid_row_hides_no_other_row(walk, method):
    """It is skipped where the caller allows it, and is reported once, with its bytes and the place."""
    server = Server(random.Random(6), [START_MS + number for number in range(60)], "oldest")
    server.bad = {"T3", "T41"}
    bad: list[Any] = []

    rows = walk(server, method, page_size=20, on_bad_row=bad.append)

    assert sorted(row.clearing_id for row in rows) == sorted(server.times.keys() - server.bad)
    reported = [json.loads(one.content) for one in bad]
    assert sorted(one.get("clearing_id") or one["clearingId"] for one in reported) == ["T3", "T41"]
    assert {one.place for one in bad} == {"$.price"}


def test_invalid_row_is_an_error_with_the_readable_ones(walk):
    """Without `on_bad_row`, the error has the bytes, and the valid rows of the same response."""
    server = Server(random.Random(7), [START_MS + number for number in range(5)])
    server.bad = {"T2"}

    with pytest.raises(InvalidRowsError, match=r"1 of 5 rows violate the spec, first \$.price") as caught:
        walk(server, "iter_orders")

    assert [row.clearing_id for row in caught.value.rows] == ["T0", "T1", "T3", "T4"]
    assert b'"price":"ten"' in caught.value.invalid[0].content


def test_iterator_continues_after_an_error():
    """A failed request is repeated by the next step, and rows behind invalid ones are not lost."""
    server = Server(random.Random(8), [START_MS + 1000 * number for number in range(40)])
    with (
        simulated_time(),
        GeminiClearing(api_key="account-w", api_secret="s", transport=httpx.MockTransport(server)) as one,
    ):
        rows = one.iter_orders(page_size=10, end=START_MS + 10**6, timeout=1)
        seen = [next(rows).clearing_id]
        server.failing = 1
        with pytest.raises(OutcomeUnknownError):
            seen.extend(row.clearing_id for row in rows)
        server.failing = 0
        seen += [row.clearing_id for row in rows]

    assert seen == list(server.times)


@pytest.mark.parametrize("newest_first", [False, True])
def test_progress_is_reported_after_each_response(walk, newest_first):
    """It counts rows and requests, and the reached time goes from one end to the other."""
    server = Server(random.Random(9), [START_MS + number for number in range(50)])
    reports: list[Any] = []
    options = {"page_size": 20, "start": START_MS, "end": START_MS + 100, "newest_first": newest_first}

    walk(server, "iter_orders", on_progress=reports.append, **options)

    last = reports[-1]
    assert (last.rows, last.requests) == (50, len(server.requests))
    assert [one.reached for one in reports] == sorted({one.reached for one in reports}, reverse=newest_first)
    assert last.reached == (last.start if newest_first else last.end)
    assert (last.start, last.end) == (time_of(START_MS), time_of(START_MS + 100))


def test_filters_are_sent_with_every_request(walk):
    """They are those of the read."""
    server = Server(random.Random(10), [START_MS + number for number in range(50)])

    walk(server, "iter_orders", page_size=20, symbol="btcusd", side="buy", status="Settled")

    assert {(one["symbol"], one["side"], one["status"]) for one in server.requests} == {("btcusd", "buy", "Settled")}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"page_size": 1}, "invalid page_size: 1. Pass an integer of at least 2"),
        ({"page_size": True}, "invalid page_size: True"),
        ({"page_size": 2.5}, "invalid page_size: 2.5"),
        ({"start": datetime(2026, 1, 1)}, "invalid start"),  # noqa: DTZ001  (the missing time zone is the mistake)
        ({"end": "now"}, "invalid end: 'now'"),
        ({"start": START_MS, "end": START_MS - 1}, "start is after end"),
        ({"end": 10**15}, "invalid end: 1000000000000000. "),
        ({"newest_first": "yes"}, "invalid newest_first: 'yes'. Pass True or False"),
        ({"on_bad_row": 5}, "invalid on_bad_row: 5. Pass a function that is not async"),
        ({"symbol": "btc/usd"}, "invalid symbol"),
    ],
)
def test_invalid_argument_is_reported_before_anything_is_sent(walk, options, message):
    """The call itself raises, not the first step of the iterator."""
    server = Server(random.Random(11), [])

    with pytest.raises(ArgumentError, match=message):
        walk(server, "iter_orders", **options)

    assert server.requests == []
    clearing = GeminiClearing(api_key="account-walk", api_secret="demo", transport=httpx.MockTransport(server))
    with pytest.raises(ArgumentError, match=message):
        clearing.iter_orders(**options)
    clearing.close()


@pytest.mark.parametrize(
    "options", [{"page_size": 2}, {"start": START_MS, "end": START_MS}, {"start": 0}, {"start": 1}]
)
def test_smallest_valid_arguments(walk, options):
    """Two rows at a time, a single millisecond, and the first time of all."""
    server = Server(random.Random(12), [START_MS])

    assert [row.clearing_id for row in walk(server, "iter_orders", **options)] == ["T0"]


def test_walks_on_the_mock_exchange_are_complete():
    """Orders and trades of the mock, whose lists are newest first."""
    with simulated_time() as time:
        place = Place(is_async=False, exchange=Exchange(clock=time.clock))
        desk = place.desk("initiator")
        placed = []
        for number in range(30):
            placed.append(desk.create_order(**BUY).clearing_id)
            time.sleep(0.001 * (number % 3))

        for method in ("iter_orders", "iter_trades"):
            rows = list(getattr(desk.client, method)(page_size=16))
            assert sorted(row.clearing_id for row in rows) == sorted(placed)
        place.close()
