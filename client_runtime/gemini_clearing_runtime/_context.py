"""The common state of all calls of one client: the address, the facts about the exchange, and the hooks."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import attrs
import httpx

from ._attempt_record import WriteLog
from ._exchange_clock import ExchangeClock

__all__ = ["CallContext", "KnownWrites"]

_log = logging.getLogger("gemini_clearing")
_MAX_KNOWN = 100_000
_MAX_DRIFT = 1000


class KnownWrites:
    """
    The writes of this client, as far as they help to distinguish two orders with the same terms.

    The oldest writes are dropped.
    """

    def __init__(self) -> None:
        self._attempts: OrderedDict[str, str] = OrderedDict()
        self._found: OrderedDict[str, str] = OrderedDict()
        self._done: OrderedDict[Hashable, str] = OrderedDict()
        self._in_doubt: OrderedDict[str, Mapping[str, Any]] = OrderedDict()

    def add_order(self, order_id: str, attempt_id: str) -> None:
        """Register the write that placed an order, by its response. Its outcome is known now."""
        self._attempts[order_id] = attempt_id
        self._in_doubt.pop(attempt_id, None)
        _trim(self._attempts)

    def add_found(self, order_id: str, attempt_id: str) -> None:
        """Register the write for which a query found an order. That proves less than the response to the write."""
        self._found[order_id] = attempt_id
        self._in_doubt.pop(attempt_id, None)
        _trim(self._found)

    def add_done(self, operation: str, sent: Mapping[str, Any], attempt_id: str) -> None:
        """Register a write about an existing order that was executed, by its response."""
        self._done[operation, frozenset(sent.items())] = attempt_id
        _trim(self._done)

    def add_doubt(self, attempt_id: str, sent: Mapping[str, Any]) -> None:
        """Register the arguments of a write with an unknown outcome."""
        self._in_doubt[attempt_id] = sent
        _trim(self._in_doubt)

    def remove_doubt(self, attempt_id: str) -> None:
        """Remove a write that was not executed."""
        self._in_doubt.pop(attempt_id, None)

    def belongs_to_another(self, order_id: str, attempt_id: str) -> bool:
        """Return whether an order was placed by another write than this one, by the response to that write."""
        return self._attempts.get(order_id, attempt_id) != attempt_id

    def was_found_for_another(self, order_id: str, attempt_id: str) -> bool:
        """Return whether a query found an order for another write than this one."""
        return self._found.get(order_id, attempt_id) != attempt_id

    def was_done_by_another(self, operation: str, sent: Mapping[str, Any], attempt_id: str) -> bool:
        """Return whether another write with the same arguments was executed: a query shows the same for both."""
        return self._done.get((operation, frozenset(sent.items())), attempt_id) != attempt_id

    def has_twin_in_doubt(self, attempt_id: str, sent: Mapping[str, Any]) -> bool:
        """Return whether another write with the same arguments has an unknown outcome: one order could be either."""
        others = list(self._in_doubt.items())
        return any(other != attempt_id and arguments == sent for other, arguments in others)


def _trim(entries: OrderedDict[Any, Any]) -> None:
    while len(entries) > _MAX_KNOWN:
        entries.popitem(last=False)


@attrs.frozen(kw_only=True)
class CallContext:
    """The common state of all calls of one client."""

    base_url: httpx.URL
    headers: list[tuple[bytes, bytes]]
    key: str
    """The fingerprint of the API key or token. A nonce of one key proves nothing about another key."""
    nonce_window_s: float | None = 0.0
    """
    How long the exchange may accept a request after it was sent, although it has accepted a later one.

    0 if nonces must increase: then a later request makes the exchange reject all earlier ones. None without any limit.
    """
    on_unknown: Callable[[Exception], object] | None = None
    on_drift: Callable[[str], object] | None = None
    clock: ExchangeClock = attrs.field(factory=ExchangeClock)
    writes: KnownWrites = attrs.field(factory=KnownWrites)
    journal: WriteLog | None = None
    _drift: set[str] = attrs.field(factory=set, init=False)
    _urls: dict[str, httpx.URL] = attrs.field(factory=dict, init=False)

    def url(self, path: str) -> httpx.URL:
        """Return the address of an endpoint."""
        if (url := self._urls.get(path)) is None:
            url = self._urls[path] = self.base_url.copy_with(path=self.base_url.path.rstrip("/") + path)
        return url

    def report_unknown(self, error: Exception) -> None:
        """Report a write with an unknown outcome to the log and to the hook. An exception of the hook is logged."""
        _log.warning("%s", error)
        _run_hook(self.on_unknown, error)

    def report_drift(self, description: str) -> None:
        """Report something that the spec does not list to the log and to the hook."""
        _log.warning("%s", description)
        _run_hook(self.on_drift, description)

    def pass_drift_on(self, description: str) -> None:
        """Pass something that is already logged to the hook, the first time that this client meets it."""
        if self.on_drift is not None and description not in self._drift and len(self._drift) < _MAX_DRIFT:
            self._drift.add(description)
            _run_hook(self.on_drift, description)


def _run_hook(hook: Callable[..., object] | None, argument: object) -> None:
    if hook is not None:
        try:
            hook(argument)
        except Exception:
            # The hook must not replace the result of a call, least of all the error that it reports.
            _log.exception("the hook %r raised an exception", hook)
