"""
The controls over HTTP, at ``/__mock__/…``: what ``Exchange`` offers in-process, as JSON.

Outside the API's own paths, and no part of it.  A browser's request from another site is refused, and where a token is
set, every request without it.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from ..errors import ControlError
from ..http._messages import Request, Response, json_response
from ..state._faults import Fault
from ._dashboard import dashboard_data

if TYPE_CHECKING:
    from .._exchange import Exchange

__all__ = ["CONTROLS", "ControlApi"]

CONTROLS = "/__mock__"

_CONSOLE = Path(__file__).parent / "console" / "index.html"

Wanted = TypeVar("Wanted")


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    """The root of what controls are told."""


class _Clock(_Body):
    freeze: bool | None = None
    advance_ms: int = 0
    set_ms: int | None = None


class _Balance(_Body):
    account: str
    currency: str
    amount: str


class _Alias(_Body):
    account: str
    counterparty: str
    alias: str


class _NewAccount(_Body):
    name: str
    counterparty_id: str
    group: str = "demo"
    balances: dict[str, str] = {}


class _NewKey(_Body):
    name: str
    account: str
    roles: tuple[str, ...] = ("Trader",)
    nonce: str = "incremental"
    heartbeat: bool = False


class ControlApi:
    """The controls of one exchange; with a ``token``, for those who have it."""

    def __init__(self, exchange: Exchange, token: str | None = None) -> None:
        self._exchange = exchange
        self._token = token
        self._routes: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", "/state"): self._state,
            ("GET", "/log"): self._log,
            ("GET", "/snapshot"): self._snapshot,
            ("POST", "/restore"): self._restore,
            ("POST", "/reset"): self._reset,
            ("POST", "/clock"): self._clock,
            ("POST", "/balances"): self._balance,
            ("POST", "/aliases"): self._alias,
            ("POST", "/accounts"): self._account,
            ("POST", "/keys"): self._key,
            ("GET", "/faults"): self._faults,
            ("POST", "/faults"): self._add_fault,
            ("DELETE", "/faults"): self._clear_faults,
        }

    def handle(self, request: Request) -> Response:
        """Carry out one control, or serve the console."""
        path = request.path.removeprefix(CONTROLS)
        if path in {"", "/"} and request.method == "GET":
            return _console()
        if not self._admits(request):
            return _refused(403, "This control needs the token that the server was started with.")
        if _is_foreign(request):
            return _refused(403, "Controls are not for pages of other sites.")
        try:
            return self._route(request, path)
        except ControlError as error:
            return _refused(400, str(error))

    def _route(self, request: Request, path: str) -> Response:
        if request.method == "DELETE" and path.startswith("/faults/"):
            self._exchange.faults.remove(path.removeprefix("/faults/"))
            return _done()
        if action := self._routes.get((request.method, path)):
            return action(request)
        methods = [method for method, known in self._routes if known == path]
        if methods:
            return _refused(405, f"{path} takes {' and '.join(methods)}.", {"allow": ", ".join(methods)})
        known = ", ".join(sorted({known for _, known in self._routes}))
        return _refused(404, f"There is no control '{path}'; there are {known}.")

    def _admits(self, request: Request) -> bool:
        if self._token is None:
            return True
        sent = request.headers.get("authorization", "")
        return hmac.compare_digest(sent.encode(), f"Bearer {self._token}".encode())

    def _state(self, _request: Request) -> Response:
        return json_response(200, dashboard_data(self._exchange))

    def _log(self, request: Request) -> Response:
        after = parse_qs(request.query).get("after", ["0"])[0]
        if not after.isdecimal():
            raise ControlError(f"after={after} is not the number of a request.")
        return json_response(200, [entry for entry in self._exchange.log if entry.number > int(after)])

    def _snapshot(self, _request: Request) -> Response:
        return Response(200, {"content-type": "application/json"}, self._exchange.snapshot())

    def _restore(self, request: Request) -> Response:
        self._exchange.restore(request.body)
        return _done()

    def _reset(self, _request: Request) -> Response:
        self._exchange.reset()
        return _done()

    def _clock(self, request: Request) -> Response:
        wanted = _read(request, _Clock)
        clock = self._exchange.clock
        if wanted.freeze is not None:
            clock.freeze() if wanted.freeze else clock.resume()
        if wanted.set_ms is not None:
            clock.set(wanted.set_ms)
        if wanted.advance_ms:
            clock.advance(ms=wanted.advance_ms)
        return json_response(200, {"now_ms": clock.now_ms(), "frozen": clock.frozen})

    def _balance(self, request: Request) -> Response:
        wanted = _read(request, _Balance)
        self._exchange.desks.set_balance(wanted.account, wanted.currency, wanted.amount)
        return _done()

    def _alias(self, request: Request) -> Response:
        wanted = _read(request, _Alias)
        self._exchange.desks.set_alias(wanted.account, wanted.counterparty, wanted.alias)
        return _done()

    def _account(self, request: Request) -> Response:
        wanted = _read(request, _NewAccount)
        self._exchange.desks.add_account(
            wanted.name, wanted.counterparty_id, group=wanted.group, balances=wanted.balances
        )
        return _done()

    def _key(self, request: Request) -> Response:
        wanted = _read(request, _NewKey)
        key = self._exchange.desks.add_key(
            wanted.name, account=wanted.account, roles=wanted.roles, nonce=wanted.nonce, heartbeat=wanted.heartbeat
        )
        return json_response(200, {"api_key": key.api_key, "api_secret": key.api_secret})

    def _faults(self, _request: Request) -> Response:
        return json_response(200, list(self._exchange.faults))

    def _add_fault(self, request: Request) -> Response:
        return json_response(200, self._exchange.faults.put(_read(request, Fault)))

    def _clear_faults(self, _request: Request) -> Response:
        self._exchange.faults.clear()
        return _done()


def _read(request: Request, wanted: type[Wanted]) -> Wanted:
    try:
        return msgspec.json.decode(request.body, type=wanted)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ControlError(f"The body cannot be read: {error}.") from None


def _done() -> Response:
    return json_response(200, {"result": "ok"})


def _refused(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return json_response(status, {"result": "error", "message": message}, headers)


def _is_foreign(request: Request) -> bool:
    origin: Any = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


def _console() -> Response:
    headers = {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-cache",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
        "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    }
    return Response(200, headers, _CONSOLE.read_bytes())
