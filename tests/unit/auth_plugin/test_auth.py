"""
The signing flow, driven by hand.

What happens inside real clients, with many callers at once, stands in test_auth_in_client.
"""

import base64
import json

import httpx
import pytest

from gemini_clearing_auth import Credentials, GeminiAuth, GeminiOAuth, SignedPayload, sign
from gemini_clearing_auth.errors import CredentialsError, DeadlineError, NonceError, UnsignableRequestError

BASE_URL = "https://api.sandbox.gemini.com"
NEW = f"{BASE_URL}/v1/clearing/new"


class Given:
    """A nonce source that gives what it was given."""

    def __init__(self, *nonces: object) -> None:
        self._nonces = iter(nonces)

    def next(self) -> int:
        """The next of them."""
        return next(self._nonces)  # type: ignore[return-value]


def signed(auth: httpx.Auth, request: httpx.Request) -> httpx.Request:
    """The request as it would be sent."""
    flow = auth.sync_auth_flow(request)
    sent = next(flow)
    with pytest.raises(StopIteration):
        flow.send(httpx.Response(200))
    return sent


def test_auth_puts_everything_into_headers(credentials: Credentials, order: httpx.Request) -> None:
    """The wire carries exactly the documented headers."""
    sent = signed(GeminiAuth(credentials, base_url=BASE_URL, nonces=Given(7)), order)

    payload = base64.b64encode(b'{"request":"/v1/clearing/new","nonce":7,"amount":"100","n":1E-8}')
    assert sent.headers.raw == [
        (b"Host", b"api.sandbox.gemini.com"),
        (b"X-GEMINI-APIKEY", credentials.api_key.encode()),
        (b"X-GEMINI-SIGNATURE", sign(payload, b"demo-secret").encode()),
        (b"X-GEMINI-PAYLOAD", payload),
        (b"Content-Length", b"0"),
        (b"Content-Type", b"text/plain"),
        (b"Cache-Control", b"no-cache"),
    ]


def test_auth_empties_the_body(auth: GeminiAuth, order: httpx.Request) -> None:
    """No way of reading the body finds anything in it."""
    sent = signed(auth, order)

    assert isinstance(sent.stream, httpx.SyncByteStream)
    assert (sent.content, sent.read(), b"".join(sent.stream)) == (b"", b"", b"")


def test_auth_reads_a_streamed_body(auth: GeminiAuth) -> None:
    """A body in pieces is signed whole, and leaves no transfer encoding behind."""
    sent = signed(auth, httpx.Request("POST", NEW, content=iter([b'{"a"', b":1}"])))

    assert sent.extensions["gemini_clearing.signed"].parameters == b'{"a":1}'
    assert "transfer-encoding" not in sent.headers


def test_auth_declares_that_it_needs_the_body() -> None:
    """The attribute that httpx asks an authentication scheme for."""
    assert GeminiAuth.requires_request_body
    assert GeminiOAuth.requires_request_body


def test_auth_replaces_headers_that_are_its_own(auth: GeminiAuth, order: httpx.Request) -> None:
    """Left-overs of another identity, in any spelling, do not travel beside the new one."""
    order.headers.update({"x-gemini-apikey": "old", "AUTHORIZATION": "Bearer old", "content-type": "application/json"})

    sent = signed(auth, order)

    names = [name.lower() for name, _ in sent.headers.raw]
    assert len(names) == len(set(names))
    assert b"authorization" not in names
    assert "old" not in str(sent.headers.raw)


def test_auth_leaves_other_headers_alone(auth: GeminiAuth, order: httpx.Request) -> None:
    """What the caller added stays, repeated headers included."""
    order.headers = httpx.Headers([("X-Trace", "1"), ("X-Trace", "2")])

    assert signed(auth, order).headers.get_list("x-trace") == ["1", "2"]


def test_auth_tells_what_was_signed(credentials: Credentials, order: httpx.Request) -> None:
    """Whoever must find out whether a call was executed knows its nonce and its JSON."""
    sent = signed(GeminiAuth(credentials, base_url=BASE_URL, nonces=Given("1.5")), order)

    told = sent.extensions["gemini_clearing.signed"]
    assert isinstance(told, SignedPayload)
    assert repr(told) == f"SignedPayload(payload_json={told.payload_json!r}, nonce='1.5')"
    assert told.nonce == "1.5"
    assert json.loads(told.payload_json) == {
        "request": "/v1/clearing/new",
        "nonce": "1.5",
        "amount": "100",
        "n": 1e-8,
    }


def test_auth_signs_anew_what_is_sent_again(credentials: Credentials, order: httpx.Request) -> None:
    """The same request object carries its original parameters, under a nonce of its own."""
    auth = GeminiAuth(credentials, base_url=BASE_URL, nonces=Given(1, 2))

    first = signed(auth, order).extensions["gemini_clearing.signed"]
    sent = signed(auth, order)
    second = sent.extensions["gemini_clearing.signed"]

    assert (first.nonce, second.nonce) == (1, 2)
    assert first.parameters == second.parameters == b'{"amount":"100","n":1E-8}'
    assert sent.headers.get_list("x-gemini-payload") == [second.payload.decode()]
    assert sent.headers.get_list("x-gemini-signature") == [sign(second.payload, b"demo-secret")]


