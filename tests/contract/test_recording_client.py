"""The client with a recorder: it skips its waits, and only while it is open."""

from gemini_clearing_contract.layers.tools.recording_client import ClientPair, Recorder
from gemini_clearing_contract.wire import Desk, WireResponse
from gemini_clearing_runtime import _time

DESK = Desk("initiator", "account-demo-initiator", "demo-secret", "R485E04Q", frozenset({"Trader"}))
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
