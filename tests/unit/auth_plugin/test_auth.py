"""
The signing flow, step by step.

The same inside real clients, with many concurrent callers, is tested in test_auth_in_client.
"""

import base64
import json

import httpx
import pytest

from gemini_clearing_auth import (
    PARAMETERS_EXTENSION,
    SIGNED_EXTENSION,
    Credentials,
    GeminiAuth,
    GeminiOAuth,
    SignedPayload,
    sign,
)
from gemini_clearing_auth.errors import CredentialsError, NonceError, NotSentError, UnsignableRequestError

BASE_URL = "https://api.sandbox.gemini.com"
NEW = f"{BASE_URL}/v1/clearing/new"


class FixedNonces:
    """A nonce source that returns the given nonces."""

    def __init__(self, *nonces: object) -> None:
        self._nonces = iter(nonces)

    def next(self) -> int:
        """The next of them."""
        return next(self._nonces)  # type: ignore[return-value]  # the wrong type is the case


def signed(auth: httpx.Auth, request: httpx.Request) -> httpx.Request:
    """Return the request as it would be sent."""
    flow = auth.sync_auth_flow(request)
    sent = next(flow)
    with pytest.raises(StopIteration):
        flow.send(httpx.Response(200))
    return sent


def test_auth_puts_everything_into_headers(credentials: Credentials, order: httpx.Request) -> None:
    """A signed request has exactly the documented headers."""
    sent = signed(GeminiAuth(credentials, base_url=BASE_URL, nonces=FixedNonces(7)), order)

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
    """Every way to read the body of a signed request returns empty bytes."""
    sent = signed(auth, order)

    assert isinstance(sent.stream, httpx.SyncByteStream)
    assert (sent.content, sent.read(), b"".join(sent.stream)) == (b"", b"", b"")


def test_auth_reads_a_streamed_body(auth: GeminiAuth) -> None:
    """A streamed body is signed whole, and no transfer encoding remains."""
    sent = signed(auth, httpx.Request("POST", NEW, content=iter([b'{"a"', b":1}"])))

    assert sent.extensions["gemini_clearing.signed"].parameters == b'{"a":1}'
    assert "transfer-encoding" not in sent.headers


def test_auth_declares_that_it_needs_the_body() -> None:
    """Both signers have the attribute that makes httpx read the body first."""
    assert GeminiAuth.requires_request_body
    assert GeminiOAuth.requires_request_body


def test_auth_replaces_headers_that_are_its_own(auth: GeminiAuth, order: httpx.Request) -> None:
    """Headers of another identity, in any spelling, are removed."""
    order.headers.update({"x-gemini-apikey": "old", "AUTHORIZATION": "Bearer old", "content-type": "application/json"})

    sent = signed(auth, order)

    names = [name.lower() for name, _ in sent.headers.raw]
    assert len(names) == len(set(names))
    assert b"authorization" not in names
    assert "old" not in str(sent.headers.raw)


def test_auth_leaves_other_headers_alone(auth: GeminiAuth, order: httpx.Request) -> None:
    """Headers that the caller added stay, repeated headers included."""
    order.headers = httpx.Headers([("X-Trace", "1"), ("X-Trace", "2")])

    assert signed(auth, order).headers.get_list("x-trace") == ["1", "2"]


def test_auth_stores_the_signed_payload(credentials: Credentials, order: httpx.Request) -> None:
    """The signed payload, with its nonce and JSON, is stored in the request's extensions."""
    sent = signed(GeminiAuth(credentials, base_url=BASE_URL, nonces=FixedNonces("1.5")), order)

    stored = sent.extensions["gemini_clearing.signed"]
    assert isinstance(stored, SignedPayload)
    assert repr(stored) == f"SignedPayload(payload_json={stored.payload_json!r}, nonce='1.5')"
    assert stored.nonce == "1.5"
    assert json.loads(stored.payload_json) == {
        "request": "/v1/clearing/new",
        "nonce": "1.5",
        "amount": "100",
        "n": 1e-8,
    }


