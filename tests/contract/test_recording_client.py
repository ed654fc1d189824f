"""The client with a recorder: it lives in simulated time, and only while it is open."""

import logging
from datetime import timedelta
from email.utils import parsedate_to_datetime

import httpx

from gemini_clearing_contract.layers.tools.recording_client import ClientPair, Recorder
from gemini_clearing_contract.wire import Desk, WireResponse
from gemini_clearing_runtime import _time

DESK = Desk("initiator", "account-demo-initiator", "demo-secret", "R485E04Q", frozenset({"Trader"}))
LOST = WireResponse(502, {}, b"")
TOO_MANY = WireResponse(429, {"retry-after": "30"}, b"")


def test_open_pair_skips_the_waits_of_the_client() -> None:
    """Four attempts with 30 seconds between them take no time."""
    recorder = Recorder(lambda request: TOO_MANY)
    pair = ClientPair(DESK, recorder, timeout_s=600)
    start = _time.Clock().monotonic()

    pair.call("list_orders", {})
    pair.close()

    assert 4 == len(recorder.requests)
    assert _time.Clock().monotonic() - start < 20


def test_clock_is_restored_when_the_last_pair_is_closed() -> None:
    """Pairs that overlap share the clock that skips waits; after them the process has its own clock again."""
    before = _time.install(_time.Clock())
    _time.install(before)
    first, second = (ClientPair(DESK, Recorder(lambda request: TOO_MANY)) for _ in range(2))
    first.close()
    second.close()

    assert before is _time.install(before)


def test_log_level_of_the_process_is_restored() -> None:
    """Only while a pair is open the client's warnings are not logged: a test of the user may need them."""
    log = logging.getLogger("gemini_clearing")
    before = log.level
    pair = ClientPair(DESK, Recorder(lambda request: LOST))
    during = log.level
    pair.close()

    assert (before, logging.ERROR, before) == (before, during, log.level)


def test_waits_advance_the_clock_by_whole_seconds() -> None:
    """The client's waits are random; in simulated time they are not, so that two runs send the same queries."""
    pair = ClientPair(DESK, Recorder(lambda request: LOST), timeout_s=600)
    before_s = pair.now_s()

    pair.call("list_orders", {})
    waited_s = pair.now_s() - before_s
    pair.close()

    assert waited_s == 3


def test_responses_have_the_clients_time() -> None:
    """The exchange's clock runs with the client's: a constant `Date` would look like a clock that jumps."""
    recorder = Recorder(lambda request: LOST)
    pair = ClientPair(DESK, recorder)
    request = httpx.Request("POST", "http://127.0.0.1:9/v1/clearing/list")

    first = recorder.exchange(request).headers["date"]
    _time.sleep(3600)
    second = recorder.exchange(request).headers["date"]
    pair.close()

    assert parsedate_to_datetime(second) - parsedate_to_datetime(first) == timedelta(hours=1)
