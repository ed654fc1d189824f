"""The signers inside clients of httpx2, against the mock exchange, which verifies signatures and nonces itself."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from gemini_clearing_auth import (
    REPEAT_BODY_EXTENSION,
    SIGNED_EXTENSION,
    Credentials,
    GeminiAuth,
    GeminiOAuth,
    OAuthToken,
)
from gemini_clearing_auth.errors import DeadlineError, UnsignableRequestError
from gemini_clearing_mock import Exchange, demo_config

httpx2 = pytest.importorskip("httpx2")

BASE_URL = "http://127.0.0.1"
TERMS = {"symbol": "btcusd", "amount": "1.00000001", "price": "9500.00", "side": "buy"}
LIST = "/v1/clearing/list"

Server = Any
"""The handler of a transport of httpx2."""


class Served:
    """The mock exchange as a handler of httpx2, which records the nonces in the order of their arrival."""

    def __init__(self) -> None:
        self.exchange = Exchange()
        self.nonces: list[int] = []
        self._transport = self.exchange.transport()

    def __call__(self, request: Any) -> Any:
        """Return the response of the exchange."""
        signed = request.extensions[SIGNED_EXTENSION]
        self.nonces += [signed.nonce] if signed.nonce is not None else []
        same = httpx.Request(request.method, str(request.url), headers=request.headers.raw, content=request.content)
        response = self._transport.handle_request(same)
        return httpx2.Response(response.status_code, content=response.read())

    def auth(self, name: str = "initiator") -> GeminiAuth:
        """Return a signer for a demo account."""
        account = self.exchange.account(name)
        return GeminiAuth(Credentials(account.api_key, account.api_secret), base_url=BASE_URL)


class Calls:
    """Calls with a sync or an async client of httpx2, so that each test runs with both."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def post(self, auth: Any, server: Server, *posts: dict[str, Any], **settings: Any) -> list[Any]:
        """Make calls one after the other; each is the arguments of `Client.post`, or a request to send."""
        settings = {"auth": auth, "base_url": BASE_URL, "transport": httpx2.MockTransport(server), **settings}
        if self.kind == "async":
            return asyncio.run(self._post_async(settings, posts))
        with httpx2.Client(**settings) as client:
            return [client.post(**one) for one in posts]

    @staticmethod
    async def _post_async(settings: dict[str, Any], posts: tuple[dict[str, Any], ...]) -> list[Any]:
        async with httpx2.AsyncClient(**settings) as client:
            return [await client.post(**one) for one in posts]


@pytest.fixture(params=["sync", "async"])
def calls(request: pytest.FixtureRequest) -> Calls:
    """Clients of one kind."""
    return Calls(request.param)


@pytest.fixture
def served() -> Served:
    """A new exchange."""
    return Served()


def test_order_is_placed_and_listed(calls: Calls, served: Served) -> None:
    """A client of httpx2 places an order and lists it, with increasing nonces and empty bodies."""
    placed, listed = calls.post(
        served.auth(), served, {"url": "/v1/clearing/new", "json": TERMS}, {"url": LIST, "json": {}}
    )

    assert (placed.status_code, listed.status_code) == (200, 200)
    assert [order["clearing_id"] for order in listed.json()["orders"]] == [placed.json()["clearing_id"]]
    assert served.nonces == sorted(set(served.nonces))
    assert placed.request.content == b""


def test_token_replaces_a_key(calls: Calls, served: Served) -> None:
    """`GeminiOAuth` works in a client of httpx2."""
    auth = GeminiOAuth(OAuthToken(demo_config().tokens[0].token), base_url=BASE_URL)

    (placed,) = calls.post(auth, served, {"url": "/v1/clearing/new", "json": TERMS})

    assert placed.json()["result"] == "AwaitConfirm"


def test_one_signer_serves_both_libraries(served: Served) -> None:
    """The same signer signs in clients of httpx and httpx2, with one sequence of nonces."""
    auth = served.auth()

    with httpx.Client(auth=auth, transport=httpx.MockTransport(lambda request: _as_httpx(served(request)))) as old:
        statuses = [old.post(BASE_URL + LIST, json={}).status_code]
    statuses += [one.status_code for one in Calls("sync").post(auth, served, {"url": LIST, "json": {}})]

    assert statuses == [200, 200]
    assert served.nonces == sorted(set(served.nonces))


