"""Secrets of every caller are found in error responses; the API key of the request itself is allowed."""

import json
from decimal import Decimal

import pytest

from gemini_clearing_contract.oracle.expected_outcome import ExpectedOutcome
from gemini_clearing_contract.oracle.key_ring import KeyRing
from gemini_clearing_contract.oracle.leaks import Leaks
from gemini_clearing_contract.wire import AccessToken, Desk, MasterKey, WireResponse

SENDER = Desk("desk", "account-desk", "secret-of-desk", "R485E04Q", frozenset())
OTHER = Desk("other", "account-other", "secret-of-other", "OM9VNL1G", frozenset())
GROUP = MasterKey("group", "master-key", "secret-of-group", "", frozenset())
TOKEN = AccessToken("reader", "token-of-reader", "R485E04Q", frozenset())
SLASHED = Desk("slashed", "account-slashed", "with-a/slash=", "0QOGOZXW", frozenset())
LEAKS = Leaks(KeyRing([SENDER, OTHER, SLASHED], lambda: Decimal(0), [GROUP], [TOKEN]))


def leaks(text: str, sender: Desk | None = SENDER) -> list[str]:
    """Return what is found in a message."""
    expected = ExpectedOutcome(None, sender, None, None, (), frozenset())
    body = json.dumps({"result": "error", "reason": "System", "message": text}).encode()
    return [problem.actual for problem in LEAKS.problems(expected, WireResponse(400, {}, body))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("secret-of-desk", "the API secret of desk"),
        ("the secret is 'secret-of-other'", "the API secret of other"),
        ("secret-of-group", "the API secret of master key group"),
        ("known keys: account-other", "the API key of other"),
        ("master-key", "the API key of master key group"),
        ("Bearer token-of-reader", "the access token reader"),
        ("with-a/slash=", "the API secret of slashed"),
    ],
)
def test_secret_is_found(text: str, found: str) -> None:
    """Each secret of a run is named, and not shown."""
    assert leaks(text) == [found]


@pytest.mark.parametrize("text", ["", "the role of account-desk", "account-desk2", "my-secret-of-desk", "account-othe"])
def test_other_text_is_no_secret(text: str) -> None:
    """The sender's API key, and a longer or shorter text than a secret, are allowed."""
    assert leaks(text) == []


def test_unknown_sender_has_no_key() -> None:
    """To a caller with an unknown key, every known key is a secret."""
    assert leaks("account-desk or account-other", None) == ["the API key of desk", "the API key of other"]


def test_secret_is_found_in_json_of_php_and_in_headers() -> None:
    """An escaped slash is a slash, and a header is a part of the response."""
    response = WireResponse(400, {"x-debug": "secret-of-other"}, b'{"message":"with-a\\/slash="}')
    expected = ExpectedOutcome(None, SENDER, None, None, (), frozenset())

    found = [(problem.place, problem.actual) for problem in LEAKS.problems(expected, response)]

    assert found == [("body", "the API secret of slashed"), ("header x-debug", "the API secret of other")]


def test_server_without_credentials_has_no_secrets() -> None:
    """Without keys, nothing is found."""
    expected = ExpectedOutcome(None, None, None, None, (), frozenset())

    assert list(Leaks(KeyRing([], lambda: Decimal(0))).problems(expected, WireResponse(400, {}, b"text"))) == []
