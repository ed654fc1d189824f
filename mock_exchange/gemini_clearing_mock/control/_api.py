"""
The control API at `/__mock__/…`: the controls of `Exchange` over HTTP, with JSON bodies, and the console.

It is not part of the Clearing API. Requests from pages of other sites are rejected; if a token is set, so is every
request without it.
"""

import hmac
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from ..errors import ControlError
from ..http._messages import JSON, Request, Response, json_response
from ..state._faults import Fault
from ..state._transaction import TransactionManager
from ._clock import ExchangeClock
from ._dashboard import dashboard_data
from ._desks import DeskControl
from ._faults import FaultControl
from ._snapshots import SnapshotControl

__all__ = ["CONTROLS", "ControlApi"]

CONTROLS = "/__mock__"

_CONSOLE = Path(__file__).parent / "console" / "index.html"

Body = TypeVar("Body")


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    """Base class of the request bodies."""


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
    """
    The control API of one exchange.

    Args:
        transactions: access to the state.
        clock: the control of the clock.
        token: the bearer token that a request needs; `None` for none.

    """

    def __init__(self, transactions: TransactionManager, clock: ExchangeClock, token: str | None = None) -> None:
        self._transactions = transactions
        self._clock = clock
        self._desks = DeskControl(transactions)
        self._faults = FaultControl(transactions)
        self._snapshots = SnapshotControl(transactions)
        self._token = token
        self._routes: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", "/state"): self._get_state,
            ("GET", "/log"): self._get_log,
            ("GET", "/snapshot"): self._get_snapshot,
            ("POST", "/restore"): self._restore,
            ("POST", "/reset"): self._reset,
            ("POST", "/clock"): self._set_clock,
            ("POST", "/balances"): self._set_balance,
            ("POST", "/aliases"): self._set_alias,
            ("POST", "/accounts"): self._add_account,
            ("POST", "/keys"): self._add_key,
            ("GET", "/faults"): self._list_faults,
            ("POST", "/faults"): self._add_fault,
            ("DELETE", "/faults"): self._clear_faults,
        }

    def handle(self, request: Request) -> Response:
        """Return the response of a control, or the console."""
        path = request.path.removeprefix(CONTROLS)
        if path in {"", "/"} and request.method == "GET":
            return _console()
        if not self._is_authorized(request):
            return _error(403, "missing or wrong bearer token. Send the token that the server was started with.")
        if _is_cross_site(request):
            return _error(403, "cross-site request. Call the controls from the console or from a client.")
        try:
            return self._route(request, path)
        except ControlError as error:
            return _error(400, str(error))

    def _route(self, request: Request, path: str) -> Response:
        if request.method == "DELETE" and path.startswith("/faults/"):
            self._faults.remove(path.removeprefix("/faults/"))
            return _ok()
        if action := self._routes.get((request.method, path)):
            return action(request)
        methods = [method for method, known in self._routes if known == path]
        if methods:
            message = f"method {request.method} is not allowed for {path}. Use {' or '.join(methods)}."
            return _error(405, message, {"allow": ", ".join(methods)})
        known = ", ".join(sorted({known for _, known in self._routes}))
        return _error(404, f"unknown control '{path}'. Controls: {known}.")

    def _is_authorized(self, request: Request) -> bool:
        if self._token is None:
            return True
        sent = request.headers.get("authorization", "")
        return hmac.compare_digest(sent.encode(), f"Bearer {self._token}".encode())

    def _get_state(self, _request: Request) -> Response:
        with self._transactions.begin() as transaction:
            data = dashboard_data(transaction)
        return json_response(200, data)

    def _get_log(self, request: Request) -> Response:
        after = parse_qs(request.query).get("after", ["0"])[0]
        if not after.isdecimal():
            raise ControlError(f"invalid query parameter after={after}. Pass the number of a request.")
        with self._transactions.begin() as transaction:
            entries = transaction.state.logged_requests()
        return json_response(200, [entry for entry in entries if entry.number > int(after)])

    def _get_snapshot(self, _request: Request) -> Response:
        return Response(200, {"content-type": JSON}, self._snapshots.take())

    def _restore(self, request: Request) -> Response:
        self._snapshots.restore(request.body)
        return _ok()

    def _reset(self, _request: Request) -> Response:
        self._snapshots.reset()
        return _ok()

    def _set_clock(self, request: Request) -> Response:
        body = _decode(request, _Clock)
        if body.freeze is not None:
            self._clock.freeze() if body.freeze else self._clock.resume()
        if body.set_ms is not None:
            self._clock.set(body.set_ms)
        if body.advance_ms:
            self._clock.advance(ms=body.advance_ms)
        return json_response(200, {"now_ms": self._clock.now_ms(), "frozen": self._clock.frozen})

    def _set_balance(self, request: Request) -> Response:
        body = _decode(request, _Balance)
        self._desks.set_balance(body.account, body.currency, body.amount)
        return _ok()

    def _set_alias(self, request: Request) -> Response:
        body = _decode(request, _Alias)
        self._desks.set_alias(body.account, body.counterparty, body.alias)
        return _ok()

    def _add_account(self, request: Request) -> Response:
        body = _decode(request, _NewAccount)
        self._desks.add_account(body.name, body.counterparty_id, group=body.group, balances=body.balances)
        return _ok()

    def _add_key(self, request: Request) -> Response:
        body = _decode(request, _NewKey)
        key = self._desks.add_key(
            body.name, account=body.account, roles=body.roles, nonce=body.nonce, heartbeat=body.heartbeat
        )
        return json_response(200, {"api_key": key.api_key, "api_secret": key.api_secret})

    def _list_faults(self, _request: Request) -> Response:
        return json_response(200, list(self._faults))

    def _add_fault(self, request: Request) -> Response:
        return json_response(200, self._faults.put(_decode(request, Fault)))

    def _clear_faults(self, _request: Request) -> Response:
        self._faults.clear()
        return _ok()


def _decode(request: Request, body_type: type[Body]) -> Body:
    try:
        return msgspec.json.decode(request.body, type=body_type)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ControlError(f"invalid request body: {error}.") from None


def _ok() -> Response:
    return json_response(200, {"result": "ok"})


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return json_response(status, {"result": "error", "message": message}, headers)


def _is_cross_site(request: Request) -> bool:
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
