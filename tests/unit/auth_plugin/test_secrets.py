"""Secrets never show: every way a program prints, keeps or passes on its objects is tried."""

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
holders = pytest.mark.parametrize("holder", [build() for build in HOLDERS.values()], ids=list(HOLDERS))


def shown(holder: object) -> str:
    """Whatever the usual ways of showing an object show."""
    attributes = getattr(holder, "__dict__", {})
    slots = [getattr(holder, name, None) for name in getattr(holder, "__slots__", ())]
    log = io.StringIO()
    logger = logging.Logger("shown")
    logger.addHandler(logging.StreamHandler(log))
    logger.warning("%s %r", holder, holder)
    return f"{holder} {holder!r} {[holder]} {pprint.pformat(holder)} {attributes} {slots} {log.getvalue()}"


@holders
def test_secret_does_not_show(holder: object) -> None:
    """Neither texts, logs nor attributes hold it, not even as bytes."""
    assert SECRET not in shown(holder)


@holders
def test_secret_is_not_pickled(holder: object) -> None:
    """A pickle would carry it out of the process, so it is refused in the project's own words."""
    with pytest.raises(CredentialsError, match="cannot be pickled"):
        pickle.dumps(holder)


@holders
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_secret_has_no_second_copy(holder: object, duplicate: Callable[[object], object]) -> None:
    """A copy is the object itself, so that settings which hold one may be copied."""
    assert duplicate(holder) is holder


def test_key_is_masked_in_what_the_project_prints() -> None:
    """A log tells which key it was, and not the key."""
    assert repr(Credentials(KEY, SECRET)) == "Credentials(api_key='account-…1234', api_secret=<secret>)"


def test_secret_shows_that_it_is_one() -> None:
    """In a list of local variables it can be told from an empty one."""
    assert f"{Secret(b'demo')}" == "<secret>"


def test_token_shows_its_kind_alone() -> None:
    """Of a token not even the end is told."""
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
    """Of a short key nothing shows but its kind."""
    assert masked in repr(Credentials(key, SECRET))


BAD_BUILDS: dict[str, Callable[[], object]] = {
    "line break": lambda: Credentials(KEY, SECRET + "\n"),
    "bad key": lambda: Credentials("", SECRET),
    "swapped": lambda: Credentials(SECRET, KEY),
    "token": lambda: OAuthToken(SECRET + " "),
    "no credentials": lambda: GeminiAuth(SECRET, base_url=BASE_URL),  # type: ignore[arg-type]
    "no token": lambda: GeminiOAuth(SECRET, base_url=BASE_URL),  # type: ignore[arg-type]
    "bad base url": lambda: GeminiAuth(Credentials(KEY, SECRET), base_url="ftp://127.0.0.1"),
}


@pytest.mark.parametrize("build", list(BAD_BUILDS.values()), ids=list(BAD_BUILDS))
def test_secret_is_not_in_the_traceback_of_a_bad_build(build: Callable[[], object]) -> None:
    """Tools that print tracebacks with all locals find no secret in this project's frames."""
    assert SECRET not in traceback_with_locals(build)


def test_secret_is_not_in_the_traceback_of_a_bad_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is not among the locals either."""
    monkeypatch.setenv("GEMINI_API_KEY", KEY + " ")
    monkeypatch.setenv("GEMINI_API_SECRET", SECRET)

    assert SECRET not in traceback_with_locals(Credentials.from_env)


@pytest.mark.parametrize("name", ["auth", "oauth"])
def test_secret_is_not_in_the_traceback_of_a_failed_call(name: str) -> None:
    """A transport that fails shows the frames of the signer; no secret stands in them."""

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
    """What a crash reporter would write down of the exception that the call ends in."""
    try:
        call()
    except Exception as error:
        return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    raise AssertionError("nothing was raised")
