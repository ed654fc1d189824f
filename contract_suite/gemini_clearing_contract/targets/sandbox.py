"""
Gemini's sandbox as a target: somebody else's server, asked slowly, changed only if allowed, and left as it was found.

Whether it is production is told by the addresses in the spec; production is never judged.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx

from ..spec import Spec, SpecOperation
from ..wire import (
    KEY_HEADER,
    NO_BODY,
    PAYLOAD_HEADER,
    Desk,
    WireRequest,
    WireResponse,
    decode_base64,
    parse_json,
    read_body,
    render_json,
    signed_request,
)
from .http import HttpTarget
from .rate_limit import RateLimit
from .target import TargetError

__all__ = ["RATE", "CleanUp", "SandboxTarget", "environment_of", "sandbox_desks", "sandbox_url"]

# Gemini asks for at most five requests a second; four leave room for what the way there bunches together.
RATE = 4.0
KEY, SECRET, ACCOUNT, URL = "GEMINI_API_KEY", "GEMINI_API_SECRET", "GEMINI_COUNTERPARTY_ID", "GEMINI_SANDBOX_URL"


@dataclass
class Placement:
    """A request to place an order that was not refused; without a clearing id, nobody knows whether it happened."""

    operation: SpecOperation
    desk: Desk
    body: dict[str, Any]
    sent_ms: Decimal
    clearing_id: str | None = None


@dataclass
class CleanUp:
    """What became of the orders that the suite placed."""

    canceled: int = 0
    left: tuple[str, ...] = ()

    def __str__(self) -> str:
        done = f"Canceled {self.canceled} of the suite's orders that still waited."
        return (
            f"{done} These may still wait, and are left to be canceled by hand: {', '.join(self.left)}."
            if self.left
            else done
        )


class SandboxTarget(HttpTarget):
    """A server that is not ours: nothing that changes it is sent unless `places_orders`."""

    def __init__(
        self,
        base_url: str,
        desks: Iterable[Desk],
        spec: Spec,
        *,
        timeout_s: float = 10,
        pace: RateLimit | None = None,
        places_orders: bool = False,
    ) -> None:
        super().__init__(base_url, desks, timeout_s=timeout_s, pace=pace or RateLimit(RATE))
        self._spec = spec
        self._places_orders = places_orders
        self._placings: list[Placement] = []

    def send(self, request: WireRequest) -> WireResponse:
        """Carry a request that is allowed, and take down what it placed."""
        operation = self._spec.by_path.get(request.path)
        if operation is None or operation.raw["x-safe-to-repeat"]:
            return super().send(request)
        if not self._places_orders:
            raise TargetError(f"{request.path} would change {self.name}, which takes --place-orders; it was not sent.")
        if "window" not in operation.raw["x-resolve"]:
            return super().send(request)
        placing = Placement(operation, self._sender(request), _payload(request), self.now_ms())
        # Before it leaves: whatever happens on the way, it may have arrived.
        self._placings.append(placing)
        answer = super().send(request)
        body = read_body(answer)
        if isinstance(body, dict) and isinstance(body.get("clearing_id"), str):
            placing.clearing_id = body["clearing_id"]
        elif body is not NO_BODY and 400 <= answer.status < 500:
            self._placings.remove(placing)
        return answer

    @property
    def has_placed(self) -> bool:
        """Whether there may be anything to clean up."""
        return bool(self._placings)

    def clean_up(self, nonce: Callable[[Desk], Any], over: Collection[str], foreign: Collection[str]) -> CleanUp:
        """Cancel every order that the suite placed, except those that are over; leave those of others alone."""
        done, waiting = CleanUp(), [placing for placing in self._placings if placing.clearing_id not in over]
        try:
            while waiting:
                for clearing_id in self._ids(waiting[0], nonce, foreign):
                    if self._cancel(waiting[0].desk, clearing_id, nonce):
                        done.canceled += 1
                    elif self._waits(waiting[0].desk, clearing_id, nonce):
                        done.left += (clearing_id,)
                waiting.pop(0)
        except (TargetError, KeyboardInterrupt):
            done.left += tuple(placing.clearing_id or "one whose answer was lost" for placing in waiting)
        return done

    def _cancel(self, desk: Desk, clearing_id: str, nonce: Callable[[Desk], Any]) -> bool:
        return self._ask(desk, "cancel_order", nonce, clearing_id=clearing_id).get("result") == "ok"

    def _waits(self, desk: Desk, clearing_id: str, nonce: Callable[[Desk], Any]) -> bool:
        """Whether somebody may still confirm the order; one that is half confirmed nobody can cancel."""
        answer = self._ask(desk, "get_order", nonce, clearing_id=clearing_id)
        if "status" not in answer:
            return answer.get("reason") != "OrderNotFound"
        events = self._spec.lifecycle["transitions"].get(str(answer["status"]), {})
        return any(event.startswith("confirm") for event in events)

    def _ids(self, placing: Placement, nonce: Callable[[Desk], Any], foreign: Collection[str]) -> Iterator[str]:
        """The order's id; of one whose answer was lost, the ids of what looks like it and is no other order."""
        if placing.clearing_id:
            yield placing.clearing_id
            return
        resolve, known = placing.operation.raw["x-resolve"], {*foreign, *(one.clearing_id for one in self._placings)}
        start, end = resolve["window"]
        since, until = int(placing.sent_ms) - self.tolerance_ms, int(self.now_ms()) + self.tolerance_ms
        rows = self._ask(placing.desk, resolve["query"], nonce, **{start: since, end: until}).get("orders")
        for row in rows if isinstance(rows, list) else ():
            is_unknown = isinstance(row, dict) and row.get("clearing_id") not in known
            if is_unknown and _has_terms(row, placing.body, resolve["match"]):
                yield str(row["clearing_id"])

    def _ask(self, desk: Desk, operation: str, nonce: Callable[[Desk], Any], **fields: Any) -> dict[str, Any]:
        path = self._spec.operations[operation].path
        payload = render_json({"request": path, "nonce": nonce(desk), **fields})
        body = read_body(super().send(signed_request(desk, path, payload)))
        if not isinstance(body, dict):
            raise TargetError(f"{self.name} no longer answers as this API.")
        return body

    def _sender(self, request: WireRequest) -> Desk:
        """Whose request it is; one by an unknown key is refused, and if it is not, anybody may look after it."""
        return next((desk for desk in self.desks if desk.api_key == request.header(KEY_HEADER)), self.desks[0])


