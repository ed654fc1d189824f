"""Faults: what goes wrong on demand, in-process and on a socket, and what has really happened then."""

import json
import random
from contextlib import nullcontext

import httpx
import pytest

from gemini_clearing_mock import Exchange, ManualClock
from gemini_clearing_mock.errors import ControlError

TERMS = {"symbol": "btcusd", "amount": "2", "price": "9500", "side": "buy"}


def post(exchange, desk, path="/v1/clearing/new", *, timeout_s=5.0, **parameters):
    """Send a signed request through the in-process transport."""
    request = desk.request(path, **parameters or TERMS)
    with httpx.Client(transport=exchange.transport(), timeout=timeout_s) as client:
        return client.post("http://127.0.0.1" + path, headers=dict(request.headers))


CARRIED_OUT = {"latency", "reset_after", "lost_answer", "truncated", "html", "duplicate", "wrong_field"}


@pytest.mark.parametrize(
    ("kind", "details", "raised"),
    [
        ("latency", {"delay_ms": 6000}, httpx.ReadTimeout),
        ("reset_before", {}, httpx.ReadError),
        ("reset_after", {}, httpx.ReadError),
        ("lost_answer", {}, httpx.ReadTimeout),
        ("truncated", {}, httpx.RemoteProtocolError),
    ],
)
def test_fault_breaks_the_connection_as_a_socket_would(exchange, desks, kind, details, raised):
    """The client sees the exception that a real connection gives; the order was recorded or not, as the fault says."""
    exchange.faults.add(kind, operation="create_order", **details)

    with pytest.raises(raised):
        post(exchange, desks.initiator)

    assert len(desks.initiator.orders()) == (kind in CARRIED_OUT)


@pytest.mark.parametrize(
    ("kind", "details", "status", "content_type"),
    [
        ("html", {}, 200, "text/html; charset=utf-8"),
        ("html", {"status": 502}, 502, "text/html; charset=utf-8"),
        ("status", {"status": 500}, 500, "application/json"),
        ("status", {"status": 502}, 502, "text/html; charset=utf-8"),
        ("status", {"status": 520}, 520, "text/html; charset=utf-8"),
        ("maintenance", {}, 503, "application/json"),
    ],
)
def test_fault_answers_in_the_exchanges_place(exchange, desks, kind, details, status, content_type):
    """Statuses and pages come once, and the order was recorded or not, as the fault says."""
    exchange.faults.add(kind, operation="/v1/clearing/new", **details)

    answer = post(exchange, desks.initiator)

    assert (answer.status_code, answer.headers["content-type"]) == (status, content_type)
    assert len(desks.initiator.orders()) == (kind in CARRIED_OUT)
    assert post(exchange, desks.initiator).status_code == 200


def test_fault_429_carries_retry_after(exchange, desks):
    """A rate limit on demand says when to come back."""
    exchange.faults.add("status", status=429, retry_after="7")

    answer = post(exchange, desks.initiator)

    assert (answer.status_code, answer.json()["reason"], answer.headers["retry-after"]) == (429, "RateLimit", "7")


def test_fault_that_resets_before_stands_in_the_log_as_502(exchange, desks):
    """The caller has seen no status; a gateway that lost its exchange would have said this one."""
    exchange.faults.add("reset_before")

    desks.initiator.send("/v1/clearing/list")

    assert [(entry.status, entry.fault) for entry in exchange.log] == [(502, "reset_before")]


def test_fault_latency_moves_a_manual_clock(exchange, desks, clock):
    """On a clock that stands still nobody waits: the exchange's time moves on."""
    exchange.faults.add("latency", delay_ms=1500)
    before_ms = clock.now_ms()

    assert post(exchange, desks.initiator).status_code == 200
    assert clock.now_ms() == before_ms + 1500


@pytest.mark.parametrize(("answer", "status"), [(1, 200), (2, 400)])
def test_fault_duplicate_delivers_twice(exchange, desks, answer, status):
    """The second delivery of a request has a spent nonce; either answer may be the one that comes back."""
    exchange.faults.add("duplicate", operation="create_order", answer=answer)

    assert post(exchange, desks.initiator).status_code == status
    assert len(desks.initiator.orders()) == 1


