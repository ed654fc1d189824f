"""Authentication: tokens and scopes, master keys and accounts, nonce modes, rate limit, heartbeat."""

import base64
import json

import pytest

from gemini_clearing_mock import Choices, Exchange, Request, demo_config
from gemini_clearing_mock.state._accounts import KeySession

TERMS = {"symbol": "btcusd", "amount": "1", "price": "9500", "side": "buy"}


def with_token(exchange, token: str, path: str, scheme: str = "Bearer", **parameters):
    """Send a request with an access token; return status and body."""
    payload = base64.b64encode(json.dumps({"request": path, **parameters}).encode()).decode()
    headers = {"authorization": f"{scheme} {token}", "x-gemini-payload": payload}
    response = exchange.handle(Request("POST", path, headers))
    return response.status, json.loads(response.body)


def test_master_keys_list_the_accounts_of_their_group(exchange):
    """`master_keys` has the counterparty id of each account of the group by its name, and no text form has a secret."""
    exchange.desks.add_account("elsewhere", "AB12CD34", group="other")

    [group] = exchange.master_keys

    assert {account.name: account.counterparty_id for account in exchange.accounts}.items() >= group.accounts.items()
    assert {"initiator", "counterparty", "broker", "desk3"} == group.accounts.keys()
    assert (group.api_key, group.api_secret) == ("master-demo-group", "demo-secret-of-group")
    assert "demo-secret" not in repr(group)


def test_tokens_have_their_account_and_scopes(exchange):
    """`tokens` has what a client needs, and no text form has the token."""
    tokens = {token.name: (token.token, token.counterparty_id, token.scopes) for token in exchange.tokens}

    assert tokens == {
        "initiator": ("demo-token-of-initiator", "R485E04Q", ("clearing:create", "clearing:read")),
        "reader": ("demo-token-of-reader", "R485E04Q", ("clearing:read",)),
    }
    assert "demo-token" not in repr(exchange.tokens)


def test_token_requires_no_signature_and_no_nonce(exchange):
    """A request with an access token needs no signature and no nonce, and may be repeated."""
    for _ in range(2):
        status, placed = with_token(exchange, "demo-token-of-initiator", "/v1/clearing/new", **TERMS)
        assert (status, placed["result"]) == (200, "AwaitConfirm")

    _, found = with_token(exchange, "demo-token-of-reader", "/v1/clearing/list")
    assert len(found["orders"]) == 2


def test_token_scheme_is_case_insensitive(exchange):
    """The scheme of `Authorization` is case-insensitive (RFC 9110)."""
    assert with_token(exchange, "demo-token-of-reader", "/v1/clearing/list", scheme="bearer")[0] == 200


def test_token_without_scope_is_rejected(exchange):
    """A token with the read scope cannot place an order."""
    status, rejected = with_token(exchange, "demo-token-of-reader", "/v1/clearing/new", **TERMS)

    assert (status, rejected["reason"]) == (403, "MissingRole")
    assert "clearing:create" in rejected["message"]


def test_unknown_token_is_rejected(exchange):
    """An unknown token is rejected as an invalid key."""
    assert with_token(exchange, "stolen", "/v1/clearing/list")[1]["reason"] == "InvalidApiKey"


def test_token_requires_payload_header(exchange):
    """A request with a token needs the payload header."""
    response = exchange.handle(Request("POST", "/v1/clearing/list", {"authorization": "Bearer demo-token-of-reader"}))

    assert json.loads(response.body)["reason"] == "MissingPayloadHeader"


@pytest.fixture
def group(exchange, desks):
    """A desk that signs with the master key."""
    desk = desks.initiator
    desk.api_key, desk.api_secret = "master-demo-group", "demo-secret-of-group"
    return desk


def test_master_key_acts_for_named_account(group, desks):
    """A master key acts for each account of its group by name."""
    clearing_id = group.place(account="desk3", counterparty_id="OM9VNL1G")

    assert desks.counterparty.orders()[0]["counterparty_id"] == "Z4929ZDY"
    assert group.send("/v1/clearing/status", clearing_id=clearing_id, account="desk3").status == 200


@pytest.mark.parametrize(
    ("account", "reason", "message"),
    [
        (..., "MissingAccounts", "Expected a JSON payload with accounts"),
        ("nobody", "InvalidAccountName", "Invalid account name: 'nobody'"),
        ("", "InvalidAccountName", "Invalid account name: ''"),
        (7, "InvalidAccountName", "Invalid account name: '7'"),
    ],
)
def test_master_key_requires_account_of_its_group(group, account, reason, message):
    """A request with a master key but without an account of its group is rejected."""
    response = group.send("/v1/clearing/list", account=account)

    assert (response.status, response.reason, response.body["message"]) == (400, reason, message)


@pytest.mark.parametrize("account", [..., "nobody"])
def test_log_names_accounts_of_group(exchange, group, account):
    """For a master key without a valid account, the log names the accounts of the group."""
    group.send("/v1/clearing/list", account=account)

    assert exchange.log[-1].expected == '"account": one of initiator, counterparty, broker, desk3'


