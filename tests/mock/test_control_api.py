"""The controls over HTTP: every route, who is let in, and what is said when a control cannot be carried out."""

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
    """Call a control of the exchange; tell status and body."""

    def call(method, path, body=None, *, token=None, api=control_api(exchange), query="", **headers):  # noqa: B008
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        answer = api.handle(Request(method, f"/__mock__{path}", headers, content, query))
        return answer.status, json.loads(answer.body)

    return call


def test_clock_is_frozen_advanced_set_and_resumed(control, exchange, clock):
    """Each way to turn the clock, and the time that it then tells."""
    start_ms = clock.now_ms()
    assert control("POST", "/clock", {"freeze": True}) == (200, {"now_ms": start_ms, "frozen": True})

    clock.advance(hours=1)
    assert control("POST", "/clock", {"advance_ms": 5})[1]["now_ms"] == start_ms + 5
    assert control("POST", "/clock", {"set_ms": start_ms + 50})[1]["now_ms"] == start_ms + 50
    assert control("POST", "/clock", {"freeze": False}) == (200, {"now_ms": start_ms + 50, "frozen": False})
    clock.advance(ms=7)
    assert exchange.clock.now_ms() == start_ms + 57


@pytest.mark.parametrize("frozen", [True, False])
def test_clock_that_is_advanced_runs_or_stands_as_before(control, exchange, frozen):
    """What a control does not name stays as it is."""
    control("POST", "/clock", {"freeze": frozen})

    control("POST", "/clock", {"advance_ms": 1})

    assert exchange.clock.frozen == frozen


def test_clock_does_not_run_backwards(control, exchange, clock):
    """Time in the past is refused, and stays."""
    status, refused = control("POST", "/clock", {"set_ms": clock.now_ms() - 1})

    assert status == 400
    assert "Time only moves forward" in refused["message"]


def test_reset_begins_anew(control, exchange, desks):
    """After a reset there are no orders, no nonces, no faults and no requests."""
    fresh = exchange.fingerprint()
    desks.initiator.place()
    exchange.faults.add("html")

    assert control("POST", "/reset")[0] == 200
    assert exchange.fingerprint() == fresh
    assert list(exchange.faults) == []
    assert exchange.log == []


def test_snapshot_and_restore_go_back(control, exchange, desks, clock):
    """What was written down comes back: orders, balances, nonces, the clock, and what is due."""
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


def test_balances_aliases_accounts_and_keys_can_be_made(control, exchange, desks):
    """A desk that was opened over HTTP trades like any other."""
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


def test_faults_are_added_listed_and_removed(control):
    """A fault comes back with its id, by which it is removed."""
    status, added = control("POST", "/faults", {"kind": "status", "status": 503, "operation": "cancel_order"})
    assert status == 200

    assert control("GET", "/faults")[1] == [added]
    assert added == {"fault_id": "F1", "kind": "status", "status": 503, "operation": "/v1/clearing/cancel"}
    assert control("DELETE", f"/faults/{added['fault_id']}")[0] == 200
    assert control("DELETE", f"/faults/{added['fault_id']}")[0] == 400
    assert control("DELETE", "/faults")[0] == 200


def test_log_is_told_from_a_number_on(control, desks):
    """Only what came after the number that is already known."""
    desks.initiator.orders()
    desks.initiator.orders()

    _, entries = control("GET", "/log", query="after=1")

    assert [entry["number"] for entry in entries] == [2]


def test_log_leaves_out_what_a_request_did_not_come_to(control, desks):
    """One that was answered was refused by no check, and one that has no payload is nobody's."""
    desks.initiator.orders()
    desks.exchange.handle(Request("GET", "/nowhere", {}))

    answered, unknown = control("GET", "/log")[1]

    assert answered.keys() == {"number", "at_ms", "method", "path", "status", "who", "payload"}
    assert unknown.keys() == {"number", "at_ms", "method", "path", "status", "check", "reason", "message", "expected"}


