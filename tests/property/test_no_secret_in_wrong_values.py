"""
No secret in any text after a secret was passed where another value belongs: in each option of each public callable.

The options are read from the signatures, so a new one is searched too. A frame of a called function has its arguments,
as that of every function of Python, so local variables are not searched; nor is the payload of a call that was sent.
"""

import asyncio
import inspect
import string
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gemini_clearing import (
    AsyncGeminiClearing,
    ClearingError,
    Credentials,
    FileNonces,
    GeminiClearing,
    IncrementalNonces,
    Journal,
    OAuthToken,
    OutcomeUnknownError,
    PollSchedule,
    RedisNonces,
    TimeBasedNonces,
)
from gemini_clearing_auth import GeminiAuth, GeminiOAuth, encode_payload, sign
from gemini_clearing_runtime import _time
from tests.client.simulated_time import simulated_time
from tests.property.test_no_secret_in_texts import reject
from tests.property.texts import Holder, found_in, number_of, object_texts, recorded_process

KEY, OTHER = "account-abcdefghijklmn", "a-secret-of-another-key"
once = settings(max_examples=1, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
pytestmark = pytest.mark.usefixtures("clean_environment")

# As the exchange makes them: letters in both cases, and digits.
SECRETS = st.permutations(string.ascii_letters[:20] + string.ascii_uppercase[:6] + "23456789").map(
    lambda characters: "Z9z" + "".join(characters)
)
Actions = Iterator[tuple[str, Callable[[], Any]]]


class _Text(str):
    """A text with its own `repr`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{self!s}>"


VALUES: dict[str, Callable[[str], Any]] = {
    "text": str,
    "own text": _Text,
    "URL": "https://user:{}@host".format,
    "bytes": str.encode,
    "number": number_of,
    "decimal": lambda secret: Decimal(number_of(secret)),
    "tuple": lambda secret: (secret, secret),
    "list": lambda secret: [secret],
    "set": lambda secret: {secret},
    "mapping": lambda secret: {"name": secret},
    "object": Holder,
    "error": ValueError,
    "function": lambda secret: partial(print, secret),
}
LOST = OutcomeUnknownError("lost", operation="list_orders", payload="{}", nonce=1, sent_at=_time.utc_now(), raw=None)
NEEDED: dict[str, Any] = {
    "symbol": "btcusd", "amount": "2", "price": "9500.00", "side": "buy", "clearing_id": "P0521QDV", "until": "Settled",
    "source_counterparty_id": "A", "target_counterparty_id": "B", "expires_in_hrs": 24, "method": "list_orders",
    "error": LOST,
    "credentials": Credentials(KEY, OTHER), "token": OAuthToken(OTHER), "base_url": "http://127.0.0.1",
    "api_key": KEY, "api_secret": OTHER, "payload": b"", "secret": b"", "path": "nonces", "parameters": b"{}",
    "request": "/v1/x", "nonce": 1, "url": "redis://127.0.0.1:1",
}  # fmt: skip
CLIENTS: list[Any] = [GeminiClearing, AsyncGeminiClearing]
OTHERS: list[Callable[..., Any]] = [
    Credentials, OAuthToken, FileNonces, RedisNonces, IncrementalNonces, TimeBasedNonces, GeminiAuth, GeminiOAuth,
    Journal, PollSchedule, encode_payload, sign,
]  # fmt: skip


def with_each(function: Callable[..., Any], value: Any, **given: Any) -> Actions:
    """Yield a call of a function for each of its parameters, which has the value there."""
    parameters = {name: one for name, one in inspect.signature(function).parameters.items() if name != "self"}
    needed = {name: NEEDED[name] for name, one in parameters.items() if one.default is one.empty and name in NEEDED}
    for name, parameter in parameters.items():
        named = {**needed, **given, name: value}
        if parameter.kind is parameter.VAR_KEYWORD:
            named.pop(name)
            named |= {str(value): value}
        positional = [named.pop(one.name) for one in parameters.values() if one.kind is one.POSITIONAL_ONLY]
        yield f"{function.__qualname__}({name})", partial(function, *positional, **named)


def of_clients(value: Any, secret: str, folder: Path) -> Actions:
    """Yield a call of each method of the clients with the value, and of their constructors."""
    own = {"api_key": KEY, "api_secret": secret, "base_url": "http://127.0.0.1"}
    for cls in CLIENTS:
        yield from with_each(cls, value, **own)
        yield from with_each(cls.from_env, value, **own)
        client = cls(**own, transport=httpx.MockTransport(reject), journal=folder / cls.__name__)
        for name, method in inspect.getmembers(client, inspect.ismethod):
            if not name.startswith("_") and method.__self__ is client:
                yield from with_each(method, value)


def texts_at_end(action: Callable[[], Any]) -> Iterator[tuple[str, str]]:
    """Run an action, and yield the texts of its result or of its error."""
    try:
        result = action()
        if hasattr(result, "__next__"):
            result = next(result, None)
        elif hasattr(result, "__anext__") or inspect.isawaitable(result):
            result = asyncio.run(_finished(result))
    except ClearingError as error:
        yield from _error_texts(error)
    else:
        if not isinstance(result, bytes):  # the payload of `encode_payload`
            yield from _searched("result", result)


async def _finished(result: Any) -> Any:
    return await (anext(result, None) if hasattr(result, "__anext__") else result)


def _error_texts(error: BaseException) -> Iterator[tuple[str, str]]:
    name = type(error).__name__
    yield from _searched(name, error)
    yield f"notes of {name}", repr(getattr(error, "__notes__", []))
    for cause in (error.__cause__, error.__context__):
        if cause is not None:
            yield from _error_texts(cause)


def _searched(name: str, thing: Any) -> Iterator[tuple[str, str]]:
    """Yield the texts of an object for a person, and all of an error that no call has raised."""
    has_all = isinstance(thing, BaseException) and getattr(thing, "raw", None) is None
    yield from (one for one in object_texts(name, thing) if has_all or one[0].startswith(("repr", "str", "format")))


@pytest.mark.parametrize("is_known", [True, False], ids=["own secret", "other secret"])
@pytest.mark.parametrize("form", VALUES)
@once
@given(secret=SECRETS)
def test_secret_in_place_of_another_value_is_in_no_text(
    is_known: bool, form: str, secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error shows a wrong value only if it cannot be a secret, and no exception of another package leaves ours."""
    monkeypatch.chdir(tmp_path)
    value, hidden = VALUES[form](secret), {"secret": secret, "number": str(number_of(secret))}
    found = []
    with simulated_time(), recorded_process() as logged:
        for name, action in of_clients(value, secret if is_known else OTHER, tmp_path):
            logged.clear()
            found += [f"{name}: {one}" for one in found_in([*texts_at_end(action), *logged], hidden)]

    assert found == []


@pytest.mark.parametrize("form", VALUES)
@once
@given(secret=SECRETS)
def test_secret_in_place_of_an_argument_of_another_class_is_in_no_text(
    form: str, secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for the classes and functions that a program uses with a client, or without one."""
    monkeypatch.chdir(tmp_path)
    value, hidden = VALUES[form](secret), {"secret": secret, "number": str(number_of(secret))}
    found = []
    used = Credentials(KEY, secret)
    with recorded_process() as logged:
        for function in OTHERS:
            for name, action in with_each(function, value):
                logged.clear()
                found += [f"{name}: {one}" for one in found_in([*texts_at_end(action), *logged], hidden)]

    assert found == []
    assert used == Credentials(KEY, secret)
