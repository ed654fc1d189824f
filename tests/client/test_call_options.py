"""Options of one call, and clients with other options on the same connections."""

import httpx
import pytest

from gemini_clearing import ArgumentError, GeminiClearing, OutcomeUnknownError
from gemini_clearing_mock import Exchange
from gemini_clearing_runtime import _time
from tests.client.desks import BUY, Place


class Timed(_time.Clock):
    """A clock that only a request moves on."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.slept_s: list[float] = []

    def monotonic(self) -> float:
        """Return the simulated time."""
        return self.now_s

    def sleep(self, seconds: float) -> None:
        """Move the simulated time on."""
        self.slept_s.append(seconds)
        self.now_s += seconds


class Seen:
    """The headers of the requests that were sent."""

    def __init__(self) -> None:
        self.headers: list[httpx.Headers] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Record a request."""
        self.headers.append(request.headers)
        return httpx.Response(200, content=b'{"result":"success","orders":[]}')


@pytest.fixture
def seen() -> Seen:
    """Return a record of requests."""
    return Seen()


@pytest.fixture
def client(exchange: Exchange, seen: Seen) -> GeminiClearing:
    """Return a client whose requests are recorded."""
    account = exchange.account("initiator")
    return GeminiClearing(
        api_key=account.api_key,
        api_secret=account.api_secret,
        base_url="http://127.0.0.1",
        transport=httpx.MockTransport(seen),
    )


def test_extra_headers_of_a_call_are_sent_with_that_call_only(client, seen):
    """The signer keeps them, and the next call does not have them."""
    client.list_orders(extra_headers={"X-Request-Id": "a b", "User-Agent": "desk/1"})
    client.list_orders()

    assert [headers.get("x-request-id") for headers in seen.headers] == ["a b", None]
    assert [headers["user-agent"].startswith("desk/1") for headers in seen.headers] == [True, False]
    assert all(headers["x-gemini-signature"] for headers in seen.headers)


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        ({"X-Gemini-APIKEY": "s3cret"}, "reserved header: X-Gemini-APIKEY. The client sets it itself."),
        ({"authorization": "s3cret"}, "reserved header: authorization. The client sets it itself."),
        ({"Content-Length": "1"}, "reserved header: Content-Length. The client sets it itself."),
        ({"X-Id": "s3cret\r\nHost: x"}, "invalid value of the header X-Id. Pass one line of ASCII text."),
        ({"X-Id": 5}, "invalid value of the header X-Id. Pass one line of ASCII text."),
        ({"X Id": "1"}, "invalid name of a header: 'X Id'. Pass letters, digits and hyphens."),
    ],
)
def test_invalid_header_is_an_argument_error_without_its_value(client, seen, headers, problem):
    """Nothing is sent, and a value, which may be a secret, is not in the message."""
    for call in (lambda: client.list_orders(extra_headers=headers), lambda: client.with_options(extra_headers=headers)):
        with pytest.raises(ArgumentError) as rejected:
            call()
        assert str(rejected.value) == problem
    assert seen.headers == []


def test_timeout_of_a_call_replaces_that_of_the_client(exchange):
    """A read with a timeout of one second is not retried for thirty."""
    clock = Timed()

    def fail(request: httpx.Request) -> httpx.Response:
        clock.now_s += 0.4
        raise httpx.ReadError("connection lost", request=request)

    account = exchange.account("initiator")
    client = GeminiClearing(
        api_key=account.api_key,
        api_secret=account.api_secret,
        base_url="http://127.0.0.1",
        transport=httpx.MockTransport(fail),
    )
    replaced = _time.install(clock)
    try:
        with pytest.raises(OutcomeUnknownError):
            client.list_orders(timeout=1)
    finally:
        _time.install(replaced)

    assert clock.now_s - 100 <= 1.4


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), True, "5"])
def test_invalid_timeout_of_a_call_is_an_argument_error(client, seen, timeout):
    """The rule is that of the client's option."""
    with pytest.raises(ArgumentError, match="invalid timeout"):
        client.list_orders(timeout=timeout)
    with pytest.raises(ArgumentError, match="invalid timeout"):
        client.with_options(timeout=timeout)
    assert seen.headers == []


def test_client_with_other_options_has_the_same_connections(client, seen):
    """Both send through one transport, and only the new client has the new options."""
    other = client.with_options(timeout=5, account="desk", extra_headers={"X-Desk": "1"})

    other.list_orders()
    client.list_orders()

    assert type(other) is type(client)
    assert (other._sender is client._sender, other._settings.timeout_s, client._settings.timeout_s) == (True, 5, 30)
    assert (other._settings.account, client._settings.account) == ("desk", None)
    assert [headers.get("x-desk") for headers in seen.headers] == ["1", None]


def test_clients_with_other_options_share_what_is_known_of_writes(inside: Place):
    """A write of one client is never mistaken for one of the other client."""
    client = inside.desk("initiator").client

    other = client.with_options(timeout=5)

    assert other._context.writes is client._context.writes
    assert other._context.clock is client._context.clock


def test_hooks_of_a_client_with_other_options_are_its_own(client, seen):
    """An unknown field goes to the hook of the client that was called."""
    first: list[str] = []
    other = client.with_options(on_drift=first.append)

    assert (other._context.on_drift, client._context.on_drift) == (first.append, None)


def test_option_that_is_none_gets_its_default_again(client, seen):
    """None removes an option of a client with other options; an option that is not given keeps its value."""
    first: list[object] = []
    hooks = ("on_request", "on_response", "on_error", "on_unknown", "on_drift")
    other = client.with_options(
        timeout=5, account="desk", extra_headers={"X-Desk": "1"}, **dict.fromkeys(hooks, first.append)
    )

    reset = other.with_options(timeout=None, account=None, extra_headers=None, **dict.fromkeys(hooks))
    kept = other.with_options(timeout=6)
    reset.list_orders()
    kept.list_orders()

    assert (reset._settings.timeout_s, reset._settings.account) == (30, None)
    assert [getattr(reset._context, name) for name in hooks] == [None] * 5
    assert (kept._settings.timeout_s, kept._settings.account) == (6, "desk")
    assert [getattr(kept._context, name) for name in hooks] == [first.append] * 5
    assert [headers.get("x-desk") for headers in seen.headers] == [None, "1"]


def test_async_client_takes_options_of_a_call(inside: Place):
    """Both clients have the options."""
    desk = inside.desk("initiator")

    placed = desk.create_order(**BUY, timeout=5, extra_headers={"X-Request-Id": "1"})

    assert desk.get_order(clearing_id=placed.clearing_id, timeout=5).symbol == "BTCUSD"
