"""Settings of a client: identity, exchange, timeout, and the errors for contradictory or unknown options."""

import inspect
import traceback
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

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
    """Remove the variables of this machine."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def environment(monkeypatch):
    """Return a function that sets variables for one test."""

    def set_variables(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(f"GEMINI_{name}", value)

    return set_variables


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
def test_client_uses_the_exchange_of_its_options(client, options, base_url):
    """The default is the sandbox, and the repr shows the base URL."""
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
def test_client_accepts_one_identity_in_any_form(options):
    """The identity is key and secret, both in one object, or a token."""
    DemoClient(**options).close()


def _locals_below_the_test(error: BaseException) -> Iterator[str]:
    """Yield the locals of an error's frames, as error trackers print them, without the frame of the test."""
    for chained in filter(None, (error, error.__context__)):
        for frame, _ in list(traceback.walk_tb(chained.__traceback__))[chained is error :]:
            for value in frame.f_locals.values():
                with suppress(Exception):  # a foreign object that is partly built
                    yield repr(value)


ADVICE = "Pass api_key and api_secret, credentials, or an OAuth token as auth."
ONE_IDENTITY = "Pass one identity: api_key and api_secret, credentials, or auth."
ENVIRONMENTS = "Valid environments: 'sandbox', 'production'."
SECONDS = "Pass a number of seconds greater than zero, at most 1e9."
OPTIONS = (
    "Valid options: api_key, api_secret, auth, credentials, environment, base_url, account, timeout, nonces, "
    "proxy, verify, max_response_bytes, journal, rate_limit, on_request, on_response, on_error, "
    "on_unknown, on_drift, strict, transport."
)
BOTH = {"auth": "token", "credentials": Credentials("account-demo", SECRET)}
INVALID: list[tuple[dict[str, Any], type[NotSentError], str]] = [
    ({}, CredentialsError, f"missing api_key and api_secret. {ADVICE}"),
    ({"api_key": "k"}, CredentialsError, f"missing api_secret. {ADVICE}"),
    ({"api_secret": SECRET}, CredentialsError, f"missing api_key. {ADVICE}"),
    (BOTH, CredentialsError, f"auth, credentials are given together. {ONE_IDENTITY}"),
    ({**KEY, "auth": SECRET}, CredentialsError, f"api_key, api_secret, auth are given together. {ONE_IDENTITY}"),
    ({"api_key": SECRET, "api_secret": ""}, CredentialsError, "the API secret is empty."),
    ({**KEY, "environment": "live"}, ArgumentError, f"unknown environment: 'live'. {ENVIRONMENTS}"),
    ({**KEY, "environment": ["sandbox"]}, ArgumentError, f"unknown environment: list. {ENVIRONMENTS}"),
    (
        {**KEY, "environment": "sandbox", "base_url": "https://x.test"},
        ArgumentError,
        "environment and base_url are both given. Pass only one of them.",
    ),
    ({**KEY, "timeout": 0}, ArgumentError, f"invalid timeout: 0. {SECONDS}"),
    ({**KEY, "timeout": None}, ArgumentError, f"invalid timeout: None. {SECONDS}"),
    ({**KEY, "timeout": True}, ArgumentError, f"invalid timeout: True. {SECONDS}"),
    ({**KEY, "timeout": float("nan")}, ArgumentError, f"invalid timeout: nan. {SECONDS}"),
    ({**KEY, "timeout": float("inf")}, ArgumentError, f"invalid timeout: inf. {SECONDS}"),
    ({**KEY, "enviroment": "production"}, ArgumentError, f"unknown option enviroment. {OPTIONS}"),
    ({**KEY, "api_secrett": SECRET, "acount": 1}, ArgumentError, f"unknown options api_secrett, acount. {OPTIONS}"),
    ({**KEY, "base_url": ""}, UnsignableRequestError, "base_url must be scheme and host only"),
    ({**KEY, "base_url": "http://exchange.test"}, UnsignableRequestError, "encrypted"),
    ({**KEY, "base_url": 5}, UnsignableRequestError, "base_url is not a URL"),
]


