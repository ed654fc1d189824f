"""How a client is set up: whose identity, which exchange, how long; and what is said when that is not clear."""

import traceback
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import attrs
import httpx
import pytest

from gemini_clearing_auth import Credentials, OAuthToken, TimeBasedNonces
from gemini_clearing_runtime._settings import Settings
from gemini_clearing_runtime.errors import ArgumentError, CredentialsError, NotSentError, UnsignableRequestError
from tests.unit.client_runtime.scripted import AsyncDemoClient, DemoClient

SECRET = "s3cr3t-that-must-not-show"
KEY: dict[str, Any] = {"api_key": "account-demo", "api_secret": SECRET}
VARIABLES = [
    "GEMINI_API_KEY", "GEMINI_API_SECRET", "GEMINI_OAUTH_TOKEN",
    "GEMINI_ENVIRONMENT", "GEMINI_BASE_URL", "GEMINI_ACCOUNT",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch):
    """No variable of the machine leads astray."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def environment(monkeypatch):
    """Set variables for one test."""

    def put(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(f"GEMINI_{name}", value)

    return put


@pytest.mark.parametrize("client", [DemoClient, AsyncDemoClient])
@pytest.mark.parametrize(
    ("options", "base_url"),
    [
        ({}, "https://exchange.test"),
        ({"environment": "sandbox"}, "https://exchange.test"),
        ({"environment": "production"}, "https://real.exchange.test"),
        ({"base_url": "http://127.0.0.1:8080"}, "http://127.0.0.1:8080"),
        ({"base_url": None, "environment": "production"}, "https://real.exchange.test"),
    ],
)
def test_client_goes_to_the_exchange_that_it_was_given(client, options, base_url):
    """The test exchange where nothing is said, and the base URL shows in the repr."""
    assert repr(client(**KEY, **options)) == f"{client.__name__}(base_url={base_url!r})"


@pytest.mark.parametrize(
    "options",
    [
        KEY,
        {"auth": "token"},
        {"auth": OAuthToken("token")},
        {"credentials": Credentials("account-demo", SECRET)},
        {**KEY, "nonces": TimeBasedNonces(), "timeout": 0.5, "account": "desk"},
    ],
    ids=lambda options: "-".join(options),
)
def test_client_takes_one_identity_in_any_form(options):
    """Key and secret, both in one, or a token."""
    DemoClient(**options).close()


def _shown_below_the_caller(error: BaseException) -> Iterator[str]:
    """What the frames of an error show, as error trackers print them; the first holds what the caller gave."""
    for chained in filter(None, (error, error.__context__)):
        for frame, _ in list(traceback.walk_tb(chained.__traceback__))[chained is error :]:
            for value in frame.f_locals.values():
                with suppress(Exception):  # of a foreign object, half-built
                    yield repr(value)


REFUSED: list[tuple[dict[str, Any], type[NotSentError], str]] = [
    ({}, CredentialsError, "api_key and api_secret must be given, or auth with an OAuth token in their place."),
    ({"api_key": "k"}, CredentialsError, "api_secret must be given, or auth with an OAuth token in their place."),
    ({"api_secret": SECRET}, CredentialsError, "api_key must be given, or auth with an OAuth token in their place."),
    ({"auth": "token", "credentials": Credentials("account-demo", SECRET)}, CredentialsError,
     "Give one identity, not auth and credentials: the exchange refuses two."),
    ({**KEY, "auth": SECRET}, CredentialsError,
     "Give one identity, not api_key and api_secret and auth: the exchange refuses two."),
    ({"api_key": SECRET, "api_secret": ""}, CredentialsError, "the API secret is empty."),
    ({**KEY, "environment": "live"}, ArgumentError, "environment must be 'sandbox' or 'production', not 'live'."),
    ({**KEY, "environment": ["sandbox"]}, ArgumentError,
     "environment must be 'sandbox' or 'production', not ['sandbox']."),
    ({**KEY, "environment": "sandbox", "base_url": "https://x.test"}, ArgumentError,
     "Give environment or base_url, not both: each says where the exchange is."),
    ({**KEY, "timeout": 0}, ArgumentError, "timeout must be seconds above zero, not 0."),
    ({**KEY, "timeout": None}, ArgumentError, "timeout must be seconds above zero, not None."),
    ({**KEY, "timeout": True}, ArgumentError, "timeout must be seconds above zero, not True."),
    ({**KEY, "timeout": float("nan")}, ArgumentError, "timeout must be seconds above zero, not nan."),
    ({**KEY, "timeout": float("inf")}, ArgumentError, "timeout must be seconds above zero, not inf."),
    ({**KEY, "enviroment": "production"}, ArgumentError,
     "There is no option enviroment; there are api_key, api_secret, auth, credentials, environment, base_url,"),
    ({**KEY, "api_secrett": SECRET, "acount": 1}, ArgumentError, "There is no option api_secrett or acount;"),
    ({**KEY, "base_url": ""}, UnsignableRequestError, "base_url must be scheme and host only"),
    ({**KEY, "base_url": "http://exchange.test"}, UnsignableRequestError, "is not encrypted"),
    ({**KEY, "base_url": 5}, UnsignableRequestError, "base_url is not a URL"),
]  # fmt: skip


@pytest.mark.parametrize("client", [DemoClient, AsyncDemoClient])
@pytest.mark.parametrize(("options", "error", "told"), REFUSED, ids=lambda part: None)
def test_client_refuses_what_is_not_clear(client, options, error, told):
    """With the project's own error and a sentence that says what to do; a misspelt option never counts as absent."""
    with pytest.raises(error) as refused:
        client(**dict(options))

    assert type(refused.value) is error
    assert told in str(refused.value)


