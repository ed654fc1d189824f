"""
The control API at `/__mock__/…`: the controls of `Exchange` over HTTP, with JSON bodies, and the console.

It is not part of the Clearing API. Requests from pages of other sites are rejected; if a token is set, so is every
request without it. `/__mock__/health` reports whether the exchange can serve requests, and is open to everyone.
"""

import hmac
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qs

import msgspec

from ..errors import ControlError, StateFileError
from ..http._messages import JSON, Request, Response, json_response
from ..state._faults import Fault
from ..state._transaction import TransactionManager
from ._clock import ExchangeClock
from ._dashboard import dashboard_data
from ._desks import DeskControl
from ._faults import FaultControl
from ._hosts import is_allowed_host, is_same_origin
from ._snapshots import SnapshotControl

__all__ = ["CONTROLS", "HEALTH", "ControlApi", "health", "is_control"]

CONTROLS = "/__mock__"
HEALTH = f"{CONTROLS}/health"

# int() rejects a text with more than 4300 digits.
_MAX_NUMBER_DIGITS = 20

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


def is_control(path: str) -> bool:
    """Return whether a path belongs to the control API."""
    return path == CONTROLS or path.startswith(f"{CONTROLS}/")


def health(transactions: TransactionManager) -> Response:
    """Return 200 if the state can be read, and otherwise 503 with the reason."""
    try:
        with transactions.begin():
            return _ok()
    except StateFileError as error:
        return _error(503, str(error))


class ControlApi:
    """
    The control API of one exchange.

    Args:
        transactions: access to the state.
        clock: the control of the clock.
        token: the bearer token that a request needs; `None` for none.
        allowed_hosts: the names in addition to those of loopback that a request's `Host` may have.
        allowed_origins: the origins in addition to the server's own from which pages may send requests.

    """

    def __init__(
        self,
        transactions: TransactionManager,
        clock: ExchangeClock,
        token: str | None = None,
        *,
        allowed_hosts: Collection[str] = (),
        allowed_origins: Collection[str] = (),
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._desks = DeskControl(transactions)
        self._faults = FaultControl(transactions)
        self._snapshots = SnapshotControl(transactions)
        self._token = token
        self._allowed_hosts = allowed_hosts
        self._allowed_origins = allowed_origins
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
        if request.method == "HEAD":
            # The adapter sends no body.
            request = msgspec.structs.replace(request, method="GET")
        path = request.path.removeprefix(CONTROLS)
        if request.path == HEALTH and request.method == "GET":
            return health(self._transactions)
        if path in {"", "/"} and request.method == "GET":
            return _console()
        if problem := self._rejection(request):
            return _error(403, problem)
        try:
            return self._route(request, path)
        except ControlError as error:
            return _error(400, str(error))
        except StateFileError as error:
            return _error(500, str(error))

    def _rejection(self, request: Request) -> str | None:
        """Return why a request may not use the controls, or `None`."""
        host, origin = request.headers.get("host"), request.headers.get("origin")
        if self._token is not None and not self._has_token(request):
            return "missing or wrong bearer token. Send the token that the server was started with."
        # With a token, the host may have any name: a page does not know the token.
        if self._token is None and not is_allowed_host(host, self._allowed_hosts):
            return (
                f"host {str(host)[:100]!r} is not a loopback name. Use localhost, or allow the name with "
                "--allow-host, in Python with allowed_hosts."
            )
        if origin not in self._allowed_origins and not is_same_origin(origin, host):
            return "cross-site request. Call the controls from the console or from a client."
        return None

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

    def _has_token(self, request: Request) -> bool:
        sent = request.headers.get("authorization", "")
        return hmac.compare_digest(sent.encode(), f"Bearer {self._token}".encode())

    def _get_state(self, _request: Request) -> Response:
        with self._transactions.begin() as transaction:
            data = dashboard_data(transaction)
        return json_response(200, data)

    def _get_log(self, request: Request) -> Response:
        after = parse_qs(request.query).get("after", ["0"])[0]
        if not after.isdecimal() or len(after) > _MAX_NUMBER_DIGITS:
            raise ControlError(f"invalid query parameter after={after[:100]}. Pass the number of a request.")
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
        with self._transactions.begin():
            now_ms = self._clock.change(freeze=body.freeze, set_ms=body.set_ms, advance_ms=body.advance_ms)
            return json_response(200, {"now_ms": now_ms, "frozen": self._clock.frozen})

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


def _console() -> Response:
    headers = {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-cache",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
        "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    }
    return Response(200, headers, _CONSOLE.read_bytes())
