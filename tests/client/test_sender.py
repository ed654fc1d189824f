"""The senders: one request is signed and passed to the transport, sync and async."""

import asyncio
from collections.abc import Callable, Generator

import httpx
import pytest

from gemini_clearing import NotSentError
from gemini_clearing_runtime._sender import AsyncSender, Sender

Flow = Generator[httpx.Request, httpx.Response, None]


class Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that records whether it was closed."""

    is_closed = False

    def close(self) -> None:
        """Close the body."""
        self.is_closed = True

    async def aclose(self) -> None:
        """Close the body."""
        self.is_closed = True


class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Records requests, and responds with statuses in turn."""

    def __init__(self, *statuses: int) -> None:
        self._statuses = iter(statuses)
        self.paths: list[str] = []
        self.bodies: list[Stream] = []
        self.closed = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Respond with the next status, or fail."""
        self.paths.append(request.url.path)
        status = next(self._statuses, None)
        if status is None:
            raise httpx.ConnectError("no status is left")
        self.bodies.append(Stream())
        return httpx.Response(status, headers={"location": "/moved"}, stream=self.bodies[-1])

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Do the same as `handle_request`."""
        return self.handle_request(request)

    def close(self) -> None:
        """Count the call."""
        self.closed += 1

    async def aclose(self) -> None:
        """Count the call."""
        self.closed += 1


class Signer(httpx.Auth):
    """Sends again after a 401, and rejects a 402."""

    is_released = False

    def auth_flow(self, request: httpx.Request) -> Flow:
        """Sign one or two requests."""
        try:
            response = yield request
            if response.status_code == 401:
                yield httpx.Request("POST", "https://host.test/again")
            if response.status_code == 402:
                raise NotSentError("rejected by the signer")
        finally:
            self.is_released = True


@pytest.fixture(params=["sync", "async"])
def send(request: pytest.FixtureRequest) -> Callable[[Signer, Transport], httpx.Response]:
    """Return a function that sends one request, and closes the sender twice."""

    def send_sync(signer: Signer, transport: Transport) -> httpx.Response:
        sender = Sender(signer, transport)
        try:
            return sender.send(httpx.Request("POST", "https://host.test/first"))
        finally:
            sender.close()
            sender.close()

    async def send_async(signer: Signer, transport: Transport) -> httpx.Response:
        sender = AsyncSender(signer, transport)
        try:
            return await sender.send(httpx.Request("POST", "https://host.test/first"))
        finally:
            await sender.close()
            await sender.close()

    if request.param == "sync":
        return send_sync
    return lambda signer, transport: asyncio.run(send_async(signer, transport))


def test_sender_returns_an_open_response(send):
    """The response is returned unread and open, and the transport is closed once."""
    signer, transport = Signer(), Transport(200)

    response = send(signer, transport)

    assert (response.status_code, transport.bodies[0].is_closed, transport.closed) == (200, False, 1)
    assert signer.is_released


def test_sender_follows_no_redirect(send):
    """A redirect is returned as it is: the signed headers never go to another address."""
    transport = Transport(307)

    assert send(Signer(), transport).status_code == 307
    assert transport.paths == ["/first"]


def test_sender_sends_each_request_of_the_signer(send):
    """If the signer yields another request after a response, that response is closed, and the request is sent."""
    transport = Transport(401, 200)

    assert send(Signer(), transport).status_code == 200
    assert transport.paths == ["/first", "/again"]
    assert [body.is_closed for body in transport.bodies] == [True, False]


def test_sender_closes_a_response_that_the_signer_rejects(send):
    """An exception of the signer passes on, and the response is closed."""
    signer, transport = Signer(), Transport(402)

    with pytest.raises(NotSentError, match="rejected by the signer"):
        send(signer, transport)
    assert transport.bodies[0].is_closed


def test_sender_releases_the_signer_if_the_transport_fails(send):
    """If the transport raises, the signer's flow is closed, so that the key's lock is free."""
    signer = Signer()

    with pytest.raises(httpx.ConnectError):
        send(signer, Transport())
    assert signer.is_released
