"""The last step before the transport: what counts as evidence that nothing was sent, and the pause of the key."""

import asyncio
import unittest.mock

import httpx
import pytest

from gemini_clearing_runtime._evidence import EVIDENCE, SendEvidence
from gemini_clearing_runtime._gate import AsyncGate, Gate
from gemini_clearing_runtime._key_pause import KeyPause, KeyPausedError


class Failing(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that delivers, or does not, and then fails as if it could not connect."""

    def __init__(self, *, delivers=False):
        self.delivers = delivers

    def handle_request(self, request):
        """Fail."""
        if self.delivers and "trace" not in request.extensions:
            request.extensions[EVIDENCE]()
        raise httpx.ConnectTimeout("failed")

    async def handle_async_request(self, request):
        """Fail."""
        return self.handle_request(request)


class Reporting(Failing):
    """A transport that reports what it sends."""

    reports_sending = True


class Claiming(Failing):
    """A transport that declares something else."""

    reports_sending = "yes"


def attempt(kind, transport, pause=None):
    """Send a request through a gate; return the evidence, and the response or the exception."""
    evidence, pause = SendEvidence(), pause or KeyPause()
    request = httpx.Request("POST", "http://127.0.0.1:1/", extensions={EVIDENCE: evidence, "timeout": {"connect": 1}})
    try:
        if kind == "sync":
            return evidence, Gate(transport, pause).handle_request(request)
        return evidence, asyncio.run(AsyncGate(transport, pause).handle_async_request(request))
    except Exception as exc:
        return evidence, exc


@pytest.fixture(params=["sync", "async"])
def kind(request):
    """Run the test with both kinds of gate."""
    return request.param


@pytest.mark.parametrize(
    ("transport", "nothing_was_written"),
    [
        (Failing(), False),
        (Failing(delivers=True), False),
        (Claiming(), False),
        (Reporting(), True),
        (Reporting(delivers=True), False),
        (unittest.mock.MagicMock(spec=httpx.HTTPTransport), False),
    ],
    ids=["silent", "silent and delivering", "claiming", "reporting", "reporting and delivering", "mock object"],
)
def test_only_a_transport_that_reports_can_prove_that_nothing_was_sent(kind, transport, nothing_was_written):
    """The class of the exception proves nothing."""
    if isinstance(transport, unittest.mock.MagicMock):
        transport.handle_request.side_effect = transport.handle_async_request = unittest.mock.Mock(
            side_effect=httpx.ConnectTimeout("failed")
        )
    evidence, error = attempt(kind, transport)

    assert isinstance(error, httpx.ConnectTimeout)
    assert evidence.nothing_was_written is nothing_was_written


def test_transports_of_httpx_report_by_their_trace(kind):
    """Exactly these two classes: port 1 is closed, so nothing was sent."""
    transport = httpx.HTTPTransport() if kind == "sync" else httpx.AsyncHTTPTransport()

    evidence, error = attempt(kind, transport)

    assert isinstance(error, httpx.ConnectError)
    assert evidence.nothing_was_written


def test_subclass_of_a_transport_of_httpx_proves_nothing(kind):
    """It may send more than the class that it extends."""

    class Retrying(httpx.HTTPTransport):
        pass

    class AsyncRetrying(httpx.AsyncHTTPTransport):
        pass

    evidence, _ = attempt(kind, Retrying() if kind == "sync" else AsyncRetrying())

    assert not evidence.nothing_was_written


def test_response_429_pauses_the_key(kind):
    """The next request is not handed to the transport, and nothing was sent."""
    requests, pause = [], KeyPause()

    def limit(request):
        requests.append(request)
        return httpx.Response(429, headers={"Retry-After": "60"})

    attempt(kind, httpx.MockTransport(limit), pause)
    evidence, error = attempt(kind, httpx.MockTransport(limit), pause)

    assert isinstance(error, KeyPausedError)
    assert 59 < error.left_s <= 60
    assert evidence.nothing_was_written
    assert len(requests) == 1
    assert "<SendEvidence: nothing was written>" == repr(evidence)
