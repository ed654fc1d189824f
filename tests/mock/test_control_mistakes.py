"""Wrong controls: each gets 400 and its reason, and changes nothing."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemini_clearing_mock import Exchange, ManualClock, Request
from gemini_clearing_mock.control._api import ControlApi
from gemini_clearing_mock.errors import ControlError
from gemini_clearing_mock.state._clock import LATEST_MS

HUGE = 10**18


def post(exchange, path, body, query=""):
    """Call a control; return status and decoded body."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    method = "GET" if query else "POST"
    api = ControlApi(exchange.transactions, exchange.clock)
    response = api.handle(Request(method, f"/__mock__{path}", {}, content, query))
    return response.status, json.loads(response.body)


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        ("/clock", {"freeze": True, "set_ms": 1}, "Time only moves forward"),
        ("/clock", {"freeze": True, "advance_ms": -1}, "Time only moves forward"),
        ("/clock", {"freeze": True, "set_ms": LATEST_MS, "advance_ms": 1}, "the start of the year 9999"),
        ("/clock", {"advance_ms": HUGE}, "the start of the year 9999"),
        ("/clock", {"set_ms": HUGE}, "the start of the year 9999"),
        ("/clock", {"advance_ms": 10**400}, "the start of the year 9999"),
        ("/faults", {"kind": "status", "status": 503, "retry_after": "1\r\nx: y"}, "retry_after must be"),
        ("/faults", {"kind": "status", "status": 503, "retry_after": "später"}, "retry_after must be"),
        ("/faults", {"kind": "status", "status": 503, "retry_after": ""}, "retry_after must be"),
        ("/faults", {"kind": "status", "status": 204}, "status 204, 205 or 304 has no body"),
        ("/faults", {"kind": "html", "status": 304}, "status 204, 205 or 304 has no body"),
        ("/faults", {"kind": "latency", "delay_ms": HUGE}, "delay_ms must be from 0 to 86400000"),
        ("/faults", {"kind": "latency", "delay_ms": -1}, "delay_ms must be from 0 to 86400000"),
        ("/faults", {"kind": "wrong_field", "field": "a." * 500}, "field must have at most 200 characters"),
        ("/keys", {"name": "x", "account": "initiator", "roles": ["Trader", "Boss"]}, "unknown role 'Boss'"),
        ("/keys", {"name": "x", "account": "initiator", "roles": ["Trader", "Auditor"]}, "cannot be combined"),
        ("/keys", {"name": "x\r\ny: z", "account": "initiator"}, "invalid key name"),
        ("/keys", {"name": "", "account": "initiator"}, "invalid key name"),
        ("/keys", {"name": "schlüssel", "account": "initiator"}, "invalid key name"),
        ("/accounts", {"name": "", "counterparty_id": "X"}, "must not be empty"),
        ("/accounts", {"name": "x", "counterparty_id": ""}, "must not be empty"),
        ("/accounts", {"name": "x", "counterparty_id": "X", "balances": {"BTCC": "1"}}, "unknown currency 'BTCC'"),
        ("/balances", {"account": "desk3", "currency": "BTCC", "amount": "1"}, "unknown currency 'BTCC'"),
        ("/balances", {"account": "desk3", "currency": "BTC", "amount": "1E+999999999"}, "at most 100 digits"),
        ("/balances", {"account": "desk3", "currency": "BTC", "amount": "1E-999999999"}, "at most 100 digits"),
    ],
)
def test_wrong_control_is_rejected_whole(exchange, path, body, problem):
    """A wrong control gets 400 and its reason, and nothing of it is done."""
    before = exchange.snapshot()

    status, reply = post(exchange, path, body)

    assert (status, problem in reply["message"]) == (400, True), reply
    assert exchange.snapshot() == before


def test_number_of_the_log_control_is_limited(exchange):
    """A number of 5000 digits, which `int` rejects, gets 400."""
    assert post(exchange, "/log", b"", "after=" + "9" * 5000)[0] == 400


def test_clock_control_does_all_its_parts(exchange, clock):
    """One call sets the clock, then advances it, and then freezes it."""
    moment = clock.now_ms() + 1000

    assert post(exchange, "/clock", {"freeze": True, "set_ms": moment, "advance_ms": 5}) == (
        200,
        {"now_ms": moment + 5, "frozen": True},
    )
    assert post(exchange, "/clock", {}) == (200, {"now_ms": moment + 5, "frozen": True})


@pytest.mark.parametrize("step", [{"hours": math.nan}, {"hours": math.inf}, {"hours": 1e300}, {"ms": 10**400}])
def test_invalid_steps_are_rejected(exchange, clock, step):
    """A step that is infinite, or beyond every date, is rejected by both clocks."""
    with pytest.raises(ControlError, match="invalid duration"):
        exchange.clock.advance(**step)
    with pytest.raises(ValueError, match="invalid duration"):
        clock.advance(**step)


def test_manual_clock_only_moves_forward(clock):
    """A negative step of a manual clock is rejected, and so is one beyond the latest time."""
    before = clock.now_ms()

    for step in (-1, LATEST_MS):
        with pytest.raises(ValueError, match="Time only moves forward"):
            clock.advance(ms=step)

    assert clock.now_ms() == before
    assert clock.advance(ms=LATEST_MS - before) == LATEST_MS


@pytest.mark.parametrize(
    "request_",
    [
        ("GET", "/favicon.ico"),
        ("GET", "/"),
        ("OPTIONS", "/v1/clearing/new"),
        ("GET", "/v1/clearing/new"),
        ("POST", "/v1/unknown"),
    ],
)
def test_fault_waits_for_the_call_of_an_operation(exchange, desks, request_):
    """A request that calls no operation, such as a browser's for an icon, does not use up a fault."""
    exchange.faults.add("status", status=503)
    exchange.faults.add("latency", probability=0.5, seed=3)
    before = list(exchange.faults)

    assert exchange.handle(Request(*request_, {})).status in {404, 405}

    assert list(exchange.faults) == before
    assert desks.initiator.send("/v1/clearing/list").status == 503


CONTROLS = ["/clock", "/balances", "/aliases", "/accounts", "/keys", "/faults", "/restore"]
NAMES = [
    *("freeze", "advance_ms", "set_ms", "account", "currency", "amount", "counterparty", "alias", "name", "roles"),
    *("counterparty_id", "group", "balances", "nonce", "heartbeat", "kind", "operation", "count", "probability"),
    *("seed", "seen", "delay_ms", "status", "retry_after", "answer", "field", "value", "orders"),
]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
WORDS = st.sampled_from(["initiator", "BTC", "1", "Trader", "latency", "status", "wrong_field", "*", "orders.0.price"])
VALUES = SCALARS | WORDS | st.lists(WORDS, max_size=2) | st.dictionaries(WORDS, WORDS | SCALARS, max_size=2)


@given(st.lists(st.tuples(st.sampled_from(CONTROLS), st.dictionaries(st.sampled_from(NAMES), VALUES)), max_size=3))
@settings(max_examples=60)
def test_no_sequence_of_controls_breaks_the_exchange(calls):
    """After any controls, and an order, every control still returns a status below 500."""
    exchange = Exchange(clock=ManualClock())
    for path, body in calls:
        assert post(exchange, path, body)[0] < 500

    assert exchange.handle(Request("POST", "/v1/clearing/new", {})).status < 600
    for path in ("/state", "/log", "/snapshot", "/faults"):
        assert post(exchange, path, b"", "after=0")[0] == 200