@pytest.mark.parametrize("client", [DemoClient, AsyncDemoClient])
@pytest.mark.parametrize(("options", "error", "told"), REFUSED, ids=lambda part: None)
@pytest.mark.parametrize("build", ["__call__", "from_env"])
def test_refusal_shows_no_secret_in_any_frame_of_its_traceback(client, options, error, told, build):
    """A traceback with the locals of each frame, as error trackers take it, holds no secret."""
    made = client if build == "__call__" else client.from_env

    with pytest.raises(NotSentError) as refused:
        made(**dict(options))

    assert SECRET not in "".join(_shown_below_the_caller(refused.value))


@pytest.mark.parametrize("client", [DemoClient, AsyncDemoClient])
def test_environment_gives_identity_and_exchange(client, environment):
    """Everything can be said from outside."""
    environment(API_KEY="account-demo", API_SECRET=SECRET, ENVIRONMENT="production", ACCOUNT="desk")
    made = client.from_env()

    assert repr(made) == f"{client.__name__}(base_url='https://real.exchange.test')"
    assert made._settings.account == "desk"


def test_environment_may_hold_a_token_and_a_base_url(environment):
    """The other way to say both."""
    environment(OAUTH_TOKEN="token", BASE_URL="http://127.0.0.1:1")

    assert repr(DemoClient.from_env()) == "DemoClient(base_url='http://127.0.0.1:1')"


@pytest.mark.parametrize(
    "overrides",
    [
        {"credentials": Credentials("account-demo", SECRET)},
        {"auth": "token"},
        {**KEY, "base_url": "http://127.0.0.1:1", "account": None},
    ],
    ids=lambda overrides: "-".join(overrides),
)
def test_arguments_go_before_the_environment(overrides, environment):
    """What is given is not looked up, nor missed."""
    environment(ENVIRONMENT="production", ACCOUNT="desk", OAUTH_TOKEN="")
    made = DemoClient.from_env(**overrides)

    assert (made._settings.account, "127.0.0.1" in repr(made)) == (
        overrides.get("account", "desk"),
        "base_url" in overrides,
    )


MISSING = [
    ({}, "GEMINI_API_KEY and GEMINI_API_SECRET"),
    ({"API_KEY": "account-demo"}, "GEMINI_API_SECRET"),
    ({"API_SECRET": SECRET}, "GEMINI_API_KEY"),
]


@pytest.mark.parametrize(("variables", "named"), MISSING)
def test_environment_that_lacks_an_identity_is_told_by_the_variables_name(variables, named, environment):
    """Each missing variable is named, and what to do."""
    environment(**variables)

    with pytest.raises(CredentialsError, match=f"^environment variable not set: {named}. "):
        DemoClient.from_env()


AMBIGUOUS = [
    ({"OAUTH_TOKEN": "token", "API_KEY": "k", "API_SECRET": SECRET},
     CredentialsError, "OAUTH_TOKEN and GEMINI_API_KEY"),
    ({"API_KEY": "k", "API_SECRET": SECRET, "BASE_URL": "https://x.test", "ENVIRONMENT": "sandbox"},
     ArgumentError, "BASE_URL and GEMINI_ENVIRONMENT"),
]  # fmt: skip


@pytest.mark.parametrize(("variables", "error", "named"), AMBIGUOUS)
def test_environment_that_says_two_things_is_refused(variables, error, named, environment):
    """A left-over variable must not decide silently where real orders go."""
    environment(**variables)

    with pytest.raises(error, match=f"^The environment holds GEMINI_{named}, of which one can hold: unset the other"):
        DemoClient.from_env()


def test_client_asks_for_the_whole_path_below_its_base_url():
    """A proxy may put a path in front; the address is the same from the first call to the last."""
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(200, content=b'{"clearing_id":"A1"}')

    with DemoClient(**KEY, base_url="https://proxy.test/gemini/", transport=httpx.MockTransport(answer)) as client:
        client.read()
        client.read()

    assert seen == ["https://proxy.test/gemini/v1/read"] * 2


def test_call_takes_thirty_seconds_unless_told_otherwise():
    """Long enough for a slow answer, short enough for somebody who waits."""
    with DemoClient(**KEY) as client:
        assert client._settings.timeout_s == 30


def test_settings_are_made_by_names():
    """No address stands where an account should."""
    assert all(field.kw_only for field in attrs.fields(Settings))
