"""
What is judged: the embedded mock, or any server over HTTP; Gemini's sandbox stands in `sandbox.py`.

A target carries bytes and tells the time; whether an answer is right is none of its business.
A server that hangs, resets, or is not there is a `TargetError` with a sentence to read.
"""

from __future__ import annotations

import json
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

from .._signer import Desk
from .._wire import WireAnswer, WireRequest
from .pace import Pace, retry_after_s

__all__ = ["EmbeddedTarget", "HttpTarget", "Target", "TargetError", "read_credentials"]

# Where a frozen clock starts: 2026-01-01 in milliseconds.
EMBEDDED_EPOCH_MS = 1_767_225_600_000
# How often a request is repeated that came too fast, and how long a server may ask to hold back.
PATIENCE, LONGEST_PAUSE_S = 3, 60
# Hundreds of times what the longest list takes.
LARGEST_ANSWER = 64_000_000


class TargetError(BaseException):
    """
    The target cannot be judged: not there, silent, or not what was said.

    No `Exception`, because hypothesis would take one for a finding, try again, and forget it where it does not recur.
    """


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
        from .embedded import make_exchange

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

    def __init__(
        self, base_url: str, desks: Iterable[Desk], *, timeout_s: float = 10, pace: Pace | None = None
    ) -> None:
        self.name = base_url.rstrip("/")
        self.desks = tuple(desks)
        self._timeout_s = timeout_s
        self._pace = pace or Pace()
        self._client = httpx.Client(timeout=timeout_s, follow_redirects=False, trust_env=False)

    def send(self, request: WireRequest) -> WireAnswer:
        """Carry a request there; one that came too fast was not carried out, and is repeated as it stands."""
        for _ in range(PATIENCE):
            self._pace.wait()
            answer = self._exchange(request)
            if answer.status != 429:
                return answer
            pause_s = retry_after_s(answer.headers.get("retry-after"))
            if pause_s > LONGEST_PAUSE_S:
                raise TargetError(f"{self.name} answers 429 and asks to come back in {pause_s:.0f} s. Run again then.")
            self._pace.hold_back(pause_s)
        message = f"{self.name} answered {request.method} {request.path} with 429, {PATIENCE} times in a row."
        raise TargetError(f"{message} --rate sets how many requests leave in a second.")

    def _exchange(self, request: WireRequest) -> WireAnswer:
        """One exchange of messages; every way to fail becomes a sentence."""
        url = httpx.URL(self.name).copy_with(raw_path=request.path.encode())
        headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in request.headers]
        try:
            with (
                _at_most(2 * self._timeout_s),
                self._client.stream(request.method, url, headers=headers, content=request.body) as answer,
            ):
                body = self._read(answer)
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
        return WireAnswer(answer.status_code, names, body)

    def _read(self, answer: httpx.Response) -> bytes:
        """The whole body, if it is of a size that this API can have."""
        body = bytearray()
        for part in answer.iter_bytes():
            body += part
            if len(body) > LARGEST_ANSWER:
                raise TargetError(f"{self.name} answers with more than {LARGEST_ANSWER:,} bytes. Is it this API?")
        return bytes(body)

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