def test_auth_never_signs_another_request_s_parameters(auth: GeminiAuth, order: httpx.Request) -> None:
    """Extensions that were carried over from a signed order do not make a second order."""
    extensions = signed(auth, order).extensions

    with pytest.raises(UnsignableRequestError, match="body is empty"):
        signed(auth, httpx.Request("POST", NEW, extensions=extensions))


def test_auth_leaves_shared_extensions_alone(auth: GeminiAuth, order: httpx.Request) -> None:
    """A dict that the caller uses for several requests is not written to."""
    shared = order.extensions = {"timeout": {"pool": 1.0}}
    signed(auth, order)

    assert shared == {"timeout": {"pool": 1.0}}


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (httpx.Request("POST", NEW), "body is empty"),
        (httpx.Request("POST", NEW, data={"symbol": "btcusd"}), "not JSON"),
        (httpx.Request("POST", NEW, json={"nonce": 1}), "holds nonce already"),
        (httpx.Request("GET", NEW), "take POST"),
        (httpx.Request("POST", "https://api.gemini.com/v1/clearing/new", json={}), "credentials are for"),
    ],
)
def test_auth_refuses_what_must_not_be_signed(auth: GeminiAuth, request_: httpx.Request, message: str) -> None:
    """A refused request keeps its headers, draws no nonce and holds no turn."""
    before = request_.headers.raw

    with pytest.raises(UnsignableRequestError, match=message):
        next(auth.sync_auth_flow(request_))

    assert request_.headers.raw == before
    assert auth._turns._holder is None


@pytest.mark.parametrize(
    ("nonces", "message"),
    [
        (Given(-1), "-1 is not a nonce"),
        (Given(1.5), "1.5 is not a nonce"),
        (Given(None), "None is not a nonce"),
        (Given("soon"), "'soon' is not a nonce"),
        (Given(), "source failed: StopIteration"),
        (object(), "source failed: AttributeError"),
    ],
)
def test_auth_refuses_a_bad_nonce(credentials: Credentials, order: httpx.Request, nonces: Given, message: str) -> None:
    """A source that fails is told as such, and the turn is free again."""
    auth = GeminiAuth(credentials, base_url=BASE_URL, nonces=nonces)

    with pytest.raises(NonceError, match=message):
        next(auth.sync_auth_flow(order))

    assert order.content
    assert auth._turns._holder is None


def test_auth_passes_on_what_a_source_says_itself(credentials: Credentials, order: httpx.Request) -> None:
    """A source that knows the project's error tells its own story."""

    class Locked:
        def next(self) -> int:
            raise NonceError("the counter is locked")

    with pytest.raises(NonceError, match=r"^the counter is locked$"):
        next(GeminiAuth(credentials, base_url=BASE_URL, nonces=Locked()).sync_auth_flow(order))


def test_auth_holds_the_turn_until_the_flow_is_closed(auth: GeminiAuth, order: httpx.Request) -> None:
    """From signing on the turn is taken; a flow that is given up passes it on."""
    flow = auth.sync_auth_flow(order)
    next(flow)

    assert auth._turns._holder is not None
    flow.close()
    assert auth._turns._holder is None


def test_auth_holds_the_turn_until_the_flow_fails(auth: GeminiAuth, order: httpx.Request) -> None:
    """An exception from the sending side passes the turn on."""
    flow = auth.sync_auth_flow(order)
    next(flow)
    with pytest.raises(httpx.ReadTimeout):
        flow.throw(httpx.ReadTimeout("late"))

    assert auth._turns._holder is None


def test_auth_takes_no_turn_for_a_flow_that_never_began(auth: GeminiAuth, order: httpx.Request) -> None:
    """A flow that is closed before its first step leaves no trace."""
    auth.sync_auth_flow(order).close()

    assert auth._turns._holder is None


def test_auth_flow_needs_asyncio(auth: GeminiAuth, order: httpx.Request) -> None:
    """Another event loop is refused in the project's own words."""
    step = auth.async_auth_flow(order).asend(None)  # type: ignore[arg-type]

    with pytest.raises(DeadlineError, match="no asyncio loop is running"):
        step.send(None)


def test_auth_flow_is_the_sync_one(auth: GeminiAuth, order: httpx.Request) -> None:
    """Whoever drives the plain `auth_flow` gets a signed request too."""
    flow = auth.auth_flow(order)

    assert "X-GEMINI-SIGNATURE" in next(flow).headers
    flow.close()


@pytest.mark.parametrize("value", ["account-key", None, ("account-key", "secret")])
def test_auth_takes_credentials_only(value: object) -> None:
    """Whatever else is told by its type, not by its value."""
    with pytest.raises(CredentialsError, match=f"takes Credentials.*not {type(value).__name__}"):
        GeminiAuth(value, base_url=BASE_URL)  # type: ignore[arg-type]