def _payload(request: WireRequest) -> dict[str, Any]:
    try:
        body = parse_json(decode_base64(request.header(PAYLOAD_HEADER) or ""))
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _has_terms(row: dict[str, Any], sent: Mapping[str, Any], match: Mapping[str, str]) -> bool:
    """Whether a listed order has the terms of a request; the spec says which field is which."""
    return bool(sent) and all(_equal(sent[ours], row.get(theirs)) for ours, theirs in match.items() if ours in sent)


def _equal(sent: object, told: object) -> bool:
    try:
        return Decimal(str(sent)) == Decimal(str(told))
    except InvalidOperation:
        return str(sent).upper() == str(told).upper()


def environment_of(spec: Spec, base_url: str) -> str | None:
    """Which of the exchange's own environments an address belongs to; None for any other server."""
    try:
        host = httpx.URL(base_url).host
    except httpx.InvalidURL:
        return None
    servers = spec.document["servers"]
    return next((server["x-environment"] for server in servers if httpx.URL(server["url"]).host == host), None)


def sandbox_url(spec: Spec) -> str:
    """The sandbox's address: the spec's, or what stands in the environment for a sandbox that is elsewhere."""
    known = next(server["url"] for server in spec.document["servers"] if server["x-environment"] == "sandbox")
    return os.environ.get(URL) or str(known)


def sandbox_desks() -> tuple[Desk, ...]:
    """The one desk whose keys stand in the environment."""
    key, secret = os.environ.get(KEY), os.environ.get(SECRET)
    if not key or not secret:
        raise TargetError(f"TARGET=sandbox needs {KEY} and {SECRET} in the environment.")
    # The account's own id is told by no answer to it; whatever stands for it is nobody else's.
    return (Desk("initiator", key, secret, os.environ.get(ACCOUNT) or "(initiator)", frozenset({"Trader"})),)
