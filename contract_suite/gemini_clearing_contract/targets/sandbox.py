"""
Gemini's sandbox: a server that other people use.

Requests are sent slowly, nothing is changed without permission, and the suite's orders are canceled at the end. The
addresses in the spec decide whether a server is the sandbox or production, which is never tested.
"""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx
from attrs import define

from ..errors import TargetError
from ..spec import Spec, SpecOperation
from ..wire import (
    AUTHORIZATION_HEADER,
    KEY_HEADER,
    NO_BODY,
    OMITTED,
    AccessToken,
    Caller,
    Desk,
    MasterKey,
    WireRequest,
    WireResponse,
    payload_of,
    read_body,
    render_json,
    request_by,
)
from .connection import Certificates
from .http import HttpTarget
from .rate_limit import RateLimit

__all__ = ["RATE", "CleanUp", "SandboxTarget", "environment_of", "has_terms", "sandbox_desks", "sandbox_url"]

# The documentation recommends at most five requests a second; the network may deliver several of them together.
RATE = 4.0
KEY, SECRET, ACCOUNT, URL = "GEMINI_API_KEY", "GEMINI_API_SECRET", "GEMINI_COUNTERPARTY_ID", "GEMINI_SANDBOX_URL"

NextNonce = Callable[[Caller], Any]


@define
class Creation:
    """A request that may have created an order; without a clearing id, its outcome is unknown."""

    operation: SpecOperation
    caller: Caller
    body: dict[str, Any]
    sent_ms: Decimal
    clearing_id: str | None = None


@define
class CleanUp:
    """The result of canceling the suite's orders."""

    canceled: int = 0
    remaining: tuple[str, ...] = ()

    def __str__(self) -> str:
        done = f"Canceled {self.canceled} of the suite's orders that were still waiting."
        if not self.remaining:
            return done
        return f"{done} These may still wait; cancel them by hand: {', '.join(self.remaining)}."


