"""The control API: its routes, its authorization, and its error responses."""

import itertools
import json

import pytest

from gemini_clearing_mock import Request
from gemini_clearing_mock.control._api import ControlApi


def control_api(exchange, token=None):
    """Return the control API of an exchange."""
    return ControlApi(exchange.transactions, exchange.clock, token)


@pytest.fixture
def control(exchange):
    """Return a function that calls a control and returns status and decoded body."""

    def call(method, path, body=None, *, token=None, api=control_api(exchange), query="", **headers):  # noqa: B008  (one exchange for all calls of the function)
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        response = api.handle(Request(method, f"/__mock__{path}", headers, content, query))
        return response.status, json.loads(response.body)

    return call


def test_clock_control_freezes_advances_sets_and_resumes(control, exchange, clock):
    """`/clock` freezes, advances, sets and resumes the clock, and returns the new time."""
    start_ms = clock.now_ms()
    assert control("POST", "/clock", {"freeze": True}) == (200, {"now_ms": start_ms, "frozen": True})

    clock.advance(hours=1)
    assert control("POST", "/clock", {"advance_ms": 5})[1]["now_ms"] == start_ms + 5
    assert control("POST", "/clock", {"set_ms": start_ms + 50})[1]["now_ms"] == start_ms + 50
    assert control("POST", "/clock", {"freeze": False}) == (200, {"now_ms": start_ms + 50, "frozen": False})
    clock.advance(ms=7)
    assert exchange.clock.now_ms() == start_ms + 57


@pytest.mark.parametrize("frozen", [True, False])
def test_clock_control_keeps_frozen(control, exchange, frozen):
    """Advancing the clock leaves it frozen or running."""
    control("POST", "/clock", {"freeze": frozen})

    control("POST", "/clock", {"advance_ms": 1})

    assert exchange.clock.frozen == frozen


def test_clock_control_rejects_past_time(control, exchange, clock):
    """A time in the past is rejected, and the clock is unchanged."""
    status, rejected = control("POST", "/clock", {"set_ms": clock.now_ms() - 1})

    assert status == 400
    assert "Time only moves forward" in rejected["message"]


def test_reset_removes_everything(control, exchange, desks):
    """A reset removes orders, nonces, faults and logged requests."""
    fresh = exchange.fingerprint()
    desks.initiator.place()
    exchange.faults.add("html")

    assert control("POST", "/reset")[0] == 200
    assert exchange.fingerprint() == fresh
    assert list(exchange.faults) == []
    assert exchange.log == []


def test_restore_brings_back_a_snapshot(control, exchange, desks, clock):
    """A snapshot restores orders, balances, nonces, clock and scheduled tasks."""
    order = desks.initiator.place(counterparty_id="OM9VNL1G")
    status, snapshot = control("GET", "/snapshot")
    assert status == 200
    before = exchange.fingerprint()
    desks.counterparty.confirm(order)
    exchange.desks.set_balance("desk3", "BTC", 1)
    desks.initiator.place()

    assert control("POST", "/restore", snapshot)[0] == 200
    assert exchange.fingerprint() == before
    desks.initiator.nonces = itertools.count(100)
    assert [row["clearing_id"] for row in desks.initiator.orders()] == [order]
    assert exchange.snapshot() == exchange.snapshot()
    desks.counterparty.confirm(order)
    clock.advance(seconds=30)
    assert desks.initiator.status(order) == "Settled"


def test_desk_controls_create_a_working_desk(control, exchange, desks):
    """A desk that was created with the control API trades like any other."""
    account = {"name": "late", "counterparty_id": "LATECOME", "balances": {"btc": "5"}}
    assert control("POST", "/accounts", account)[0] == 200
    assert control("POST", "/keys", {"name": "late", "account": "late"})[0] == 200
    assert control("POST", "/balances", {"account": "late", "currency": "usd", "amount": "1.50"})[0] == 200
    alias = {"account": "late", "counterparty": "initiator", "alias": "friends"}
    assert control("POST", "/aliases", alias)[0] == 200

    desks.initiator.place(counterparty_id="LATECOME")

    assert desks.late.orders(counterparty="friends")[0]["counterparty_id"] == "R485E04Q"
    assert str(exchange.desks.balance("late", "USD")) == "1.50"
    assert exchange.desks.find("late").group == "demo"
    with exchange.transactions.begin() as transaction:
        assert transaction.state.keys[desks.late.api_key].heartbeat is False


def test_fault_controls_add_list_and_remove(control):
    """An added fault is listed with its id, and removed by it."""
    status, added = control("POST", "/faults", {"kind": "status", "status": 503, "operation": "cancel_order"})
    assert status == 200

    assert control("GET", "/faults")[1] == [added]
    assert added == {"fault_id": "F1", "kind": "status", "status": 503, "operation": "/v1/clearing/cancel"}
    assert control("DELETE", f"/faults/{added['fault_id']}")[0] == 200
    assert control("DELETE", f"/faults/{added['fault_id']}")[0] == 400
    assert control("DELETE", "/faults")[0] == 200


def test_log_control_returns_entries_after_a_number(control, desks):
    """`/log?after=N` returns only the requests after number N."""
    desks.initiator.orders()
    desks.initiator.orders()

    _, entries = control("GET", "/log", query="after=1")

    assert [entry["number"] for entry in entries] == [2]


def test_log_control_omits_empty_fields(control, desks):
    """Log entries omit fields that do not apply."""
    desks.initiator.orders()
    desks.exchange.handle(Request("GET", "/nowhere", {}))

    actual, unknown = control("GET", "/log")[1]

    assert actual.keys() == {"number", "at_ms", "method", "path", "status", "who", "payload"}
    assert unknown.keys() == {"number", "at_ms", "method", "path", "status", "check", "reason", "message", "expected"}


