"""Credentials: accepted values, and the error for each malformed one."""

from unittest.mock import ANY

import pytest

from gemini_clearing_auth import Credentials, OAuthToken
from gemini_clearing_auth._secrets import Secret
from gemini_clearing_auth.errors import CredentialsError, NotSentError

KEY, SECRET = "account-AbCdEfGhIjKl1234", "S3cr3tNobodyMaySee"

MALFORMED = [
    (None, r"must be a str, not NoneType\.$"),
    (12, r"must be a str, not int\.$"),
    (b"bytes", r"must be a str, not bytes\. Decode it first\.$"),
    (bytearray(b"bytes"), r"must be a str, not bytearray\. Decode it first\.$"),
    ("", "is empty"),
    (" \t\n", "is blank"),
    ("pasted\n", "begins or ends with white space or a line break"),
    (" pasted", "begins or ends with white space or a line break"),
    ("two words", "contains white space or a line break: character 4"),
    ("two\r\nlines", "contains white space or a line break: character 4"),
    ("no-break\u00a0space", "contains white space or a line break: character 9"),
    ('"quoted"', "begins or ends with a quotation mark"),
    ("'quoted'", "begins or ends with a quotation mark"),
    ("`quoted`", "begins or ends with a quotation mark"),
    ('half-quoted"', "begins or ends with a quotation mark"),
    ("delete\x7f", "not visible ASCII: character 7"),
    ("a\u200bb", "not visible ASCII: character 2"),
    ("ключ", "not visible ASCII: character 1"),
    ("a\ud800", "not visible ASCII: character 2"),
    ("“quoted”", "not visible ASCII: character 1"),
]


@pytest.mark.parametrize("key", [KEY, "master-AbCdEfGhIjKl1234", "legacy20charactersKey", "!~"])
def test_credentials_accept_keys_with_and_without_prefix(key: str) -> None:
    """A key with or without a prefix is accepted."""
    assert Credentials(key, SECRET).api_key == key


@pytest.mark.parametrize(("value", "message"), MALFORMED)
def test_credentials_reject_a_malformed_key(value: str, message: str) -> None:
    """The message names the key and the problem."""
    with pytest.raises(CredentialsError, match=message) as caught:
        Credentials(value, SECRET)

    assert str(caught.value).startswith("the API key ")


@pytest.mark.parametrize(("value", "message"), MALFORMED)
def test_credentials_reject_a_malformed_secret(value: str, message: str) -> None:
    """The message names the secret and the problem, without the secret."""
    with pytest.raises(CredentialsError, match=message) as caught:
        Credentials(KEY, value)

    assert str(caught.value).startswith("the API secret ")
    assert not isinstance(value, str) or not value.strip() or value.strip() not in str(caught.value)


@pytest.mark.parametrize(("value", "message"), MALFORMED)
def test_oauth_token_rejects_malformed_values(value: str, message: str) -> None:
    """A token is validated by the same rules."""
    with pytest.raises(CredentialsError, match=message) as caught:
        OAuthToken(value)

    assert "OAuth token" in str(caught.value)


@pytest.mark.parametrize(("key", "secret"), [(SECRET, KEY), (KEY, KEY), (SECRET, SECRET), (SECRET, KEY.upper())])
def test_credentials_reject_a_key_as_secret(key: str, secret: str) -> None:
    """A secret that is a key is rejected, because the real secret would be sent as the key."""
    with pytest.raises(CredentialsError) as caught:
        Credentials(key, secret)

    assert str(caught.value) == (
        "the API secret is an API key. Check whether key and secret were exchanged, or one pasted twice."
    )


@pytest.mark.parametrize("value", ["Bearer abc", "bearer abc", " Bearer\tabc"])
def test_oauth_token_rejects_the_word_bearer(value: str) -> None:
    """A token is passed without `Bearer`; the message names the problem and does not contain the token."""
    with pytest.raises(CredentialsError, match="begins with 'Bearer'") as caught:
        OAuthToken(value)

    assert "abc" not in str(caught.value)


def test_credentials_error_is_a_not_sent_error() -> None:
    """A CredentialsError means that nothing was sent."""
    assert issubclass(CredentialsError, NotSentError)


def test_credentials_from_env_reads_both_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Key and secret are read from the two documented variables."""
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv("GEMINI_API_SECRET", SECRET)

    assert Credentials.from_env() == Credentials(KEY, SECRET)


@pytest.mark.parametrize(
    "missing", [["GEMINI_API_KEY"], ["GEMINI_API_SECRET"], ["GEMINI_API_KEY", "GEMINI_API_SECRET"]]
)
def test_credentials_from_env_names_missing_variables(monkeypatch: pytest.MonkeyPatch, missing: list[str]) -> None:
    """The message names exactly the variables that are not set."""
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv("GEMINI_API_SECRET", SECRET)
    for name in missing:
        monkeypatch.delenv(name)

    with pytest.raises(CredentialsError, match=f"not set: {' and '.join(missing)}\\."):
        Credentials.from_env()


def test_credentials_from_env_names_the_source_of_a_bad_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """A malformed value is reported with the names of the variables."""
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv("GEMINI_API_SECRET", "")

    with pytest.raises(CredentialsError, match=r"API secret is empty\. .* GEMINI_API_SECRET\.$"):
        Credentials.from_env()


@pytest.mark.parametrize("other", [Credentials(KEY, "another"), Credentials("account-other", SECRET), "text"])
def test_credentials_differ_by_key_and_by_secret(other: object) -> None:
    """Credentials are equal when both key and secret are."""
    assert Credentials(KEY, SECRET) != other


def test_credentials_defer_to_other_types_in_comparisons() -> None:
    """Credentials equal an object that equals everything."""
    assert Credentials(KEY, SECRET) == ANY
    assert OAuthToken(SECRET) == ANY


def test_equal_credentials_have_the_same_hash() -> None:
    """Equal credentials are one key of a dict."""
    assert len({Credentials(KEY, SECRET), Credentials(KEY, SECRET)}) == 1


def test_oauth_tokens_compare_by_value() -> None:
    """Two tokens are equal when their text is."""
    assert OAuthToken("a") == OAuthToken("a")
    assert OAuthToken("a") != OAuthToken("b")
    assert OAuthToken("a") != "a"


@pytest.mark.parametrize("owner", [OAuthToken(SECRET), Secret(b"secret")])
def test_secrets_have_no_hash(owner: object) -> None:
    """Secrets and tokens cannot be hashed."""
    with pytest.raises(TypeError, match="unhashable"):
        hash(owner)
