"""The connection layer over real sockets: a caller for each kind of transport, and certificates for servers."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import trustme

from gemini_clearing_runtime._async_transport import AsyncNetworkTransport
from gemini_clearing_runtime._evidence import EVIDENCE, SendEvidence
from gemini_clearing_runtime._route import Proxy, Route
from gemini_clearing_runtime._transport import NetworkTransport

HOST = "exchange.test"


class Caller:
    """Sends requests over a transport of the runtime, sync or async; its methods block in either case."""

    def __init__(self, kind: str, route: Route) -> None:
        self.is_async = kind == "async"
        self.evidence = SendEvidence()
        self._runner = asyncio.Runner()
        self.client: Any = (
            httpx.AsyncClient(transport=AsyncNetworkTransport(route))
            if self.is_async
            else httpx.Client(transport=NetworkTransport(route))
        )
        self.url = f"{'http' if route.ssl_context is None else 'https'}://{route.authority}/v1/order"

    def post(self, content: bytes = b"", timeout: float = 5.0) -> str:
        """Send a request, and return the text of the response; `evidence` is that of this request."""
        self.evidence = SendEvidence()
        return self.run(self.start(content, timeout)).text if self.is_async else self.start(content, timeout).text

    def start(self, content: bytes = b"", timeout: float = 5.0) -> Any:
        """Send a request; a caller of an async transport must run or await the result."""
        extensions = {EVIDENCE: self.evidence}
        return self.client.post(self.url, content=content, timeout=timeout, extensions=extensions)

    def run(self, awaitable: Any) -> Any:
        """Run something in the caller's event loop."""

        async def wait() -> Any:
            return await awaitable

        return self._runner.run(wait())

    def close(self) -> None:
        """Close the transport and the event loop."""
        if self.client.is_closed:
            return
        if self.is_async:
            self.run(self.client.aclose())
        else:
            self.client.close()
        self._runner.close()


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    """Run the test with both kinds of transport."""
    return request.param


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Return a certificate authority that no machine trusts by default."""
    return trustme.CA()


@pytest.fixture(scope="session")
def server_context(authority: trustme.CA) -> ssl.SSLContext:
    """Return the TLS settings of a server on loopback, which is also `exchange.test` and `proxy.test`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost", HOST, "proxy.test").configure_cert(context)
    return context


@pytest.fixture(scope="session")
def client_context(authority: trustme.CA) -> ssl.SSLContext:
    """Return the TLS settings of a client that trusts the authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    return context


@pytest.fixture
def caller(kind: str) -> Iterator[Callable[..., Caller]]:
    """Make a caller for the server on a port of this machine, with TLS if it is given a context."""
    callers: list[Caller] = []

    def make(
        port: int, context: ssl.SSLContext | None = None, host: str = "127.0.0.1", proxy: Proxy | None = None
    ) -> Caller:
        callers.append(Caller(kind, Route(host=host, port=port, ssl_context=context, proxy=proxy)))
        return callers[-1]

    yield make
    for made in callers:
        made.close()
