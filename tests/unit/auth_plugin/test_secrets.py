"""Secrets stay hidden in every usual way to print, store or copy an object."""

import asyncio
import copy
import io
import logging
import pickle
import pprint
import traceback
from collections.abc import Callable

import httpx
import pytest

from gemini_clearing_auth import Credentials, GeminiAuth, GeminiOAuth, OAuthToken
from gemini_clearing_auth._secrets import Secret
from gemini_clearing_auth.errors import CredentialsError

SECRET = "S3cr3tNobodyMaySee"
KEY = "account-AbCdEfGhIjKl1234"
BASE_URL = "http://127.0.0.1"

HOLDERS: dict[str, Callable[[], object]] = {
    "credentials": lambda: Credentials(KEY, SECRET),
    "token": lambda: OAuthToken(SECRET),
    "auth": lambda: GeminiAuth(Credentials(KEY, SECRET), base_url=BASE_URL),
    "oauth": lambda: GeminiOAuth(OAuthToken(SECRET), base_url=BASE_URL),
}
holders = pytest.mark.parametrize("owner", [build() for build in HOLDERS.values()], ids=list(HOLDERS))


def shown(owner: object) -> str:
    """Return the text of every usual way to print or log an object."""
    attributes = getattr(owner, "__dict__", {})
    slots = [getattr(owner, name, None) for name in getattr(owner, "__slots__", ())]
    log = io.StringIO()
    logger = logging.Logger("shown")
    logger.addHandler(logging.StreamHandler(log))
    logger.warning("%s %r", owner, owner)
    return f"{owner} {owner!r} {[owner]} {pprint.pformat(owner)} {attributes} {slots} {log.getvalue()}"


@holders
def test_secret_is_hidden(owner: object) -> None:
    """Texts, logs and attributes do not contain the secret, not even as bytes."""
    assert SECRET not in shown(owner)


@holders
def test_secret_is_not_pickled(owner: object) -> None:
    """Pickling raises, because a pickle would take the secret out of the process."""
    with pytest.raises(CredentialsError, match="cannot be pickled"):
        pickle.dumps(owner)


@holders
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_secret_has_no_second_copy(owner: object, duplicate: Callable[[object], object]) -> None:
    """A copy is the object itself, so settings that hold one can be copied."""
    assert duplicate(owner) is owner


def test_key_is_masked_in_a_repr() -> None:
    """A repr shows the prefix and the last four characters of a key."""
    assert repr(Credentials(KEY, SECRET)) == "Credentials(api_key='account-…1234', api_secret=<secret>)"


def test_secret_has_a_repr_of_its_own() -> None:
    """A secret is shown as `<secret>`, not as empty text."""
    assert f"{Secret(b'demo')}" == "<secret>"


def test_token_is_hidden_completely() -> None:
    """The repr of a token shows no character of it."""
    assert repr(OAuthToken(SECRET)) == "OAuthToken(<secret>)"


@pytest.mark.parametrize(
    ("key", "masked"),
    [
        ("account-short", "'account-…'"),
        ("9f3c-4a77-bd10-77aa", "'…77aa'"),
        ("master-abcdefghijkl", "'master-…ijkl'"),
    ],
)
def test_key_is_masked_whatever_its_form(key: str, masked: str) -> None:
    """The repr of a short key shows its prefix only."""
    assert masked in repr(Credentials(key, SECRET))


BAD_BUILDS: dict[str, Callable[[], object]] = {
    "line break": lambda: Credentials(KEY, SECRET + "\n"),
    "bad key": lambda: Credentials("", SECRET),
    "swapped": lambda: Credentials(SECRET, KEY),
    "token": lambda: OAuthToken(SECRET + " "),
    "no credentials": lambda: GeminiAuth(SECRET, base_url=BASE_URL),  # type: ignore[arg-type]  # the wrong type is the case
    "no token": lambda: GeminiOAuth(SECRET, base_url=BASE_URL),  # type: ignore[arg-type]  # the wrong type is the case
    "bad base url": lambda: GeminiAuth(Credentials(KEY, SECRET), base_url="ftp://127.0.0.1"),
}


@pytest.mark.parametrize("build", list(BAD_BUILDS.values()), ids=list(BAD_BUILDS))
def test_secret_is_not_in_the_traceback_of_a_failed_construction(build: Callable[[], object]) -> None:
    """A traceback with local variables contains no secret when construction fails."""
    assert SECRET not in traceback_with_locals(build)


def test_secret_is_not_in_the_traceback_of_a_bad_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A traceback with local variables contains no secret when an environment variable is malformed."""
    monkeypatch.setenv("GEMINI_API_KEY", KEY + " ")
    monkeypatch.setenv("GEMINI_API_SECRET", SECRET)

    assert SECRET not in traceback_with_locals(Credentials.from_env)


@pytest.mark.parametrize("name", ["auth", "oauth"])
def test_secret_is_not_in_the_traceback_of_a_failed_call(name: str) -> None:
    """A traceback with local variables contains no secret when a transport fails."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no way", request=request)

    auth = HOLDERS[name]()
    assert isinstance(auth, httpx.Auth)

    def call() -> None:
        with httpx.Client(transport=httpx.MockTransport(fail), auth=auth) as client:
            client.post(f"{BASE_URL}/v1/clearing/list", content=b"{}")

    async def call_async() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(fail), auth=auth) as client:
            await client.post(f"{BASE_URL}/v1/clearing/list", content=b"{}")

    assert SECRET not in traceback_with_locals(call)
    assert SECRET not in traceback_with_locals(lambda: asyncio.run(call_async()))


def traceback_with_locals(call: Callable[[], object]) -> str:
    """Return the traceback of the call's exception, with local variables, as crash reporters store it."""
    try:
        call()
    except Exception as error:
        return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    raise AssertionError("nothing was raised")