class SandboxTarget(HttpTarget):
    """A server that is changed only with permission."""

    def __init__(
        self,
        base_url: str,
        desks: Iterable[Desk],
        spec: Spec,
        *,
        master_keys: Iterable[MasterKey] = (),
        tokens: Iterable[AccessToken] = (),
        timeout_s: float = 10,
        rate_limit: RateLimit | None = None,
        may_create_orders: bool = False,
        certificates: Certificates | None = None,
    ) -> None:
        limit = rate_limit or RateLimit(RATE)
        super().__init__(
            base_url, desks, master_keys=master_keys, tokens=tokens, timeout_s=timeout_s, rate_limit=limit,
            certificates=certificates,
        )  # fmt: skip
        self._spec = spec
        self._may_create_orders = may_create_orders
        self._creations: list[Creation] = []

    def send(self, request: WireRequest) -> WireResponse:
        """Send a request that is permitted, and record the order that it creates."""
        operation = self._spec.by_path.get(request.path)
        if operation is None or operation.is_safe:
            return super().send(request)
        if not self._may_create_orders:
            raise TargetError(f"{request.path} changes {self.name} and was not sent. Permit it with --place-orders.")
        if not operation.creates_order:
            return super().send(request)
        creation = Creation(operation, self._sender(request), payload_of(request), self.now_ms())
        # Recorded first: the request may arrive even if the response is lost.
        self._creations.append(creation)
        response = super().send(request)
        body = read_body(response)
        if isinstance(body, dict) and isinstance(body.get("clearing_id"), str):
            creation.clearing_id = body["clearing_id"]
        elif body is not NO_BODY and 400 <= response.status < 500:
            self._creations.remove(creation)
        return response

    @property
    def has_placed(self) -> bool:
        """Whether an order may have to be canceled."""
        return bool(self._creations)

    def clean_up(self, nonce: NextNonce, ended: Collection[str], foreign: Collection[str]) -> CleanUp:
        """
        Cancel every order that the suite created.

        Args:
            nonce: Returns a new nonce of a desk.
            ended: The clearing ids of orders that cannot be canceled any more.
            foreign: The clearing ids of orders that the suite did not create.
        """
        done, waiting = CleanUp(), [creation for creation in self._creations if creation.clearing_id not in ended]
        try:
            while waiting:
                for clearing_id in self._ids(waiting[0], nonce, foreign):
                    if self._cancel(waiting[0], clearing_id, nonce):
                        done.canceled += 1
                    elif self._may_be_confirmed(waiting[0], clearing_id, nonce):
                        done.remaining += (clearing_id,)
                waiting.pop(0)
        except (TargetError, KeyboardInterrupt):
            done.remaining += tuple(creation.clearing_id or "an order with unknown id" for creation in waiting)
        return done

    def _cancel(self, creation: Creation, clearing_id: str, nonce: NextNonce) -> bool:
        operation = creation.operation.links["cancel"]
        return self._query(creation, operation, nonce, clearing_id=clearing_id).get("result") == "ok"

    def _may_be_confirmed(self, creation: Creation, clearing_id: str, nonce: NextNonce) -> bool:
        """Whether a desk may still confirm the order; after the first of two confirmations it cannot be canceled."""
        response = self._query(creation, creation.operation.links["status"], nonce, clearing_id=clearing_id)
        if "status" not in response:
            return response.get("reason") != "OrderNotFound"
        events = self._spec.lifecycle["transitions"].get(str(response["status"]), {})
        return any(event.startswith("confirm") for event in events)

    def _ids(self, creation: Creation, nonce: NextNonce, foreign: Collection[str]) -> Iterator[str]:
        """Yield the order's id; if its response was lost, the ids of new orders with the same terms."""
        if creation.clearing_id:
            yield creation.clearing_id
            return
        resolve, known = creation.operation.resolve, {*foreign, *(one.clearing_id for one in self._creations)}
        start, end = resolve["window"]
        since, until = int(creation.sent_ms) - self.tolerance_ms, int(self.now_ms()) + self.tolerance_ms
        body = self._query(creation, resolve["query"], nonce, **{start: since, end: until})
        rows = next((value for value in body.values() if isinstance(value, list)), [])
        for row in rows:
            is_new = isinstance(row, dict) and row.get("clearing_id") not in known
            if is_new and has_terms(row, creation.body, resolve["match"]):
                yield str(row["clearing_id"])

    def _query(self, creation: Creation, operation: str, nonce: NextNonce, **fields: Any) -> dict[str, Any]:
        """Return the response to a request of the caller that created an order, for the same account."""
        called = self._spec.operations[operation]
        account = creation.body.get("account", OMITTED) if isinstance(creation.caller, MasterKey) else OMITTED
        own = {"request": called.path, "nonce": nonce(creation.caller), "account": account}
        payload = render_json({**own, **fields})
        request = request_by(creation.caller, called.path, payload, repeats_body=called.repeats_body)
        body = read_body(super().send(request))
        if not isinstance(body, dict):
            raise TargetError(f"{self.name} no longer responds as a server of this API.")
        return body

    def _sender(self, request: WireRequest) -> Caller:
        """Return the caller with the request's key or token; for an unknown one any desk."""
        token = (request.header(AUTHORIZATION_HEADER) or "").rpartition(" ")[2]
        callers: dict[str, Caller] = {one.token: one for one in self.tokens}
        callers |= {desk.api_key: desk for desk in (*self.desks, *self.master_keys)}
        return callers.get(request.header(KEY_HEADER) or token, self.desks[0])


def has_terms(row: dict[str, Any], sent: Mapping[str, Any], match: Mapping[str, str]) -> bool:
    """Whether a listed order has the terms of a request; `match` maps the request's fields to those of the row."""
    return bool(sent) and all(_equal(sent[ours], row.get(theirs)) for ours, theirs in match.items() if ours in sent)


def _equal(sent: object, listed: object) -> bool:
    try:
        return Decimal(str(sent)) == Decimal(str(listed))
    except InvalidOperation:
        return str(sent).upper() == str(listed).upper()


def environment_of(spec: Spec, base_url: str) -> str | None:
    """Return `production` or `sandbox` for an address of the exchange; None for any other server."""
    try:
        host = httpx.URL(base_url).host.rstrip(".")
    except httpx.InvalidURL:
        return None
    servers = spec.document["servers"]
    return next((server["x-environment"] for server in servers if httpx.URL(server["url"]).host == host), None)


def sandbox_url(spec: Spec) -> str:
    """Return the sandbox's address: the environment's if it has one, or the spec's."""
    documented = next(server["url"] for server in spec.document["servers"] if server["x-environment"] == "sandbox")
    return os.environ.get(URL) or str(documented)


def sandbox_desks() -> tuple[Desk, ...]:
    """
    Return the desk whose key is in the environment.

    Raises:
        TargetError: The key is missing.
    """
    key, secret = os.environ.get(KEY), os.environ.get(SECRET)
    if not key or not secret:
        raise TargetError(f"TARGET=sandbox needs {KEY} and {SECRET} in the environment.")
    # No response contains the account's own id; the placeholder is not the id of another account.
    return (Desk("initiator", key, secret, os.environ.get(ACCOUNT) or "(initiator)", frozenset({"Trader"})),)
