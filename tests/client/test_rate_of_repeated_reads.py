"""The requests of waits, walks and resolutions take slots of the rate limit, like those of other calls."""

from uuid import uuid4

import httpx
import pytest

from gemini_clearing import GeminiClearing, MaybeExecutedError, Outcome
from gemini_clearing_mock import Exchange
from gemini_clearing_runtime._key_rate import KeyRate
from tests.client.desks import BUY
from tests.client.many_rows import ManyRows
from tests.client.simulated_time import simulated_time


@pytest.fixture
def slots(monkeypatch):
    """Return the slots that were taken."""
    taken, take = [], KeyRate.take

    def count(rate, left_s):
        taken.append(left_s)
        return take(rate, left_s)

    monkeypatch.setattr(KeyRate, "take", count)
    return taken


def client_of(handler):
    """Return a client of a new key with a rate limit, which a client with its own transport otherwise does not have."""
    return GeminiClearing(
        api_key=f"account-{uuid4()}", api_secret="demo", transport=httpx.MockTransport(handler), rate_limit=5
    )


def test_wait_takes_a_slot_for_each_read(slots):
    """The order, and each read until it has expired."""
    with simulated_time() as simulated:
        exchange = Exchange(clock=simulated.clock)
        desk = exchange.account("initiator")
        with GeminiClearing(
            api_key=desk.api_key,
            api_secret=desk.api_secret,
            base_url="http://127.0.0.1",
            transport=exchange.transport(),
            rate_limit=5,
        ) as client:
            placed = client.create_order(**BUY, expires_in_hrs=1)
            client.wait_for_order(placed.clearing_id, until="Expired", timeout=7200)

    assert len(slots) == len(exchange.log) > 3


def test_walk_takes_a_slot_for_each_request(slots):
    """As many slots as the server has seen requests."""
    server = ManyRows(700)
    with simulated_time(), client_of(server) as client:
        assert len(list(client.iter_trades())) == 700

    assert len(slots) == server.requests > 2


def test_resolution_takes_a_slot_for_each_query(slots):
    """The write, and each query about it."""
    requests = []

    def respond(request):
        requests.append(request.url.path)
        if request.url.path.endswith("new"):
            raise httpx.ReadError("lost")
        return httpx.Response(200, json={"result": "success", "orders": []})

    with simulated_time(), client_of(respond) as client:
        with pytest.raises(MaybeExecutedError) as unknown:
            client.create_order(**BUY)
        assert unknown.value.resolve(timeout=120).outcome is Outcome.AMBIGUOUS

    assert len(slots) == len(requests) > 2
