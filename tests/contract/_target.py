"""
What is judged: the embedded mock, any server over HTTP, or Gemini's sandbox.

A target carries bytes and tells the time; whether an answer is right is none of its business.
A server that hangs, resets, or is not there is a `TargetError` with a sentence to read.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

import httpx

from contract._signer import Desk
from contract._wire import WireAnswer, WireRequest

__all__ = ["SANDBOX_URL", "EmbeddedTarget", "HttpTarget", "Target", "TargetError", "read_credentials", "sandbox_desks"]

SANDBOX_URL = "https://api.sandbox.gemini.com"
# Where a frozen clock starts: 2026-01-01 in milliseconds.
EMBEDDED_EPOCH_MS = 1_767_225_600_000


class TargetError(Exception):
    """The target cannot be judged: not there, silent, or not what was said."""


class Target(Protocol):
    """Something that answers requests."""

    name: str
    desks: tuple[Desk, ...]
    # How far the server's clock may be from the suite's, and how long what has happened may take to show.
    tolerance_ms: int
    slack_ms: int

    def send(self, request: WireRequest) -> WireAnswer:
        """Carry a request there and its answer back."""

    def now_ms(self) -> Decimal:
        """The suite's idea of the target's time."""

    def wait_ms(self, duration_ms: int) -> None:
        """Let this much of the target's time go by."""

    def fresh(self) -> Target:
        """The same target for a new layer; an embedded one starts from nothing."""

    def close(self) -> None:
        """Let go of what the target holds."""


class EmbeddedTarget:
    """The mock in this process, with its clock in the suite's hand."""

    name = "embedded mock"
    tolerance_ms = 0
    slack_ms = 0

    def __init__(self, exchange_factory: Any = None) -> None:
        from contract._embedded import make_exchange

        self._factory = exchange_factory or make_exchange
        self.exchange: Any
        self.clock: Any
        self.handle: Any
        self.exchange, self.clock, self.handle = self._factory(EMBEDDED_EPOCH_MS)
        self.desks = tuple(desk_of(vars_of(account)) for account in self.exchange.accounts)

    def send(self, request: WireRequest) -> WireAnswer:
        """Call the exchange's core; no socket in between."""
        return self.handle(request)  # type: ignore[no-any-return]

    def now_ms(self) -> Decimal:
        """The exchange's own time: it stands still until told."""
        return Decimal(self.clock.now_ms())

    def wait_ms(self, duration_ms: int) -> None:
        """Turn the exchange's clock."""
        self.clock.advance_ms(duration_ms)

    def fresh(self) -> EmbeddedTarget:
        """A new exchange of the same make."""
        return EmbeddedTarget(self._factory)

    def close(self) -> None:
        """There is nothing to let go of."""


class HttpTarget:
    """Any server, over HTTP, as a black box."""

    tolerance_ms = 5_000
    slack_ms = 400

    def __init__(self, base_url: str, desks: Iterable[Desk], *, timeout_s: float = 10, pause_s: float = 0) -> None:
        self.name = base_url.rstrip("/")
        self.desks = tuple(desks)
        self._timeout_s = timeout_s
        self._pause_s = pause_s
        self._client = httpx.Client(timeout=timeout_s, follow_redirects=False, trust_env=False)

    def send(self, request: WireRequest) -> WireAnswer:
        """One exchange of messages; every way to fail becomes a sentence."""
        if self._pause_s:
            time.sleep(self._pause_s)
        url = httpx.URL(self.name).copy_with(raw_path=request.path.encode())
        headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in request.headers]
        try:
            with _at_most(2 * self._timeout_s):
                answer = self._client.request(request.method, url, headers=headers, content=request.body)
        except httpx.ConnectError as error:
            raise TargetError(
                f"Nothing listens at {self.name} ({error}). Is the address right, and the server up?"
            ) from error
        except (httpx.TimeoutException, TimeoutError) as error:
            message = f"{self.name} gave no answer to {request.method} {request.path} within {self._timeout_s:g} s."
            raise TargetError(f"{message} It hangs, or needs a longer --timeout.") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            kind = type(error).__name__
            message = f"{self.name} broke off while answering {request.method} {request.path}: {kind} ({error})."
            raise TargetError(message) from error
        names = {name.lower(): value for name, value in answer.headers.items()}
        return WireAnswer(answer.status_code, names, answer.content)

    def now_ms(self) -> Decimal:
        """This machine's time."""
        return Decimal(time.time_ns() // 1_000_000)

    def wait_ms(self, duration_ms: int) -> None:
        """Wait, really."""
        time.sleep(duration_ms / 1000)

    def fresh(self) -> HttpTarget:
        """The server itself: a black box cannot be reset."""
        return self

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Bound the whole of a block: httpx's limits start anew with every byte that trickles in."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def give_up(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def vars_of(account: Any) -> dict[str, Any]:
    """An account as the mock prints it, from the object that holds it."""
    names = ("name", "api_key", "api_secret", "counterparty_id", "roles")
    return {name: getattr(account, name) for name in names}


def desk_of(entry: dict[str, Any]) -> Desk:
    """A desk from an entry of the credentials."""
    return Desk(
        name=str(entry["name"]),
        api_key=str(entry["api_key"]),
        api_secret=str(entry["api_secret"]),
        counterparty_id=str(entry.get("counterparty_id") or ""),
        roles=frozenset(entry.get("roles") or ("Trader",)),
    )


def read_credentials(path: Path) -> tuple[str | None, tuple[Desk, ...]]:
    """The base URL, if the file has one, and the desks, from JSON as the mock prints it."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        entries = content["accounts"]
        return content.get("base_url"), tuple(desk_of(entry) for entry in entries)
    except OSError as error:
        raise TargetError(f"The credentials file {path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        message = f"{path} does not hold credentials ({type(error).__name__}: {error})."
        raise TargetError(
            f'{message} Expected JSON: {{"accounts": [{{"name", "api_key", "api_secret", …}}]}}.'
        ) from error


def sandbox_desks() -> tuple[Desk, ...]:
    """The one desk whose keys stand in the environment."""
    key, secret = os.environ.get("GEMINI_API_KEY"), os.environ.get("GEMINI_API_SECRET")
    if not key or not secret:
        raise TargetError("TARGET=sandbox needs GEMINI_API_KEY and GEMINI_API_SECRET in the environment.")
    return (Desk("initiator", key, secret, os.environ.get("GEMINI_COUNTERPARTY_ID", ""), frozenset({"Trader"})),)