def test_fault_duplicate_makes_two_orders_with_time_based_nonces(exchange, desks, clock):
    """A time-based nonce does not protect from a repeated delivery."""
    exchange.faults.add("duplicate", operation="create_order")

    post(exchange, desks.clockwork, **TERMS, nonce=clock.now_ms() // 1000)

    assert len(desks.initiator.orders()) == 2


@pytest.mark.parametrize(
    ("field", "value", "check"),
    [
        ("clearing_id", None, lambda body: body["clearing_id"] is None),
        ("clearing_id", ..., lambda body: "clearing_id" not in body),
        ("price", 7, lambda body: body["price"] == 7),
        ("novelty", {"a": 1}, lambda body: body["novelty"] == {"a": 1}),
    ],
)
def test_fault_wrong_field_replaces_or_drops(exchange, desks, field, value, check):
    """One field of the answer is wrong, and the others are as they were."""
    details = {} if value is ... else {"value": value}
    exchange.faults.add("wrong_field", operation="create_order", field=field, **details)

    body = post(exchange, desks.initiator).json()

    assert check(body)
    assert body["symbol"] == "BTCUSD"


def test_fault_wrong_field_reaches_into_rows_and_keeps_the_digits(exchange, desks):
    """A dotted path names a field of a row; numbers beside it keep every digit."""
    desks.initiator.place(amount="2.000000000000000000000000000001")
    exchange.faults.add("wrong_field", operation="list_orders", field="orders.0.status", value="Lost")

    answer = post(exchange, desks.initiator, "/v1/clearing/list", symbol="btcusd")

    assert answer.json()["orders"][0]["status"] == "Lost"
    assert b'"quantity":2.000000000000000000000000000001' in answer.content


def test_fault_strikes_its_operation_as_often_as_it_says(exchange, desks):
    """Another operation is spared, and after its count the fault is gone."""
    exchange.faults.add("status", operation="create_order", count=2)

    assert desks.initiator.send("/v1/clearing/list").status == 200
    statuses = [desks.initiator.send("/v1/clearing/new", **TERMS).status for _ in range(3)]
    assert statuses == [500, 500, 200]
    assert list(exchange.faults) == []


def test_fault_probability_is_drawn_from_its_seed(clock, desks_of):
    """The same seed strikes the same requests, another seed others, and about as many as the probability says."""

    def struck(seed):
        exchange = Exchange(clock=ManualClock())
        exchange.faults.add("status", count=None, probability=0.3, seed=seed)
        desk = desks_of(exchange).initiator
        return [desk.send("/v1/clearing/list").status == 500 for _ in range(300)]

    first = struck(seed=1)
    assert first == struck(seed=1)
    assert first != struck(seed=2)
    assert 60 < sum(first) < 120


def test_fault_can_be_removed_and_cleared(exchange, desks):
    """Faults are taken back one by one or together."""
    kept, removed = exchange.faults.add("html", count=None), exchange.faults.add("maintenance", count=None)

    exchange.faults.remove(removed.fault_id)
    assert [fault.fault_id for fault in exchange.faults] == [kept.fault_id]
    exchange.faults.clear()
    assert desks.initiator.send("/v1/clearing/list").status == 200


@pytest.mark.parametrize(
    ("kind", "details", "complaint"),
    [
        ("earthquake", {}, "Invalid enum value 'earthquake'"),
        ("status", {"operation": "buy"}, "unknown operation 'buy'. Valid operations: create_order"),
        ("status", {"probability": 2}, "probability must be from 0 to 1"),
        ("status", {"count": 0}, "count must be at least 1"),
        ("status", {"status": 42}, "status must be from 200 to 599"),
        ("duplicate", {"answer": 3}, "answer must be 1 or 2"),
        ("wrong_field", {}, "wrong_field requires field"),
        ("latency", {"delay": 5}, "unknown field `delay`"),
    ],
)
def test_fault_that_cannot_be_is_refused(exchange, kind, details, complaint):
    """What cannot be carried out is refused at once, with what can."""
    with pytest.raises(ControlError, match=complaint):
        exchange.faults.add(kind, **details)


@pytest.mark.parametrize(
    ("kind", "raised", "placed"),
    [
        ("reset_before", httpx.ReadError, 0),
        ("reset_after", httpx.ReadError, 1),
        ("truncated", httpx.RemoteProtocolError, 1),
        ("lost_answer", httpx.ReadTimeout, 1),
    ],
)
def test_fault_breaks_a_real_connection_alike(served, kind, raised, placed):
    """Over a socket the client sees the same exception as in-process, and the server goes on."""
    # Only the answer that never comes is worth a short wait.
    patience_s = 0.5 if raised is httpx.ReadTimeout else 10
    with httpx.Client(base_url=served.base_url, timeout=10) as client:
        client.post("/__mock__/faults", json={"kind": kind, "operation": "create_order"}).raise_for_status()
        headers = dict(served.desk.request("/v1/clearing/new", **TERMS).headers)
        with pytest.raises(raised):
            client.post("/v1/clearing/new", headers=headers, timeout=patience_s)
        answer = client.post("/v1/clearing/list", headers=dict(served.desk.request("/v1/clearing/list").headers))

    assert len(json.loads(answer.content)["orders"]) == placed


@pytest.mark.parametrize(
    "details",
    [
        {"kind": "status", "status": 200},
        {"kind": "status", "status": 599},
        {"kind": "html", "probability": 0},
        {"kind": "html", "probability": 1},
        {"kind": "html", "count": 1},
        {"kind": "latency", "delay_ms": 0},
        {"kind": "duplicate", "answer": 2},
    ],
)
def test_fault_may_be_at_its_limit(exchange, details):
    """What is just possible is taken."""
    assert exchange.faults.add(**details) in list(exchange.faults)


@pytest.mark.parametrize(
    "details",
    [
        {"kind": "status", "status": 199},
        {"kind": "status", "status": 600},
        {"kind": "html", "probability": -0.1},
        {"kind": "html", "probability": 1.1},
        {"kind": "html", "count": 0},
        {"kind": "latency", "delay_ms": -1},
        {"kind": "duplicate", "answer": 3},
        {"kind": "wrong_field"},
    ],
)
def test_fault_beyond_its_limit_is_refused(exchange, details):
    """A fault that cannot be is told at once, and not met later."""
    with pytest.raises(ControlError, match="invalid fault: "):
        exchange.faults.add(**details)

    assert list(exchange.faults) == []


def test_fault_that_is_not_there_is_told_with_those_that_are(exchange):
    """None at first, then by their ids."""
    with pytest.raises(ControlError, match=r"^unknown fault 'F9'\. Faults: none\.$"):
        exchange.faults.remove("F9")
    added = [exchange.faults.add("html").fault_id for _ in range(2)]

    with pytest.raises(ControlError, match=f"Faults: {', '.join(added)}\\.$"):
        exchange.faults.remove("F9")


@pytest.mark.parametrize("field", ["orders.7.status", "orders.first.status", "orders.1"])
def test_fault_wrong_field_leaves_alone_what_is_not_there(exchange, desks, field):
    """A row that the list does not have cannot be wrong."""
    desks.initiator.place()
    before = desks.initiator.send("/v1/clearing/list").body
    exchange.faults.add("wrong_field", operation="list_orders", field=field, value="Lost")

    assert desks.initiator.send("/v1/clearing/list").body == before


def test_fault_with_a_probability_strikes_as_its_seed_says(exchange, desks):
    """The same requests of the same seed are struck, on every machine."""
    exchange.faults.add("status", status=500, probability=0.5, count=None, seed=3)

    struck = [desks.initiator.send("/v1/clearing/list").status == 500 for _ in range(12)]

    assert struck == [random.Random(f"3:{seen}").random() < 0.5 for seen in range(12)]


@pytest.mark.parametrize(
    ("kind", "details", "timeout_s", "waited_ms"),
    [
        ("latency", {"delay_ms": 700}, 5.0, 700),
        ("latency", {"delay_ms": 700}, None, 700),
        ("latency", {"delay_ms": 5000}, 5.0, 5000),
        ("latency", {"delay_ms": 5001}, 5.0, 5000),
        ("lost_answer", {}, 1.25, 1250),
        ("lost_answer", {}, None, 0),
    ],
)
def test_fault_makes_the_caller_wait_as_long_as_its_patience(exchange, desks, kind, details, timeout_s, waited_ms):
    """The clock goes on by the delay, or to the end of the client's timeout; an answer at that moment is in time."""
    exchange.faults.add(kind, operation="create_order", **details)
    before_ms = exchange.clock.now_ms()
    is_late = kind == "lost_answer" or details["delay_ms"] > 5000

    with pytest.raises(httpx.ReadTimeout) if is_late else nullcontext():
        post(exchange, desks.initiator, timeout_s=timeout_s)

    assert waited_ms == exchange.clock.now_ms() - before_ms
