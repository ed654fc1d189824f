"""Injected faults, in-process and over a socket: the response to the client, and the effect on the state."""

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


EXECUTED = {"latency", "reset_after", "lost_answer", "truncated", "html", "duplicate", "wrong_field"}


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
def test_fault_raises_the_exception_of_a_real_connection(exchange, desks, kind, details, raised):
    """A connection fault raises the httpx exception of a real one; only some kinds execute the request."""
    exchange.faults.add(kind, operation="create_order", **details)

    with pytest.raises(raised):
        post(exchange, desks.initiator)

    assert len(desks.initiator.orders()) == (kind in EXECUTED)


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
def test_fault_replaces_response_once(exchange, desks, kind, details, status, content_type):
    """A fault replaces one response; only some kinds execute the request."""
    exchange.faults.add(kind, operation="/v1/clearing/new", **details)

    response = post(exchange, desks.initiator)

    assert (response.status_code, response.headers["content-type"]) == (status, content_type)
    assert len(desks.initiator.orders()) == (kind in EXECUTED)
    assert post(exchange, desks.initiator).status_code == 200


def test_fault_status_sends_retry_after(exchange, desks):
    """The fault `status` sends `retry_after` as a header."""
    exchange.faults.add("status", status=429, retry_after="7")

    response = post(exchange, desks.initiator)

    assert (response.status_code, response.json()["reason"], response.headers["retry-after"]) == (429, "RateLimit", "7")


def test_fault_reset_before_is_logged_as_502(exchange, desks):
    """A reset before execution is logged with status 502, as a gateway would send it."""
    exchange.faults.add("reset_before")

    desks.initiator.send("/v1/clearing/list")

    assert [(entry.status, entry.fault) for entry in exchange.log] == [(502, "reset_before")]


def test_fault_latency_advances_manual_clock(exchange, desks, clock):
    """With a manual clock, latency advances the clock instead of waiting."""
    exchange.faults.add("latency", delay_ms=1500)
    before_ms = clock.now_ms()

    assert post(exchange, desks.initiator).status_code == 200
    assert clock.now_ms() == before_ms + 1500


@pytest.mark.parametrize(("delivery", "status"), [(1, 200), (2, 400)])
def test_fault_duplicate_executes_twice(exchange, desks, delivery, status):
    """The second execution is rejected for its nonce; `answer` selects the response."""
    exchange.faults.add("duplicate", operation="create_order", answer=delivery)

    assert post(exchange, desks.initiator).status_code == status
    assert len(desks.initiator.orders()) == 1


def test_fault_duplicate_places_two_orders_with_time_based_nonce(exchange, desks, clock):
    """A time-based nonce does not protect against duplicate delivery."""
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
def test_fault_wrong_field_sets_or_removes_field(exchange, desks, field, value, check):
    """`wrong_field` sets or removes one field, and leaves the others unchanged."""
    details = {} if value is ... else {"value": value}
    exchange.faults.add("wrong_field", operation="create_order", field=field, **details)

    body = post(exchange, desks.initiator).json()

    assert check(body)
    assert body["symbol"] == "BTCUSD"


def test_fault_wrong_field_keeps_other_numbers(exchange, desks):
    """A dotted path selects a field of a row; other numbers keep every digit."""
    desks.initiator.place(amount="2.000000000000000000000000000001")
    exchange.faults.add("wrong_field", operation="list_orders", field="orders.0.status", value="Lost")

    response = post(exchange, desks.initiator, "/v1/clearing/list", symbol="btcusd")

    assert response.json()["orders"][0]["status"] == "Lost"
    assert b'"quantity":2.000000000000000000000000000001' in response.content


def test_fault_applies_to_its_operation_count_times(exchange, desks):
    """A fault applies to its operation only, and is removed after `count` requests."""
    exchange.faults.add("status", operation="create_order", count=2)

    assert desks.initiator.send("/v1/clearing/list").status == 200
    statuses = [desks.initiator.send("/v1/clearing/new", **TERMS).status for _ in range(3)]
    assert statuses == [500, 500, 200]
    assert list(exchange.faults) == []


