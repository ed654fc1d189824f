"""The option `rate_limit`: its values, its default, and the clients that share a limit."""

from typing import Any

import httpx
import pytest

from gemini_clearing_runtime.errors import ArgumentError
from tests.unit.client_runtime.scripted import AsyncDemoClient, DemoClient

KEY: dict[str, Any] = {"api_key": "account-rate", "api_secret": "demo", "base_url": "https://rate.test"}
SETTINGS = [
    ({}, 5.0),
    ({"rate_limit": 2}, 2.0),
    ({"rate_limit": "off"}, None),
    ({"base_url": "http://127.0.0.1:1"}, None),
    ({"base_url": "https://localhost"}, None),
    ({"base_url": "http://127.0.0.1:1", "rate_limit": 2}, 2.0),
    ({"transport": True}, None),
    ({"transport": True, "rate_limit": 2}, 2.0),
]


@pytest.mark.parametrize("kind", [DemoClient, AsyncDemoClient])
@pytest.mark.parametrize(("options", "per_second"), SETTINGS)
def test_rate_limit_is_the_advised_one_for_an_exchange_behind_the_network(kind, options, per_second):
    """A client with a transport, or for an exchange on this machine, has no limit without the option."""
    if options.get("transport"):
        options = {**options, "transport": httpx.MockTransport(lambda _: httpx.Response(200))}
    client = kind(**{**KEY, **options})

    assert client._settings.rate_per_s == per_second
    assert (client._context.rate is None) == (per_second is None)


def test_clients_of_a_key_share_its_rate_limit():
    """Sync, async and derived clients have the same one; another key, exchange or rate has its own."""
    first = DemoClient(**KEY)._context.rate

    assert AsyncDemoClient(**KEY)._context.rate is first
    assert DemoClient(**KEY).with_options(timeout=3)._context.rate is first
    assert DemoClient(**{**KEY, "base_url": f"{KEY['base_url']}/"})._context.rate is first
    assert DemoClient(**{**KEY, "api_key": "account-other"})._context.rate is not first
    assert DemoClient(**{**KEY, "base_url": "https://other.test"})._context.rate is not first
    assert DemoClient(**KEY, rate_limit=2)._context.rate is not first


@pytest.mark.parametrize("rate", [0, -1, 0.0001, 1e7, float("nan"), float("inf"), True, "5", "OFF", b"off", [5]])
def test_invalid_rate_limit_is_rejected(rate):
    """The error has the value, or the type of what may contain a secret, and the valid ones."""
    shown = type(rate).__name__ if isinstance(rate, bytes | list) else repr(rate)
    advice = "Pass a number of requests per second from 0.001 to 1e+06, or 'off'."
    with pytest.raises(ArgumentError) as caught:
        DemoClient(**KEY, rate_limit=rate)

    assert str(caught.value) == f"invalid rate_limit: {shown}. {advice}"


@pytest.mark.parametrize(("text", "per_second"), [("2.5", 2.5), ("off", None), ("", 5.0)])
def test_rate_limit_from_the_environment(text, per_second, monkeypatch):
    """An option takes precedence over the variable."""
    monkeypatch.setenv("GEMINI_RATE_LIMIT", text)

    assert DemoClient.from_env(**KEY)._settings.rate_per_s == per_second
    assert DemoClient.from_env(**KEY, rate_limit=7)._settings.rate_per_s == 7
    assert DemoClient(**KEY)._settings.rate_per_s == 5


def test_variable_that_is_no_rate_is_named(monkeypatch):
    """The error has the name of the variable, its value, and the valid values."""
    monkeypatch.setenv("GEMINI_RATE_LIMIT", "fast")
    with pytest.raises(ArgumentError, match=r"^invalid GEMINI_RATE_LIMIT: 'fast'\. Set a number .*, or 'off'\.$"):
        DemoClient.from_env(**KEY)
