"""Credentials: what is taken, and how each way of getting them wrong is told."""

from unittest.mock import ANY

import pytest

from gemini_clearing_auth import Credentials, OAuthToken
from gemini_clearing_auth._secrets import Secret
from gemini_clearing_auth.errors import CredentialsError, NotSentError

KEY, SECRET = "account-AbCdEfGhIjKl1234", "S3cr3tNobodyMaySee"

MALFORMED = [
    (None, r"must be a str, not NoneType\.$"),
    (12, r"must be a str, not int\.$"),
    (b"bytes", r"must be a str, not bytes: decode it first\.$"),
    (bytearray(b"bytes"), r"must be a str, not bytearray: decode it first\.$"),
    ("", "is empty"),
    (" \t\n", "is blank"),
    ("pasted\n", "has white space or a line break around it"),
    (" pasted", "has white space or a line break around it"),
    ("two words", "Character 4 of the .* is no visible ASCII character"),
    ("delete\x7f", "Character 7 of the .* is no visible ASCII character"),
    ("a\u200bb", "Character 2 of the .* is no visible ASCII character"),
    ("ключ", "Character 1 of the .* is no visible ASCII character"),
    ("a\ud800", "Character 2 of the .* is no visible ASCII character"),
    ("“quoted”", "Character 1 of the .* is no visible ASCII character"),
]


@pytest.mark.parametrize("key", [KEY, "master-AbCdEfGhIjKl1234", "legacy20charactersKey", "!~"])
def test_credentials_take_keys_with_and_without_prefix(key: str) -> None:
    """Whether a key is known is the exchange's to say."""
    assert Credentials(key, SECRET).api_key == key


@pytest.mark.parametrize(("value", "message"), MALFORMED)
def test_credentials_refuse_a_malformed_key(value: str, message: str) -> None:
    """The message names the key and what is wrong with it."""
    with pytest.raises(CredentialsError, match=message) as caught:
        Credentials(value, SECRET)

    assert "The API key" in str(caught.value) or "of the API key" in str(caught.value)


@pytest.mark.parametrize(("value", "message"), MALFORMED)
def test_credentials_refuse_a_malformed_secret(value: str, message: str) -> None:
    """The message names the secret and what is wrong with it, without showing it."""
    with pytest.raises(CredentialsError, match=message) as caught:
        Credentials(KEY, value)

    assert "API secret" in str(caught.value)


@pytest.mark.parametrize(("value", "message"), MALFORMED)
def test_oauth_token_refuses_what_is_malformed(value: str, message: str) -> None:
    """A token is held to the same rules."""
    with pytest.raises(CredentialsError, match=message) as caught:
        OAuthToken(value)

    assert "OAuth token" in str(caught.value)


@pytest.mark.parametrize(("key", "secret"), [(SECRET, KEY), (KEY, KEY), (SECRET, SECRET)])
def test_credentials_refuse_a_key_in_place_of_the_secret(key: str, secret: str) -> None:
    """Swapped, the real secret would travel in the clear."""
    with pytest.raises(CredentialsError) as caught:
        Credentials(key, secret)

    assert str(caught.value) == "The API secret is an API key. Were the two swapped, or one of them pasted twice?"


def test_credentials_error_says_that_nothing_was_sent() -> None:
    """Whoever asks whether it happened gets an answer."""
    assert issubclass(CredentialsError, NotSentError)


def test_credentials_from_env_reads_both_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The two documented names are read."""
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv("GEMINI_API_SECRET", SECRET)

    assert Credentials.from_env() == Credentials(KEY, SECRET)


@pytest.mark.parametrize(
    "missing", [["GEMINI_API_KEY"], ["GEMINI_API_SECRET"], ["GEMINI_API_KEY", "GEMINI_API_SECRET"]]
)
def test_credentials_from_env_names_what_is_missing(monkeypatch: pytest.MonkeyPatch, missing: list[str]) -> None:
    """Each variable that is not set is named, and no other."""
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv("GEMINI_API_SECRET", SECRET)
    for name in missing:
        monkeypatch.delenv(name)

    with pytest.raises(CredentialsError, match=f"does not hold {' and '.join(missing)}\\."):
        Credentials.from_env()


def test_credentials_from_env_say_where_a_bad_value_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is set to nothing is told with its name."""
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv("GEMINI_API_SECRET", "")

    with pytest.raises(CredentialsError, match=r"API secret is empty\. .* GEMINI_API_SECRET\.$"):
        Credentials.from_env()


@pytest.mark.parametrize("other", [Credentials(KEY, "another"), Credentials("account-other", SECRET), "text"])
def test_credentials_differ_by_key_and_by_secret(other: object) -> None:
    """Both halves count."""
    assert Credentials(KEY, SECRET) != other


def test_credentials_leave_comparing_to_what_they_do_not_know() -> None:
    """Something that equals anything equals credentials too."""
    assert Credentials(KEY, SECRET) == ANY
    assert OAuthToken(SECRET) == ANY


def test_credentials_that_are_equal_have_one_hash() -> None:
    """They can be the keys of a dict."""
    assert len({Credentials(KEY, SECRET), Credentials(KEY, SECRET)}) == 1


def test_oauth_tokens_compare_by_value() -> None:
    """Two tokens are the same when their text is."""
    assert OAuthToken("a") == OAuthToken("a")
    assert OAuthToken("a") != OAuthToken("b")
    assert OAuthToken("a") != "a"


@pytest.mark.parametrize("holder", [OAuthToken(SECRET), Secret(b"secret")])
def test_secrets_have_no_hash(holder: object) -> None:
    """A hash of a secret is a hint at it."""
    with pytest.raises(TypeError, match="unhashable"):
        hash(holder)