@pytest.mark.parametrize("path", ["/state", "/log", "/faults", "/snapshot"])
def test_what_is_asked_for_is_answered_with_200(control, path):
    """Asking changes nothing, and cannot go wrong."""
    assert control("GET", path)[0] == 200


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("POST", 404)])
def test_console_is_a_page_to_be_looked_at(exchange, method, status):
    """Nothing can be sent to it."""
    assert control_api(exchange).handle(Request(method, "/__mock__/", {})).status == status


def test_console_loads_nothing_from_elsewhere(exchange):
    """What desks send is shown there: a script that came along would neither be run nor reach another site."""
    headers = control_api(exchange).handle(Request("GET", "/__mock__/", {})).headers

    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["content-security-policy"].startswith("default-src 'none'; ")


def test_all_faults_are_taken_back_at_once(control, exchange):
    """Whatever was injected, the exchange is well again."""
    exchange.faults.add("html")
    exchange.faults.add("latency")

    assert control("DELETE", "/faults") == (200, {"result": "ok"})
    assert list(exchange.faults) == []


def test_state_counts_orders_and_requests(control, desks):
    """From zero on, and a request that was refused is one too."""
    counts = []
    for call in (lambda: None, desks.initiator.place, lambda: desks.initiator.send("/v1/clearing/status")):
        call()
        state = control("GET", "/state")[1]
        counts.append((state["order_count"], state["request_count"]))

    assert counts == [(0, 0), (1, 1), (1, 2)]


def test_state_tells_desks_orders_and_time(control, desks, clock):
    """The overview that the console shows."""
    earlier, order = desks.initiator.place(), desks.initiator.place()

    _, state = control("GET", "/state")

    assert (state["now_ms"], state["frozen"]) == (clock.now_ms(), False)
    assert [row["clearing_id"] for row in state["orders"]] == [order, earlier]
    assert "account-demo-initiator" in [key["api_key"] for key in state["accounts"][0]["keys"]]
    assert "account-demo-counterparty" not in [key["api_key"] for key in state["accounts"][0]["keys"]]
    assert [account["name"] for account in state["accounts"]] == ["initiator", "counterparty", "broker", "desk3"]
    assert state["orders"][0]["clearing_id"] == order
    assert "api_secret" not in json.dumps(state)


def test_state_tells_the_latest_hundred_orders(control, desks):
    """And how many there are."""
    placed = [desks.initiator.place() for _ in range(101)]

    _, state = control("GET", "/state")

    assert [row["clearing_id"] for row in state["orders"]] == placed[:0:-1]
    assert state["order_count"] == 101


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "complaint"),
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
def test_control_that_cannot_be_is_explained(control, exchange, method, path, body, status, complaint):
    """A wrong control is answered with what is wrong, and changes nothing."""
    before = exchange.fingerprint()

    answered, refused = control(method, path, body, query="after=x")

    assert (answered, refused["result"]) == (status, "error")
    assert complaint in refused["message"]
    assert exchange.fingerprint() == before


def test_control_without_a_body_is_refused(exchange):
    """A request that was made without one has none."""
    answer = control_api(exchange).handle(Request("POST", "/__mock__/clock", {}))

    assert (answer.status, json.loads(answer.body)["result"]) == (400, "error")


@pytest.mark.parametrize(("token", "status"), [(None, 403), ("wrong", 403), ("right", 200)])
def test_token_guards_every_control(control, exchange, token, status):
    """Where a token is set, controls are for those who bring it."""
    api = control_api(exchange, "right")

    assert control("GET", "/state", token=token, api=api)[0] == status
    assert control("POST", "/reset", token=token, api=api)[0] == status


def test_page_of_another_site_is_refused(control):
    """A browser's request from elsewhere does nothing; one from the console itself does."""
    assert control("POST", "/reset", origin="https://evil.example", host="127.0.0.1:8080")[0] == 403
    assert control("POST", "/reset", origin="http://127.0.0.1:8080", host="127.0.0.1:8080")[0] == 200


def test_controls_are_no_endpoint_of_the_exchange(exchange):
    """In-process the exchange knows its own paths and nothing else."""
    assert exchange.handle(Request("POST", "/__mock__/reset", {})).status == 404
