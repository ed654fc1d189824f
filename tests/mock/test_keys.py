"""Who may call: tokens and scopes, master keys and accounts, nonce modes, rate limit, heartbeat."""

import base64
import json

import pytest

from gemini_clearing_mock import Choices, Exchange, Request, demo_config
from gemini_clearing_mock.state._accounts import KeySession

TERMS = {"symbol": "btcusd", "amount": "1", "price": "9500", "side": "buy"}


def with_token(exchange, token: str, path: str, scheme: str = "Bearer", **parameters):
    """Send a request with an access token; tell status and body."""
    payload = base64.b64encode(json.dumps({"request": path, **parameters}).encode()).decode()
    headers = {"authorization": f"{scheme} {token}", "x-gemini-payload": payload}
    answer = exchange.handle(Request("POST", path, headers))
    return answer.status, json.loads(answer.body)


def test_token_needs_neither_signature_nor_nonce(exchange):
    """An access token with the scope places and reads orders, twice with the same payload."""
    for _ in range(2):
        status, placed = with_token(exchange, "demo-token-of-initiator", "/v1/clearing/new", **TERMS)
        assert (status, placed["result"]) == (200, "AwaitConfirm")

    _, found = with_token(exchange, "demo-token-of-reader", "/v1/clearing/list")
    assert len(found["orders"]) == 2


def test_token_scheme_is_read_in_either_case(exchange):
    """The scheme of Authorization is case-insensitive (RFC 9110)."""
    assert with_token(exchange, "demo-token-of-reader", "/v1/clearing/list", scheme="bearer")[0] == 200


def test_token_without_the_scope_is_refused(exchange):
    """A token that may only read cannot place."""
    status, refused = with_token(exchange, "demo-token-of-reader", "/v1/clearing/new", **TERMS)

    assert (status, refused["reason"]) == (403, "MissingRole")
    assert "clearing:create" in refused["message"]


def test_unknown_token_is_refused(exchange):
    """A token that nobody was given is no key."""
    assert with_token(exchange, "stolen", "/v1/clearing/list")[1]["reason"] == "InvalidApiKey"


def test_token_still_needs_its_payload(exchange):
    """A token without payload is told which header is missing."""
    answer = exchange.handle(Request("POST", "/v1/clearing/list", {"authorization": "Bearer demo-token-of-reader"}))

    assert json.loads(answer.body)["reason"] == "MissingPayloadHeader"


@pytest.fixture
def group(exchange, desks):
    """A desk that signs with the master key of the group."""
    desk = desks.initiator
    desk.api_key, desk.api_secret = "master-demo-group", "demo-secret-of-group"
    return desk


def test_master_key_acts_for_the_account_it_names(group, desks):
    """A master key trades for each account of its group by name."""
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
def test_master_key_must_name_an_account_of_its_group(group, account, reason, message):
    """A master key without account, or with an unknown one, is refused."""
    answer = group.send("/v1/clearing/list", account=account)

    assert (answer.status, answer.reason, answer.body["message"]) == (400, reason, message)


@pytest.mark.parametrize("account", [..., "nobody"])
def test_log_names_the_accounts_of_a_group(exchange, group, account):
    """Whoever signs with a master key finds which there are."""
    group.send("/v1/clearing/list", account=account)

    assert exchange.log[-1].expected == '"account": one of initiator, counterparty, broker, desk3'


def test_account_key_must_not_name_an_account(desks):
    """An account key that names an account is refused, even its own."""
    assert desks.initiator.send("/v1/clearing/list", account="initiator").reason == "AccountsOnGroupOnlyApi"


NOW_S = 1767225600


@pytest.mark.parametrize("nonce", [NOW_S, str(NOW_S), NOW_S + 29.5, f"{NOW_S - 30}", NOW_S + 30])
def test_time_based_nonce_is_the_time_in_seconds(desks, nonce):
    """Seconds within 30 of the server's time pass, as number or text, with fractions or without, more than once."""
    assert desks.clockwork.send("/v1/clearing/list", nonce=nonce).status == 200
    assert desks.clockwork.send("/v1/clearing/list", nonce=nonce).status == 200


