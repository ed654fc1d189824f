"""The pause of an API key after a 429, which all clients of the key share."""

import pytest

from gemini_clearing_runtime import _key_pause
from gemini_clearing_runtime._key_pause import KeyPause, KeyPausedError, pause_of

pytestmark = pytest.mark.usefixtures("clock")


def test_key_is_paused_as_long_as_the_response_says(clock):
    """Until then, no call is sent; afterwards, every call."""
    pause = KeyPause()
    pause.record(429, 3.0)
    clock.now += 2.5

    with pytest.raises(KeyPausedError, match=r"^the API key is paused for 0\.50 s after a 429$") as paused:
        pause.check()
    clock.now += 0.5
    pause.check()

    assert (paused.value.left_s, pause.left_s()) == (0.5, 0)


@pytest.mark.parametrize("status", [200, 400, 500, 503])
def test_other_responses_start_no_pause(status):
    """Only a 429 is about the rate."""
    pause = KeyPause()
    pause.record(status, 3.0)

    assert pause.left_s() == 0


def test_pause_of_unknown_length_doubles_with_each_429_in_a_row(clock):
    """One second, two, four, at most thirty, and one again after another response."""
    pause, pauses = KeyPause(), []
    for status in [429] * 7 + [200, 429]:
        pause.record(status, None)
        pauses.append(pause.left_s())
        clock.now += 100

    assert pauses == [1, 2, 4, 8, 16, 30, 30, 0, 1]


def test_shorter_pause_does_not_end_a_longer_one():
    """A second 429 never brings the end of the pause nearer."""
    pause = KeyPause()
    pause.record(429, 9.0)
    pause.record(429, 1.0)

    assert pause.left_s() == 9


def test_clients_of_a_key_share_its_pause():
    """Another key and another exchange have their own."""
    pause = pause_of("https://a.test", "key")

    assert pause_of("https://a.test", "key") is pause
    assert pause_of("https://a.test", "other key") is not pause
    assert pause_of("https://b.test", "key") is not pause


def test_pauses_of_many_keys_do_not_fill_the_memory(monkeypatch):
    """Above a thousand, keys without a pause are dropped."""
    monkeypatch.setattr(_key_pause, "_pauses", {})
    paused = pause_of("https://a.test", "paused")
    paused.record(429, 9.0)
    for number in range(2500):
        pause_of("https://a.test", str(number))

    assert len(_key_pause._pauses) <= 1001
    assert pause_of("https://a.test", "paused") is paused