@pytest.mark.parametrize("path", ["/state", "/log", "/faults", "/snapshot"])
def test_get_controls_return_200(control, path):
    """Every GET control returns 200."""
    assert control("GET", path)[0] == 200


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("POST", 404)])
def test_console_is_served_to_get_only(exchange, method, status):
    """The console is served for GET, and for no other method."""
    assert control_api(exchange).handle(Request(method, "/__mock__/", {})).status == status


def test_console_has_strict_content_security_policy(exchange):
    """The content security policy allows no other origin, because the console shows data that clients have sent."""
    headers = control_api(exchange).handle(Request("GET", "/__mock__/", {})).headers

    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["content-security-policy"].startswith("default-src 'none'; ")


def test_fault_controls_clear_all(control, exchange):
    """`DELETE /faults` removes every fault."""
    exchange.faults.add("html")
    exchange.faults.add("latency")

    assert control("DELETE", "/faults") == (200, {"result": "ok"})
    assert list(exchange.faults) == []


def test_state_control_counts_orders_and_requests(control, desks):
    """The counts start at zero, and rejected requests count too."""
    counts = []
    for call in (lambda: None, desks.initiator.place, lambda: desks.initiator.send("/v1/clearing/status")):
        call()
        state = control("GET", "/state")[1]
        counts.append((state["order_count"], state["request_count"]))

    assert counts == [(0, 0), (1, 1), (1, 2)]


def test_state_control_returns_dashboard_data(control, desks, clock):
    """`/state` returns what the console shows."""
    earlier, order = desks.initiator.place(), desks.initiator.place()

    _, state = control("GET", "/state")

    assert (state["now_ms"], state["frozen"]) == (clock.now_ms(), False)
    assert [row["clearing_id"] for row in state["orders"]] == [order, earlier]
    assert "account-demo-initiator" in [key["api_key"] for key in state["accounts"][0]["keys"]]
    assert "account-demo-counterparty" not in [key["api_key"] for key in state["accounts"][0]["keys"]]
    assert [account["name"] for account in state["accounts"]] == ["initiator", "counterparty", "broker", "desk3"]
    assert state["orders"][0]["clearing_id"] == order
    assert "api_secret" not in json.dumps(state)


def test_state_control_limits_orders(control, desks):
    """`/state` returns the latest hundred orders, and the number of all orders."""
    placed = [desks.initiator.place() for _ in range(101)]

    _, state = control("GET", "/state")

    assert [row["clearing_id"] for row in state["orders"]] == placed[:0:-1]
    assert state["order_count"] == 101


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "problem"),
    [
        ("GET", "/nothing", None, 404, "unknown control '/nothing'. Controls: /accounts, /aliases, "),
        ("GET", "/clock", None, 405, "method GET is not allowed for /clock. Use POST."),
        ("POST", "/clock", b"{", 400, "invalid request body"),
        ("POST", "/clock", {"warp": 1}, 400, "unknown field `warp`"),
        ("POST", "/clock", {"advance_ms": -1}, 400, "Time only moves forward"),
        ("POST", "/restore", b"{}", 400, "invalid snapshot"),
        ("POST", "/restore", b"\xff", 400, "invalid snapshot"),
        ("POST", "/balances", {"account": "x", "currency": "BTC", "amount": "1"}, 400, "unknown account 'x'"),
        ("POST", "/balances", {"account": "desk3", "currency": "BTC", "amount": "-1"}, 400, "not negative"),
        (
            "POST",
            "/balances",
            {"account": "desk3", "currency": "BTC", "amount": "much"},
            400,
            "invalid amount 'much'",
        ),
        ("POST", "/keys", {"name": "initiator", "account": "initiator"}, 400, "already"),
        ("POST", "/keys", {"name": "x", "account": "initiator", "nonce": "random"}, 400, "'random'"),
        ("POST", "/accounts", {"name": "desk3", "counterparty_id": "X"}, 400, "already"),
        ("GET", "/log", None, 400, "after=x"),
    ],
)
def test_control_explains_invalid_call(control, exchange, method, path, body, status, problem):
    """An invalid call gets an error message and changes nothing."""
    before = exchange.fingerprint()

    actual, rejected = control(method, path, body, query="after=x")

    assert (actual, rejected["result"]) == (status, "error")
    assert problem in rejected["message"]
    assert exchange.fingerprint() == before


def test_control_rejects_missing_body(exchange):
    """A control that needs a body rejects a request without one."""
    response = control_api(exchange).handle(Request("POST", "/__mock__/clock", {}))

    assert (response.status, json.loads(response.body)["result"]) == (400, "error")


@pytest.mark.parametrize(("token", "status"), [(None, 403), ("wrong", 403), ("right", 200)])
def test_token_is_required_by_every_control(control, exchange, token, status):
    """If a token is set, every control requires it."""
    api = control_api(exchange, "right")

    assert control("GET", "/state", token=token, api=api)[0] == status
    assert control("POST", "/reset", token=token, api=api)[0] == status


def test_cross_site_request_is_rejected(control):
    """A request with the origin of another site is rejected, one with the server's own origin is not."""
    assert control("POST", "/reset", origin="https://evil.example", host="127.0.0.1:8080")[0] == 403
    assert control("POST", "/reset", origin="http://127.0.0.1:8080", host="127.0.0.1:8080")[0] == 200


def test_exchange_does_not_serve_controls(exchange):
    """`Exchange.handle` does not serve the control API."""
    assert exchange.handle(Request("POST", "/__mock__/reset", {})).status == 404