def test_fault_probability_is_reproducible_by_seed(clock, desks_of):
    """The same seed selects the same requests; about `probability` of them are selected."""

    def selected(seed):
        exchange = Exchange(clock=ManualClock())
        exchange.faults.add("status", count=None, probability=0.3, seed=seed)
        desk = desks_of(exchange).initiator
        return [desk.send("/v1/clearing/list").status == 500 for _ in range(300)]

    first = selected(seed=1)
    assert first == selected(seed=1)
    assert first != selected(seed=2)
    assert 60 < sum(first) < 120


def test_fault_can_be_removed_and_cleared(exchange, desks):
    """Faults are removed one at a time or all together."""
    kept, removed = exchange.faults.add("html", count=None), exchange.faults.add("maintenance", count=None)

    exchange.faults.remove(removed.fault_id)
    assert [fault.fault_id for fault in exchange.faults] == [kept.fault_id]
    exchange.faults.clear()
    assert desks.initiator.send("/v1/clearing/list").status == 200


@pytest.mark.parametrize(
    ("kind", "details", "problem"),
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
def test_fault_control_explains_invalid_fault(exchange, kind, details, problem):
    """An invalid fault is rejected with the valid values."""
    with pytest.raises(ControlError, match=problem):
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
def test_fault_breaks_a_real_connection(served, kind, raised, placed):
    """Over a socket, the client raises the same exception as in-process, and the server continues."""
    # Short where the response is lost, because the client then waits for the whole timeout.
    timeout_s = 0.5 if raised is httpx.ReadTimeout else 10
    with httpx.Client(base_url=served.base_url, timeout=10) as client:
        client.post("/__mock__/faults", json={"kind": kind, "operation": "create_order"}).raise_for_status()
        headers = dict(served.desk.request("/v1/clearing/new", **TERMS).headers)
        with pytest.raises(raised):
            client.post("/v1/clearing/new", headers=headers, timeout=timeout_s)
        response = client.post("/v1/clearing/list", headers=dict(served.desk.request("/v1/clearing/list").headers))

    assert len(json.loads(response.content)["orders"]) == placed


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
def test_fault_accepts_its_limits(exchange, details):
    """The limits of an attribute are valid values."""
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
def test_fault_rejects_values_beyond_its_limits(exchange, details):
    """A value beyond its limit is rejected when the fault is added."""
    with pytest.raises(ControlError, match="invalid fault: "):
        exchange.faults.add(**details)

    assert list(exchange.faults) == []


def test_fault_remove_names_existing_faults(exchange):
    """The error for an unknown fault lists the existing ones."""
    with pytest.raises(ControlError, match=r"^unknown fault 'F9'\. Faults: none\.$"):
        exchange.faults.remove("F9")
    added = [exchange.faults.add("html").fault_id for _ in range(2)]

    with pytest.raises(ControlError, match=f"Faults: {', '.join(added)}\\.$"):
        exchange.faults.remove("F9")


@pytest.mark.parametrize("field", ["orders.7.status", "orders.first.status", "orders.1"])
def test_fault_wrong_field_ignores_missing_path(exchange, desks, field):
    """A path that does not exist in the response changes nothing."""
    desks.initiator.place()
    before = desks.initiator.send("/v1/clearing/list").body
    exchange.faults.add("wrong_field", operation="list_orders", field=field, value="Lost")

    assert desks.initiator.send("/v1/clearing/list").body == before


def test_fault_probability_is_the_same_on_every_machine(exchange, desks):
    """The selected requests follow from seed and count, on every machine."""
    exchange.faults.add("status", status=500, probability=0.5, count=None, seed=3)

    selected = [desks.initiator.send("/v1/clearing/list").status == 500 for _ in range(12)]

    assert selected == [random.Random(f"3:{seen}").random() < 0.5 for seen in range(12)]


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
def test_fault_delay_ends_at_read_timeout(exchange, desks, kind, details, timeout_s, waited_ms):
    """The client waits for the delay or until its read timeout; a response exactly at the timeout is in time."""
    exchange.faults.add(kind, operation="create_order", **details)
    before_ms = exchange.clock.now_ms()
    is_late = kind == "lost_answer" or details["delay_ms"] > 5000

    with pytest.raises(httpx.ReadTimeout) if is_late else nullcontext():
        post(exchange, desks.initiator, timeout_s=timeout_s)

    assert waited_ms == exchange.clock.now_ms() - before_ms
