"""
No secret in any text after an option, an argument or an environment variable that is wrong, or that may hold one.

The wrong value itself is the secret: credentials of a wrong type, and URLs with a password, a token or a query. The
arguments of a caller's own function are not the client's to hide: a traceback is searched without those frames.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import Phase, given, settings

from gemini_clearing import AsyncGeminiClearing, GeminiClearing, UnsignableRequestError
from gemini_clearing_auth import Credentials, GeminiAuth, GeminiOAuth, OAuthToken
from tests.property.test_no_secret_in_texts import NAMES, SECRETS
from tests.property.texts import Holder, found_in, leaks, number_of, texts_of

KEY, OTHER = "account-abcdefghijklmn", "a-secret-of-another-key"
EXCHANGE = "https://api.gemini.test"
Options = dict[str, Any]
once = settings(max_examples=1, phases=[Phase.generate])

pytestmark = pytest.mark.usefixtures("clean_environment")

WRONG: dict[str, Callable[[str], object]] = {
    "bytes": str.encode,
    "bytearray": lambda secret: bytearray(secret, "ascii"),
    "number": number_of,
    "list": lambda secret: [secret],
    "tuple": lambda secret: (secret,),
    "mapping": lambda secret: {secret: secret},
    "object": Holder,
    "spaces": lambda secret: f" {secret}\n",
    "quotes": lambda secret: f"'{secret}'",
    "word": lambda secret: f"Bearer {secret}",
    "not ASCII": lambda secret: f"{secret}é",
}
PLACES: dict[str, Callable[[Any], Options]] = {
    "secret": lambda value: {"api_key": KEY, "api_secret": value},
    "key": lambda value: {"api_key": value, "api_secret": OTHER},
    "both": lambda value: {"api_key": value, "api_secret": value},
    "secret without key": lambda value: {"api_key": None, "api_secret": value},
    "token": lambda value: {"auth": value},
    "credentials": lambda value: {"credentials": value},
    "all": lambda value: dict.fromkeys(("api_key", "api_secret", "auth", "credentials"), value),
    "with a wrong environment": lambda value: {"api_key": KEY, "api_secret": str(value), "environment": "moon"},
    "with a wrong timeout": lambda value: {"auth": str(value), "timeout": -1},
    "with an unknown option": lambda value: {"api_key": KEY, "api_secret": str(value), "enviroment": "sandbox"},
}
CONSTRUCTORS: list[Callable[..., Any]] = [
    GeminiClearing,
    AsyncGeminiClearing,
    GeminiClearing.from_env,
    AsyncGeminiClearing.from_env,
]
OBJECTS: dict[str, Callable[[Any], Any]] = {
    "secret of Credentials": lambda value: Credentials(KEY, value),
    "key of Credentials": lambda value: Credentials(value, OTHER),
    "OAuthToken": OAuthToken,
    "credentials of GeminiAuth": lambda value: GeminiAuth(value, base_url=EXCHANGE),
    "token of GeminiOAuth": lambda value: GeminiOAuth(value, base_url=EXCHANGE),
}


def names_of(constructor: Any) -> str:
    """Return the name of a constructor."""
    return str(constructor.__qualname__)


@pytest.mark.parametrize("constructor", CONSTRUCTORS, ids=names_of)
@pytest.mark.parametrize("wrong", WRONG)
@once
@given(secret=SECRETS)
def test_wrong_credentials_are_in_no_text(constructor: Any, wrong: str, secret: str) -> None:
    """The error names the option and the type, and neither it nor a traceback with local variables has the value."""
    value = WRONG[wrong](secret)

    assert leaks({name: partial(constructor, **options(value)) for name, options in PLACES.items()}, secret) == []


@pytest.mark.parametrize("wrong", WRONG)
@once
@given(secret=SECRETS)
def test_wrong_credentials_of_the_auth_plugin_are_in_no_text(wrong: str, secret: str) -> None:
    """The same for the classes that a client of httpx uses directly."""
    value = WRONG[wrong](secret)

    assert leaks({name: partial(make, value) for name, make in OBJECTS.items()}, secret) == []


BASE_URLS = [
    "https://user:{}@api.gemini.com", "https://{}@api.gemini.com", "https://api.gemini.com?x={}",
    "https://api.gemini.com/v1?x={}", "https://api.gemini.com/#{}", "https://api.gemini.com:{}",
    "https://user:{}@api.gemini.com:port", "https://user:{}@[::1", "https://user:{}\x00@api.gemini.com",
    "http://user:{}@api.gemini.com", "http://api.gemini.com?x={}", "http://api.gemini.com/{}", "ftp://user:{}@host",
    "user:{}@host", "//user:{}@host", "http:{}", "https://api.gemini.com\n{}",
]  # fmt: skip


def values_of(forms: list[str], secret: str) -> dict[str, Any]:
    """Return the URLs of the forms with the secret, and values of other types that have it."""
    others = {"bytes": secret.encode(), "object": Holder(secret), "list": [secret]}
    return {form: form.format(secret) for form in forms} | others


@pytest.mark.parametrize("constructor", CONSTRUCTORS, ids=names_of)
@once
@given(secret=NAMES)
def test_secret_in_a_base_url_is_in_no_text(constructor: Any, secret: str) -> None:
    """A URL with a user name, a query or a fragment, or of a wrong type, is rejected without being shown."""
    make = partial(constructor, api_key=KEY, api_secret=OTHER)
    actions = {name: partial(make, base_url=value) for name, value in values_of(BASE_URLS, secret).items()}

    assert leaks(actions, secret) == []
    for action in actions.values():
        with pytest.raises(UnsignableRequestError):
            action()


@pytest.mark.parametrize("cls", [GeminiClearing, AsyncGeminiClearing])
@pytest.mark.parametrize("form", [form for form in BASE_URLS if "\0" not in form])
@once
@given(secret=NAMES)
def test_secret_in_the_variable_of_the_base_url_is_in_no_text(cls: Any, form: str, secret: str) -> None:
    """The same for `GEMINI_BASE_URL`, and for `GEMINI_ENVIRONMENT` with a URL instead of a name."""
    for variable in ("GEMINI_BASE_URL", "GEMINI_ENVIRONMENT"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(variable, form.format(secret))
            assert leaks({variable: partial(cls.from_env, api_key=KEY, api_secret=OTHER)}, secret) == []


@once
@given(secret=NAMES)
def test_secret_in_the_base_url_of_a_signer_is_in_no_text(secret: str) -> None:
    """The same for the classes that a client of httpx uses directly."""
    for make in (partial(GeminiAuth, Credentials(KEY, OTHER)), partial(GeminiOAuth, OAuthToken(OTHER))):
        actions = {name: partial(make, base_url=value) for name, value in values_of(BASE_URLS, secret).items()}
        assert leaks(actions, secret) == []


PROXY_URLS = [
    "http://user:{}@proxy.test:3128", "http://{}@proxy.test", "http://proxy.test/?k={}", "http://proxy.test/{}",
    "socks5://user:{}@proxy.test", "http://proxy.test:{}", "http://user:{}@", "http://user:{}@proxy.test:99999", "{}@",
    "user:{}", "http://user:{}@[::1", "http://user:{} @proxy.test", "http://user:{}/x@proxy.test:1:2",
    "ftp://proxy.test/{}", "ftp://proxy.test?token={}", "ftp://proxy.test#{}", "http://proxy.test:0/?{}",
]  # fmt: skip
NO_PROXY_ENTRIES = ["http://user:{}@host", "user:{}@host", "https://host?x={}", "a.test,https://user:{}@host/path"]


@pytest.mark.parametrize("cls", [GeminiClearing, AsyncGeminiClearing])
@once
@given(secret=NAMES)
def test_secret_in_a_proxy_is_in_no_text(cls: Any, secret: str) -> None:
    """Neither the client nor the error of a proxy that cannot be used has its user, password, path or query."""
    make = partial(cls, api_key=KEY, api_secret=OTHER, base_url=EXCHANGE)
    values = values_of(PROXY_URLS, secret)

    assert leaks({name: partial(make, proxy=value) for name, value in values.items()}, secret) == []


@pytest.mark.parametrize("cls", [GeminiClearing, AsyncGeminiClearing])
@pytest.mark.parametrize("form", PROXY_URLS)
@once
@given(secret=NAMES)
def test_secret_in_the_variable_of_a_proxy_is_in_no_text(cls: Any, form: str, secret: str) -> None:
    """The same for the variables that name a proxy."""
    for variable in ("HTTPS_PROXY", "all_proxy"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(variable, form.format(secret))
            make = partial(cls, api_key=KEY, api_secret=OTHER, base_url=EXCHANGE)
            assert leaks({variable: make}, secret) == []


@pytest.mark.parametrize("form", NO_PROXY_ENTRIES)
@once
@given(secret=NAMES)
def test_password_in_no_proxy_is_in_no_text(form: str, secret: str) -> None:
    """The error for an entry that is not a host shows it without its password and query."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
        patch.setenv("NO_PROXY", form.format(secret))
        texts = texts_of(lambda: GeminiClearing(api_key=KEY, api_secret=OTHER, base_url=EXCHANGE))

    assert any("ArgumentError" in place for place, _ in texts)
    assert found_in(texts, {"secret": secret}) == []