def test_account_key_rejects_account(desks):
    """A request with an account key must not name an account, not even its own."""
    assert desks.initiator.send("/v1/clearing/list", account="initiator").reason == "AccountsOnGroupOnlyApi"


NOW_S = 1767225600


@pytest.mark.parametrize("nonce", [NOW_S, str(NOW_S), NOW_S + 29.5, f"{NOW_S - 30}", NOW_S + 30])
def test_time_based_nonce_accepts_time_in_seconds(desks, nonce):
    """A time-based nonce within 30 s of exchange time is accepted, as number or string, and repeatedly."""
    assert desks.clockwork.send("/v1/clearing/list", nonce=nonce).status == 200
    assert desks.clockwork.send("/v1/clearing/list", nonce=nonce).status == 200


@pytest.mark.parametrize("nonce", [NOW_S - 31, NOW_S + 31, NOW_S * 1000, 0, f"{NOW_S + 30}.001"])
def test_time_based_nonce_rejects_other_times(desks, nonce):
    """Another time, also the right one in milliseconds, is rejected with the documented message."""
    response = desks.clockwork.send("/v1/clearing/list", nonce=nonce)

    expected = f"Nonce '{nonce}' is not within 30 seconds of server time '{NOW_S}''"
    assert (response.status, response.reason, response.body["message"]) == (400, "InvalidNonce", expected)


@pytest.mark.parametrize("nonces", [(1, 2), ("1", "1.5"), (1.25, "1.250001"), (9, "10"), (10**30, 10**30 + 1)])
def test_incremental_nonce_is_compared_as_number(desks, nonces):
    """Nonces are compared as exact numbers, also those sent as strings."""
    lower, higher = nonces
    assert desks.initiator.send("/v1/clearing/list", nonce=lower).status == 200
    assert desks.initiator.send("/v1/clearing/list", nonce=higher).status == 200
    assert desks.initiator.send("/v1/clearing/list", nonce=lower).reason == "InvalidNonce"


def test_nonces_are_separate_per_key(desks):
    """Each key has its own last nonce."""
    desks.initiator.send("/v1/clearing/list", nonce=1000)

    assert desks.counterparty.send("/v1/clearing/list", nonce=1).status == 200


def limited(clock, desks_of, per_minute=600, queued=5):
    """Return the desks of an exchange with a rate limit."""
    exchange = Exchange(demo_config(Choices(requests_per_minute=per_minute, queued_requests=queued)), clock=clock)
    return desks_of(exchange)


def test_rate_limit_delays_five_and_rejects_the_next(clock, desks_of):
    """600 requests pass, five are delayed by 0.1 s each, and the 606th is rejected with `Retry-After`."""
    desk = limited(clock, desks_of).initiator

    responses = [desk.send("/v1/clearing/list") for _ in range(606)]

    assert {response.raw.delay_ms for response in responses[:600]} == {0}
    assert [response.raw.delay_ms for response in responses[600:605]] == [100, 200, 300, 400, 500]
    rejected = responses[605]
    assert (rejected.status, rejected.reason, rejected.body["message"]) == (429, "RateLimit", "Too Many Requests")
    assert rejected.raw.headers["retry-after"] == "1"


def test_rate_limit_of_one_per_minute_delays_whole_minutes(clock, desks_of):
    """With one request per minute, the second is delayed by a minute, and the third rejected for another one."""
    desk = limited(clock, desks_of, per_minute=1, queued=1).initiator

    first, held, rejected = (desk.send("/v1/clearing/list").raw for _ in range(3))

    assert (first.delay_ms, held.delay_ms, rejected.headers["retry-after"]) == (0, 60_000, "60")


def test_rate_limit_rounds_delay_up_to_milliseconds(clock, desks_of):
    """A delay is rounded up to whole milliseconds."""
    desk = limited(clock, desks_of, per_minute=7, queued=1).initiator

    delays = [desk.send("/v1/clearing/list").raw.delay_ms for _ in range(8)]

    assert [str(delay) for delay in delays] == ["0"] * 7 + ["8572"]


@pytest.mark.parametrize(("late_us", "retry_after"), [(1, "1"), (1_000_000, "1"), (1_000_001, "2"), (2_000_000, "2")])
def test_rate_limit_rounds_retry_after_up_to_seconds(clock, desks_of, late_us, retry_after):
    """`Retry-After` is rounded up, so that a retry at that time is accepted."""
    desk = limited(clock, desks_of, per_minute=600, queued=5).initiator
    with desk.exchange.transactions.begin() as transaction:
        full_us = transaction.now_ms * 1000 + 604 * 100_000
        transaction.state.put_session(desk.api_key, KeySession(transaction.now_ms, full_us + late_us))

    assert desk.send("/v1/clearing/list").raw.headers["retry-after"] == retry_after