@pytest.mark.parametrize("nonce", [NOW_S - 31, NOW_S + 31, NOW_S * 1000, 0, f"{NOW_S + 30}.001"])
def test_time_based_nonce_off_by_more_is_refused(desks, nonce):
    """Other times, milliseconds among them, are refused with the documented message and its doubled quote."""
    answer = desks.clockwork.send("/v1/clearing/list", nonce=nonce)

    expected = f"Nonce '{nonce}' is not within 30 seconds of server time '{NOW_S}''"
    assert (answer.status, answer.reason, answer.body["message"]) == (400, "InvalidNonce", expected)


@pytest.mark.parametrize("nonces", [(1, 2), ("1", "1.5"), (1.25, "1.250001"), (9, "10"), (10**30, 10**30 + 1)])
def test_incremental_nonce_grows_as_a_number(desks, nonces):
    """Numbers and numeric texts are compared as numbers, exactly; the reverse order is refused."""
    lower, higher = nonces
    assert desks.initiator.send("/v1/clearing/list", nonce=lower).status == 200
    assert desks.initiator.send("/v1/clearing/list", nonce=higher).status == 200
    assert desks.initiator.send("/v1/clearing/list", nonce=lower).reason == "InvalidNonce"


def test_nonces_of_one_key_do_not_touch_another(desks):
    """Each key has its own high-water mark."""
    desks.initiator.send("/v1/clearing/list", nonce=1000)

    assert desks.counterparty.send("/v1/clearing/list", nonce=1).status == 200


def limited(clock, desks_of, per_minute=600, queued=5):
    """Make desks of an exchange that limits the rate."""
    exchange = Exchange(demo_config(Choices(requests_per_minute=per_minute, queued_requests=queued)), clock=clock)
    return desks_of(exchange)


def test_rate_limit_queues_five_and_refuses_the_next(clock, desks_of):
    """600 requests pass, five are held back by a tenth of a second each, the 606th is refused with Retry-After."""
    desk = limited(clock, desks_of).initiator

    answers = [desk.send("/v1/clearing/list") for _ in range(606)]

    assert {answer.response.delay_ms for answer in answers[:600]} == {0}
    assert [answer.response.delay_ms for answer in answers[600:605]] == [100, 200, 300, 400, 500]
    refused = answers[605]
    assert (refused.status, refused.reason, refused.body["message"]) == (429, "RateLimit", "Too Many Requests")
    assert refused.response.headers["retry-after"] == "1"


def test_rate_limit_tells_whole_minutes_to_the_millisecond(clock, desks_of):
    """At one request a minute the next is held back for one, and the one after that asked to wait for one more."""
    desk = limited(clock, desks_of, per_minute=1, queued=1).initiator

    first, held, refused = (desk.send("/v1/clearing/list").response for _ in range(3))

    assert (first.delay_ms, held.delay_ms, refused.headers["retry-after"]) == (0, 60_000, "60")


def test_rate_limit_holds_back_for_whole_milliseconds(clock, desks_of):
    """A seventh of a minute is 8571.4 ms: rounded up, so that nobody comes too early."""
    desk = limited(clock, desks_of, per_minute=7, queued=1).initiator

    delays = [desk.send("/v1/clearing/list").response.delay_ms for _ in range(8)]

    assert [str(delay) for delay in delays] == ["0"] * 7 + ["8572"]


@pytest.mark.parametrize(("late_us", "retry_after"), [(1, "1"), (1_000_000, "1"), (1_000_001, "2"), (2_000_000, "2")])
def test_rate_limit_tells_whole_seconds_rounded_up(clock, desks_of, late_us, retry_after):
    """Whoever comes back after so many seconds is not refused again."""
    desk = limited(clock, desks_of, per_minute=600, queued=5).initiator
    with desk.exchange.transactions.begin() as transaction:
        full_us = transaction.now_ms * 1000 + 604 * 100_000
        transaction.state.put_session(desk.api_key, KeySession(transaction.now_ms, full_us + late_us))

    assert desk.send("/v1/clearing/list").response.headers["retry-after"] == retry_after


def test_rate_limit_of_one_a_minute_lasts_a_minute(clock, desks_of):
    """Not a millisecond less."""
    desk = limited(clock, desks_of, per_minute=1, queued=0).initiator
    desk.send("/v1/clearing/list")

    clock.advance(ms=59_999)
    assert desk.send("/v1/clearing/list").status == 429
    clock.advance(ms=1)
    assert desk.send("/v1/clearing/list").status == 200