def _as_httpx(response: Any) -> httpx.Response:
    return httpx.Response(response.status_code, content=response.content)


@pytest.mark.parametrize("repeated", [False, True])
def test_request_keeps_the_class_of_its_library(calls: Calls, served: Served, repeated: bool) -> None:
    """The signed request is one of httpx2; with REPEAT_BODY_EXTENSION its body is the JSON of the payload."""
    call = {"url": LIST, "json": {}, "extensions": {REPEAT_BODY_EXTENSION: repeated}}
    seen: list[Any] = []

    def server(request: Any) -> Any:
        seen.append(request)
        return httpx2.Response(200)

    calls.post(served.auth(), server, call)

    assert type(seen[0]) is httpx2.Request
    assert type(seen[0].headers) is httpx2.Headers
    assert seen[0].content == (seen[0].extensions[SIGNED_EXTENSION].payload_json if repeated else b"")


def test_request_that_is_sent_again_is_signed_again(served: Served) -> None:
    """A request that is sent twice gets a new nonce, and both calls are accepted."""
    with httpx2.Client(auth=served.auth(), base_url=BASE_URL, transport=httpx2.MockTransport(served)) as client:
        request = client.build_request("POST", "/v1/clearing/new", json=TERMS)
        statuses = [client.send(request).status_code for _ in range(2)]

    assert statuses == [200, 200]
    assert len(set(served.nonces)) == 2


def test_streamed_body_is_signed_whole(served: Served) -> None:
    """A body that is a stream is read and signed, by sync and async clients."""

    def pieces() -> Iterator[bytes]:
        yield b'{"symbol":'
        yield b'"btcusd"}'

    async def pieces_async() -> AsyncIterator[bytes]:
        for piece in pieces():
            yield piece

    found = [
        Calls(kind).post(served.auth(), served, {"url": LIST, "content": content})[0]
        for kind, content in (("sync", pieces()), ("async", pieces_async()))
    ]

    assert [one.request.extensions[SIGNED_EXTENSION].parameters for one in found] == [b'{"symbol":"btcusd"}'] * 2
    assert [one.status_code for one in found] == [200, 200]


def test_streamed_response_releases_the_lock_of_the_key(served: Served) -> None:
    """While a response is being read, the next call with the same key may be sent."""
    with (
        httpx2.Client(auth=served.auth(), base_url=BASE_URL, transport=httpx2.MockTransport(served)) as client,
        client.stream("POST", LIST, json={}) as first,
    ):
        assert client.post(LIST, json={}).status_code == 200
        assert first.read()


def test_concurrent_calls_are_all_accepted(served: Served) -> None:
    """Nonces of concurrent calls arrive in order, so that the exchange rejects none."""
    auth = served.auth()

    async def at_once() -> list[int]:
        transport = httpx2.MockTransport(served)
        async with httpx2.AsyncClient(auth=auth, base_url=BASE_URL, transport=transport) as client:
            return [one.status_code for one in await asyncio.gather(*(client.post(LIST, json={}) for _ in range(20)))]

    assert asyncio.run(at_once()) == [200] * 20
    assert served.nonces == sorted(set(served.nonces))


@pytest.mark.parametrize(
    ("url", "problem"),
    [("https://api.example.com/v1/clearing/list", "wrong origin"), (f"{LIST}?page=2", "query string is not signed")],
)
def test_request_that_must_not_be_signed_is_not_sent(calls: Calls, served: Served, url: str, problem: str) -> None:
    """A request to another origin, or with a query string, raises before anything is sent."""
    with pytest.raises(UnsignableRequestError, match=problem):
        calls.post(served.auth(), served, {"url": url, "json": {}})

    assert served.nonces == []