def test_rate_limit_of_one_per_minute_lasts_a_minute(clock, desks_of):
    """With one request per minute, the next one is delayed until exactly one minute later."""
    desk = limited(clock, desks_of, per_minute=1, queued=0).initiator
    desk.send("/v1/clearing/list")

    clock.advance(ms=59_999)
    assert desk.send("/v1/clearing/list").status == 429
    clock.advance(ms=1)
    assert desk.send("/v1/clearing/list").status == 200


def test_rate_limit_does_not_monitor_keys(clock, desks_of):
    """The rate limit does not turn a key into a heartbeat key."""
    desks = limited(clock, desks_of)
    order = desks.initiator.place()

    clock.advance(minutes=5)

    assert desks.auditor.status(order) == "AwaitTargetConfirm"


def test_rate_limit_recovers_with_time(clock, desks_of):
    """At 600 requests per minute, 0.1 s allow exactly one more request."""
    desk = limited(clock, desks_of, queued=0).initiator
    for _ in range(600):
        desk.send("/v1/clearing/list")

    assert desk.send("/v1/clearing/list").status == 429
    clock.advance(ms=100)
    assert desk.send("/v1/clearing/list").status == 200
    assert desk.send("/v1/clearing/list").status == 429


def test_rate_limit_is_per_key(clock, desks_of):
    """The requests of one key do not slow another key down."""
    desks = limited(clock, desks_of, per_minute=1, queued=0)
    desks.initiator.send("/v1/clearing/list")

    assert desks.initiator.send("/v1/clearing/list").status == 429
    assert desks.counterparty.send("/v1/clearing/list").status == 200


@pytest.fixture
def monitored(exchange, desks):
    """A desk with a heartbeat key."""
    exchange.desks.add_key("watched", account="initiator", heartbeat=True)
    return desks.watched


def test_heartbeat_requires_no_role(desks):
    """The heartbeat endpoint requires no role."""
    response = desks.auditor.send("/v1/heartbeat")

    assert (response.status, response.body) == (200, {"result": "ok"})


def test_heartbeat_timeout_cancels_orders_of_the_key(monitored, desks, clock):
    """After 30 s without a request, only the key's unconfirmed orders are canceled."""
    mine, others = monitored.place(), desks.initiator.place()

    clock.advance(ms=29_999)
    assert desks.auditor.status(mine) == "AwaitTargetConfirm"
    clock.advance(ms=1)
    assert desks.auditor.status(mine) == "Canceled"
    assert desks.auditor.status(others) == "AwaitTargetConfirm"


def test_heartbeat_restarts_the_timeout(monitored, desks, clock):
    """Every authenticated request restarts the timeout, and a second timeout cancels orders again."""
    order = monitored.place()
    for _ in range(5):
        clock.advance(seconds=20)
        monitored.send("/v1/heartbeat")
    assert desks.auditor.status(order) == "AwaitTargetConfirm"

    clock.advance(seconds=30)
    assert desks.auditor.status(order) == "Canceled"
    again = monitored.place()
    clock.advance(seconds=30)
    assert desks.auditor.status(again) == "Canceled"


def test_heartbeat_timeout_is_scheduled_once_per_key(monitored):
    """One timeout task is scheduled per key, for any number of requests."""
    for _ in range(10):
        monitored.send("/v1/heartbeat")

    with monitored.exchange.transactions.begin() as transaction:
        assert [task.subject for task in transaction.state.schedule] == [monitored.api_key]


def test_heartbeat_timeout_survives_restore(monitored, desks, clock):
    """A restored snapshot schedules the timeouts again."""
    order = monitored.place()
    snapshot = monitored.exchange.snapshot()
    monitored.exchange.reset()
    monitored.exchange.restore(snapshot)

    clock.advance(seconds=30)

    assert desks.auditor.status(order) == "Canceled"


def test_key_heartbeat_defaults_to_false(exchange):
    """A key without `heartbeat` never times out."""
    assert exchange.desks.add_key("calm", account="initiator").heartbeat is False


def test_heartbeat_timeout_keeps_confirmed_orders(monitored, desks, clock):
    """A heartbeat timeout does not cancel confirmed orders."""
    order = monitored.place(counterparty_id="OM9VNL1G")
    desks.counterparty.confirm(order)

    clock.advance(minutes=1)

    assert desks.auditor.status(order) == "Settled"


def test_heartbeat_timeout_can_be_configured_to_keep_orders(clock, desks_of):
    """With `heartbeat_cancels_orders = false`, a timeout cancels nothing."""
    exchange = Exchange(demo_config(Choices(heartbeat_cancels_orders=False)), clock=clock)
    exchange.desks.add_key("watched", account="initiator", heartbeat=True)
    desks = desks_of(exchange)
    order = desks.watched.place()

    clock.advance(minutes=5)

    assert desks.auditor.status(order) == "AwaitTargetConfirm"