def test_auth_signs_a_request_again(credentials: Credentials, order: httpx.Request) -> None:
    """A request that is sent twice has the same parameters and a new nonce."""
    auth = GeminiAuth(credentials, base_url=BASE_URL, nonces=FixedNonces(1, 2))

    first = signed(auth, order).extensions["gemini_clearing.signed"]
    sent = signed(auth, order)
    second = sent.extensions["gemini_clearing.signed"]

    assert (first.nonce, second.nonce) == (1, 2)
    assert first.parameters == second.parameters == b'{"amount":"100","n":1E-8}'
    assert sent.headers.get_list("x-gemini-payload") == [second.payload.decode()]
    assert sent.headers.get_list("x-gemini-signature") == [sign(second.payload, b"demo-secret")]


def test_auth_never_signs_another_request_s_parameters(auth: GeminiAuth, order: httpx.Request) -> None:
    """Extensions that are copied from a signed order never sign a second order."""
    extensions = signed(auth, order).extensions

    with pytest.raises(UnsignableRequestError, match="body is empty"):
        signed(auth, httpx.Request("POST", NEW, extensions=extensions))


def serialized(parameters: bytes = b'{"amount":"100"}') -> httpx.Request:
    """Return a request whose parameters were serialized by the caller."""
    return httpx.Request("POST", NEW, extensions={PARAMETERS_EXTENSION: parameters})


def test_auth_signs_serialized_parameters(credentials: Credentials) -> None:
    """Serialized parameters in the extensions are signed like a body."""
    request = serialized()

    sent = signed(GeminiAuth(credentials, base_url=BASE_URL, nonces=FixedNonces(7)), request)

    assert sent.content == b""
    stored = sent.extensions[SIGNED_EXTENSION]
    assert stored.payload_json == b'{"request":"/v1/clearing/new","nonce":7,"amount":"100"}'
    assert PARAMETERS_EXTENSION not in sent.extensions


def test_auth_does_not_parse_serialized_parameters(auth: GeminiAuth, monkeypatch: pytest.MonkeyPatch) -> None:
    """Serialized parameters are not validated a second time."""

    def fail(parameters: bytes) -> None:
        raise AssertionError("parsed again")

    monkeypatch.setattr("gemini_clearing_auth._signed.check_parameters", fail)

    assert signed(auth, serialized()).extensions[SIGNED_EXTENSION].parameters == b'{"amount":"100"}'


def test_auth_validates_a_body_despite_serialized_parameters(auth: GeminiAuth) -> None:
    """A body has priority over the extension, and is validated."""
    extensions = {PARAMETERS_EXTENSION: b"{}"}

    with pytest.raises(UnsignableRequestError, match="not an object"):
        signed(auth, httpx.Request("POST", NEW, content=b"[]", extensions=extensions))


def test_auth_signs_a_request_with_serialized_parameters_again(credentials: Credentials) -> None:
    """A signed request that is sent again has its original parameters and a new nonce."""
    auth = GeminiAuth(credentials, base_url=BASE_URL, nonces=FixedNonces(1, 2))

    sent = signed(auth, signed(auth, serialized()))

    assert sent.extensions[SIGNED_EXTENSION].payload_json == (
        b'{"request":"/v1/clearing/new","nonce":2,"amount":"100"}'
    )
    assert len(sent.headers.get_list("x-gemini-payload")) == 1


def test_auth_does_not_change_a_request_with_a_body(auth: GeminiAuth, order: httpx.Request) -> None:
    """The caller's request keeps its body, headers and extensions; a new request is sent."""
    before = (order.content, order.headers.raw, dict(order.extensions))

    assert signed(auth, order) is not order
    assert (order.content, order.headers.raw, order.extensions) == before


def test_auth_signs_a_request_without_a_body_in_place(auth: GeminiAuth) -> None:
    """A request with serialized parameters is sent itself, so its sender can read what was signed."""
    request = serialized()

    assert signed(auth, request) is request


def test_auth_leaves_shared_extensions_alone(auth: GeminiAuth, order: httpx.Request) -> None:
    """A dict that the caller uses for several requests is not changed."""
    shared = order.extensions = {"timeout": {"pool": 1.0}}
    signed(auth, order)

    assert shared == {"timeout": {"pool": 1.0}}


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (httpx.Request("POST", NEW), "body is empty"),
        (httpx.Request("POST", NEW, data={"symbol": "btcusd"}), "not JSON"),
        (httpx.Request("POST", NEW, json={"nonce": 1}), "contains nonce, which"),
        (httpx.Request("GET", NEW), "must be POST"),
        (httpx.Request("POST", "https://api.gemini.com/v1/clearing/new", json={}), "credentials are for"),
    ],
)
def test_auth_raises_for_unsignable_requests(auth: GeminiAuth, request_: httpx.Request, message: str) -> None:
    """A request that cannot be signed keeps its headers, draws no nonce and releases the lock."""
    before = request_.headers.raw

    with pytest.raises(UnsignableRequestError, match=message):
        next(auth.sync_auth_flow(request_))

    assert request_.headers.raw == before
    assert auth._lock._owner is None