def test_redirect_is_not_followed(calls: Calls, served: Served) -> None:
    """A redirect to another origin is returned unchanged: the signed headers are sent to one address only."""
    hosts: list[str] = []

    def server(request: Any) -> Any:
        hosts.append(request.url.host)
        return httpx2.Response(307, headers={"Location": "https://api.example.com/v1/clearing/list"})

    (response,) = calls.post(served.auth(), server, {"url": LIST, "json": {}})

    assert (response.status_code, hosts) == (307, ["127.0.0.1"])


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_redirect_that_is_followed_gets_the_signed_headers(library: Any, served: Served) -> None:
    """The documentation warns of it: both libraries remove only `Authorization` for another origin."""
    hosts: list[str] = []

    def server(request: Any) -> Any:
        if "X-GEMINI-SIGNATURE" in request.headers:
            hosts.append(request.url.host)
        target = {"Location": "https://api.example.com/v1/clearing/list"}
        return library.Response(200) if request.url.host == "api.example.com" else library.Response(307, headers=target)

    with library.Client(auth=served.auth(), transport=library.MockTransport(server), follow_redirects=True) as client:
        client.post(f"http://127.0.0.1{LIST}", json={})

    assert hosts == ["127.0.0.1", "api.example.com"]


def test_lock_is_free_after_a_failed_send(calls: Calls, served: Served) -> None:
    """After a connection was lost, the next call with the same key is sent immediately."""
    auth = served.auth()

    def lose(request: Any) -> Any:
        raise httpx2.ReadError("lost")

    with pytest.raises(httpx2.ReadError):
        calls.post(auth, lose, {"url": LIST, "json": {}})

    assert calls.post(auth, served, {"url": LIST, "json": {}})[0].status_code == 200


def test_wait_for_the_lock_ends_with_the_pool_timeout(served: Served) -> None:
    """A call from inside a handler of the same key's call raises DeadlineError and is not sent."""
    auth = served.auth()

    def again(request: Any) -> Any:
        with pytest.raises(DeadlineError):
            Calls("sync").post(auth, served, {"url": LIST, "json": {}}, timeout=0.01)
        return httpx2.Response(200)

    Calls("sync").post(auth, again, {"url": LIST, "json": {}})

    assert served.nonces == []


def test_base_url_may_be_a_url_of_either_library(credentials: Credentials) -> None:
    """`base_url` is text, or a URL object of httpx or httpx2."""
    url = "https://api.gemini.com/proxy"

    origins = {repr(GeminiAuth(credentials, base_url=one)) for one in (url, httpx.URL(url), httpx2.URL(url))}

    assert len(origins) == 1


_ORDERS = {
    "httpx2 first": "import httpx2; {signer}; use(auth, httpx2)",
    "httpx2 after the signers": "import gemini_clearing_auth; import httpx2; {signer}; use(auth, httpx2)",
    "httpx2 after an object": "{signer}; import httpx2; use(auth, httpx2)",
    "httpx2 as httpx": "import httpx2; httpx2.alias_httpx(); {signer}; import httpx; use(auth, httpx)",
    "httpx only": "{signer}; import httpx; use(auth, httpx); assert 'httpx2' not in sys.modules",
}
_PROGRAM = """
import sys

def use(auth, library):
    assert isinstance(auth, library.Auth) and type(auth).__name__ == "GeminiAuth", type(auth)
    with library.Client(auth=auth, transport=library.MockTransport(lambda request: library.Response(200))) as client:
        sent = client.post("https://api.gemini.com/v1/clearing/list", json={{}}).request
    assert sent.headers["X-GEMINI-SIGNATURE"], sent.headers

{lines}
"""


@pytest.mark.parametrize("lines", _ORDERS.values(), ids=_ORDERS)
def test_order_of_the_imports_does_not_matter(lines: str) -> None:
    """A signer works in a client of httpx2 that was imported before or after it; without httpx2, nothing imports it."""
    signer = (
        "from gemini_clearing_auth import *; "
        'auth = GeminiAuth(Credentials("account-demo", "demo-secret"), base_url="https://api.gemini.com")'
    )
    program = _PROGRAM.format(lines=lines.format(signer=signer).replace("; ", "\n"))

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)

    assert done.stderr == ""
    assert done.returncode == 0
