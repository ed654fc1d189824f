"""The common state of all calls of one client: the address, the facts about the exchange, and the hooks."""

from collections.abc import Iterator

import httpx
import msgspec

from gemini_clearing_auth._secrets import shown

from ._attempt_record import WriteLog
from ._drift import Drift
from ._events import DriftEvent
from ._exchange_clock import ExchangeClock
from ._hooks import Hook, Notify, notify
from ._key_rate import KeyRate
from ._known_writes import KnownWrites
from ._log import log as _log
from ._log_text import log_text
from .errors import ArgumentError, MaybeExecutedError

__all__ = ["CallContext", "check_flag"]

_MAX_DRIFT = 1000


class CallContext(msgspec.Struct, frozen=True, kw_only=True):
    """The common state of all calls of one client."""

    base_url: httpx.URL
    headers: list[tuple[bytes, bytes]]
    """The headers of every request. Those of the caller may be secret."""
    key: str
    """The fingerprint of the API key or token. A nonce of one key proves nothing about another key."""
    nonce_window_s: float | None = 0.0
    """
    How long the exchange may accept a request after it was sent, although it has accepted a later one.

    0 if nonces must increase: then a later request makes the exchange reject all earlier ones. None without any limit.
    """
    rate: KeyRate | None = None
    """The rate limit of the key; None for no limit."""
    max_attempts: int = 4
    """How often a call is sent at most."""
    on_request: Hook | None = None
    on_response: Hook | None = None
    on_error: Hook | None = None
    on_unknown: Hook | None = None
    on_drift: Hook | None = None
    strict: bool = False
    """Whether a call raises `DriftError` if a response has something that the spec does not list."""
    clock: ExchangeClock = msgspec.field(default_factory=ExchangeClock)
    writes: KnownWrites = msgspec.field(default_factory=KnownWrites)
    journal: WriteLog | None = None
    drift: dict[str, int] = msgspec.field(default_factory=dict)
    """The number of responses with each value, field, reason and status that the spec does not list, by description."""
    _passed: set[str] = msgspec.field(default_factory=set)
    """The descriptions that the hook got."""
    _urls: dict[str, httpx.URL] = msgspec.field(default_factory=dict)
    default_headers: httpx.Headers = msgspec.field(default_factory=httpx.Headers)
    """`headers` in the form that httpx copies fastest, for each request."""

    def __repr__(self) -> str:  # without the headers
        return f"CallContext(base_url={str(self.base_url)!r})"

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "default_headers", httpx.Headers(self.headers))

    def url(self, path: str) -> httpx.URL:
        """Return the address of an endpoint."""
        if (url := self._urls.get(path)) is None:
            url = self._urls[path] = self.base_url.copy_with(path=self.base_url.path.rstrip("/") + path)
        return url

    @property
    def is_observed(self) -> bool:
        """Whether a hook gets the events of attempts."""
        return not (self.on_request is None and self.on_response is None and self.on_error is None)

    def report_unknown(self, error: MaybeExecutedError) -> Iterator[Notify]:
        """Report a write with an unknown outcome to the log and to the hook."""
        _log.warning("%s", log_text(error))
        return notify(self.on_unknown, error)

    def pass_drift_on(self, operation: str, found: list[Drift], collected: list[DriftEvent] | None) -> Iterator[Notify]:
        """Count what a response has that the spec does not list, collect it for the call, and pass it to the hook."""
        for kind, description in dict.fromkeys(found):  # many rows of a list can have the same
            event = DriftEvent(operation=operation, kind=kind, description=description)
            if collected is not None:
                collected.append(event)
            yield from self._pass_on(event)

    def _pass_on(self, event: DriftEvent) -> Iterator[Notify]:
        """Count something that is already logged, and pass it to the hook, the first time that this client meets it."""
        description = event.description
        if description in self.drift or len(self.drift) < _MAX_DRIFT:
            self.drift[description] = self.drift.get(description, 0) + 1
        if self.on_drift is not None and description not in self._passed and len(self._passed) < _MAX_DRIFT:
            self._passed.add(description)
            yield from notify(self.on_drift, event)


def check_flag(name: str, value: object) -> bool:
    """
    Return an option that is True or False.

    Raises:
        ArgumentError: it is something else.
    """
    if not isinstance(value, bool):
        raise ArgumentError(f"invalid {name}: {shown(value)}. Pass True or False.")
    return value