@pytest.mark.parametrize(
    ("nonces", "message"),
    [
        (FixedNonces(-1), "invalid nonce: -1"),
        (FixedNonces(1.5), "invalid nonce: 1.5"),
        (FixedNonces(None), "invalid nonce: None"),
        (FixedNonces("soon"), "invalid nonce: 'soon'"),
        (FixedNonces(), "source failed: StopIteration"),
    ],
)
def test_auth_raises_for_a_bad_nonce(
    credentials: Credentials, order: httpx.Request, nonces: FixedNonces, message: str
) -> None:
    """A failing nonce source is reported as NonceError, and the lock is released."""
    auth = GeminiAuth(credentials, base_url=BASE_URL, nonces=nonces)

    with pytest.raises(NonceError, match=message):
        next(auth.sync_auth_flow(order))

    assert order.content
    assert auth._lock._owner is None


def test_auth_rejects_what_is_no_nonce_source(credentials: Credentials) -> None:
    """The constructor reports it, without the text of an object that may contain a secret."""
    with pytest.raises(NonceError, match=r"^invalid nonces: object\. Pass a nonce source"):
        GeminiAuth(credentials, base_url=BASE_URL, nonces=object())  # type: ignore[arg-type]  # the subject of the test


def test_auth_passes_on_a_nonce_error(credentials: Credentials, order: httpx.Request) -> None:
    """A NonceError of the source itself is raised unchanged."""

    class Locked:
        def next(self) -> int:
            raise NonceError("the counter is locked")

    with pytest.raises(NonceError, match=r"^the counter is locked$"):
        next(GeminiAuth(credentials, base_url=BASE_URL, nonces=Locked()).sync_auth_flow(order))


def test_auth_holds_the_lock_until_the_flow_is_closed(auth: GeminiAuth, order: httpx.Request) -> None:
    """The lock is held from signing on, and released when the flow is closed."""
    flow = auth.sync_auth_flow(order)
    next(flow)

    assert auth._lock._owner is not None
    flow.close()
    assert auth._lock._owner is None


def test_auth_holds_the_lock_until_sending_fails(auth: GeminiAuth, order: httpx.Request) -> None:
    """An exception while sending releases the lock."""
    flow = auth.sync_auth_flow(order)
    next(flow)
    with pytest.raises(httpx.ReadTimeout):
        flow.throw(httpx.ReadTimeout("late"))

    assert auth._lock._owner is None


def test_auth_takes_no_lock_for_a_flow_that_never_began(auth: GeminiAuth, order: httpx.Request) -> None:
    """A flow that is closed before its first step takes no lock."""
    auth.sync_auth_flow(order).close()

    assert auth._lock._owner is None


def test_auth_flow_needs_asyncio(auth: GeminiAuth, order: httpx.Request) -> None:
    """Without an asyncio event loop, an async call raises a NotSentError that names the missing loop."""
    step = auth.async_auth_flow(order).asend(None)

    with pytest.raises(NotSentError, match="no asyncio event loop is running"):
        step.send(None)


def test_auth_flow_is_the_sync_one(auth: GeminiAuth, order: httpx.Request) -> None:
    """The plain `auth_flow` signs as well."""
    flow = auth.auth_flow(order)

    assert "X-GEMINI-SIGNATURE" in next(flow).headers
    flow.close()


@pytest.mark.parametrize("value", ["account-key", None, ("account-key", "secret")])
def test_auth_raises_for_other_credentials(value: object) -> None:
    """An argument that is not `Credentials` is reported by its type, not its value."""
    with pytest.raises(CredentialsError, match=f"must be Credentials.*not {type(value).__name__}"):
        GeminiAuth(value, base_url=BASE_URL)  # type: ignore[arg-type]  # the wrong type is the case