def test_rate_limit_makes_nobody_promise_a_heartbeat(clock, desks_of):
    """A key whose requests are counted may be silent for as long as it likes."""
    desks = limited(clock, desks_of)
    order = desks.initiator.place()

    clock.advance(minutes=5)

    assert desks.auditor.status(order) == "AwaitTargetConfirm"


def test_rate_limit_frees_itself_with_time(clock, desks_of):
    """A tenth of a second frees one request, and only that one."""
    desk = limited(clock, desks_of, queued=0).initiator
    for _ in range(600):
        desk.send("/v1/clearing/list")

    assert desk.send("/v1/clearing/list").status == 429
    clock.advance(ms=100)
    assert desk.send("/v1/clearing/list").status == 200
    assert desk.send("/v1/clearing/list").status == 429


def test_rate_limit_counts_each_key_for_itself(clock, desks_of):
    """One key's flood does not slow another."""
    desks = limited(clock, desks_of, per_minute=1, queued=0)
    desks.initiator.send("/v1/clearing/list")

    assert desks.initiator.send("/v1/clearing/list").status == 429
    assert desks.counterparty.send("/v1/clearing/list").status == 200


@pytest.fixture
def watched(exchange, desks):
    """A desk whose key promised a heartbeat."""
    exchange.desks.add_key("watched", account="initiator", heartbeat=True)
    return desks.watched


def test_heartbeat_answers_ok_to_every_role(desks):
    """The heartbeat needs no role."""
    answer = desks.auditor.send("/v1/heartbeat")

    assert (answer.status, answer.body) == (200, {"result": "ok"})


def test_silence_cancels_what_the_key_placed(watched, desks, clock):
    """After 30 s of silence the session's unconfirmed orders are canceled, and nobody else's."""
    mine, others = watched.place(), desks.initiator.place()

    clock.advance(ms=29_999)
    assert desks.auditor.status(mine) == "AwaitTargetConfirm"
    clock.advance(ms=1)
    assert desks.auditor.status(mine) == "Canceled"
    assert desks.auditor.status(others) == "AwaitTargetConfirm"


def test_heartbeat_keeps_the_session(watched, desks, clock):
    """Any authenticated call starts the 30 s anew, and a second silence counts again."""
    order = watched.place()
    for _ in range(5):
        clock.advance(seconds=20)
        watched.send("/v1/heartbeat")
    assert desks.auditor.status(order) == "AwaitTargetConfirm"

    clock.advance(seconds=30)
    assert desks.auditor.status(order) == "Canceled"
    again = watched.place()
    clock.advance(seconds=30)
    assert desks.auditor.status(again) == "Canceled"


def test_silence_of_a_busy_key_is_due_once(watched):
    """However many requests a key makes, there is one moment at which its silence is looked at."""
    for _ in range(10):
        watched.send("/v1/heartbeat")

    with watched.exchange.transactions.begin() as transaction:
        assert [task.subject for task in transaction.state.schedule] == [watched.api_key]


def test_silence_is_noticed_after_a_restore(watched, desks, clock):
    """Whoever was watched when the snapshot was taken is watched again."""
    order = watched.place()
    snapshot = watched.exchange.snapshot()
    watched.exchange.reset()
    watched.exchange.restore(snapshot)

    clock.advance(seconds=30)

    assert desks.auditor.status(order) == "Canceled"


def test_key_promises_no_heartbeat_unless_told(exchange):
    """Most desks are silent between two orders."""
    assert exchange.desks.add_key("calm", account="initiator").heartbeat is False


def test_silence_spares_confirmed_orders(watched, desks, clock):
    """What a desk has confirmed settles, whether or not the session lives."""
    order = watched.place(counterparty_id="OM9VNL1G")
    desks.counterparty.confirm(order)

    clock.advance(minutes=1)

    assert desks.auditor.status(order) == "Settled"


def test_silence_may_be_harmless(clock, desks_of):
    """Where the choice is made, a silent session keeps its orders."""
    exchange = Exchange(demo_config(Choices(heartbeat_cancels_orders=False)), clock=clock)
    exchange.desks.add_key("watched", account="initiator", heartbeat=True)
    desks = desks_of(exchange)
    order = desks.watched.place()

    clock.advance(minutes=5)

    assert desks.auditor.status(order) == "AwaitTargetConfirm"