@pytest.mark.parametrize("client", [DemoClient, AsyncDemoClient])
@pytest.mark.parametrize(("options", "error", "message"), INVALID, ids=lambda part: None)
def test_client_rejects_invalid_options(client, options, error, message):
    """The error has the valid options or values. A misspelled option is never ignored."""
    with pytest.raises(error) as rejected:
        client(**dict(options))

    assert type(rejected.value) is error
    assert message in str(rejected.value)


@pytest.mark.parametrize("client", [DemoClient, AsyncDemoClient])
@pytest.mark.parametrize(("options", "error", "message"), INVALID, ids=lambda part: None)
@pytest.mark.parametrize("build", ["__call__", "from_env"])
def test_error_shows_no_secret_in_any_frame_of_its_traceback(client, options, error, message, build):
    """A traceback with locals, as error trackers record it, has no secret."""
    create = client if build == "__call__" else client.from_env

    with pytest.raises(NotSentError) as rejected:
        create(**dict(options))

    assert SECRET not in "".join(_locals_below_the_test(rejected.value))


@pytest.mark.parametrize("client", [DemoClient, AsyncDemoClient])
def test_from_env_reads_identity_and_exchange(client, environment):
    """Environment variables can set everything."""
    environment(API_KEY="account-demo", API_SECRET=SECRET, ENVIRONMENT="production", ACCOUNT="desk")
    made = client.from_env()

    assert repr(made) == f"{client.__name__}(base_url='https://real.exchange.test')"
    assert made._settings.account == "desk"


def test_from_env_reads_a_token_and_a_base_url(environment):
    """These are the alternatives for identity and exchange."""
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
def test_arguments_take_precedence_over_the_environment(overrides, environment):
    """A variable is not read, and not missed, if the argument is given."""
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


@pytest.mark.parametrize(("variables", "names"), MISSING)
def test_missing_identity_is_reported_with_the_names_of_the_variables(variables, names, environment):
    """The message has each missing variable."""
    environment(**variables)

    with pytest.raises(CredentialsError, match=f"^environment variable not set: {names}. "):
        DemoClient.from_env()


AMBIGUOUS = [
    ({"OAUTH_TOKEN": "token", "API_KEY": "k", "API_SECRET": SECRET},
     CredentialsError, "OAUTH_TOKEN and GEMINI_API_KEY"),
    ({"API_KEY": "k", "API_SECRET": SECRET, "BASE_URL": "https://x.test", "ENVIRONMENT": "sandbox"},
     ArgumentError, "BASE_URL and GEMINI_ENVIRONMENT"),
]  # fmt: skip


@pytest.mark.parametrize(("variables", "error", "names"), AMBIGUOUS)
def test_contradictory_variables_are_rejected(variables, error, names, environment):
    """An old variable must not decide silently where real orders are sent."""
    environment(**variables)

    with pytest.raises(error, match=f"^GEMINI_{names} are both set. Set only one of them.$"):
        DemoClient.from_env()


def test_client_sends_to_the_whole_path_below_its_base_url():
    """The base URL may have a path, as that of a proxy. The address is the same in every call."""
    seen = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(200, content=b'{"clearing_id":"A1"}')

    with DemoClient(**KEY, base_url="https://proxy.test/gemini/", transport=httpx.MockTransport(respond)) as client:
        client.read()
        client.read()

    assert seen == ["https://proxy.test/gemini/v1/read"] * 2


def test_default_timeout_is_thirty_seconds():
    """A client without a timeout has 30 seconds for each call."""
    with DemoClient(**KEY) as client:
        assert client._settings.timeout_s == 30


def test_settings_take_keyword_arguments_only():
    """An address cannot be passed as an account."""
    parameters = inspect.signature(Settings).parameters.values()

    assert {parameter.kind for parameter in parameters} == {inspect.Parameter.KEYWORD_ONLY}
