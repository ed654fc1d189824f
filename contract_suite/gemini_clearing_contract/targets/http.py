"""Any server over HTTP."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from types import FrameType

import httpx

from ..wire import Desk, WireRequest, WireResponse
from .rate_limit import RateLimit, retry_after_s
from .target import TargetError

__all__ = ["HttpTarget"]

# How often a request is repeated that came too fast, and how long a server may ask to hold back.
PATIENCE, LONGEST_PAUSE_S = 3, 60
# Hundreds of times what the longest list takes.
LARGEST_ANSWER = 64_000_000


class HttpTarget:
    """Any server, over HTTP, as a black box."""

    tolerance_ms = 5_000
    slack_ms = 400

    def __init__(
        self, base_url: str, desks: Iterable[Desk], *, timeout_s: float = 10, pace: RateLimit | None = None
    ) -> None:
        self.name = base_url.rstrip("/")
        self.desks = tuple(desks)
        self._timeout_s = timeout_s
        self._pace = pace or RateLimit()
        self._client = httpx.Client(timeout=timeout_s, follow_redirects=False, trust_env=False)

    def send(self, request: WireRequest) -> WireResponse:
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

    def _exchange(self, request: WireRequest) -> WireResponse:
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
        return WireResponse(answer.status_code, names, body)

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
