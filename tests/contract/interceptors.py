"""
Ways to alter what passes between the suite and a server, for the tests: answers on their way back, requests on their
way in, and deliveries themselves.

Nothing here is in the catalogue of faults, and nothing of the suite knows of it.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from gemini_clearing_contract.spec import Spec
from gemini_clearing_contract.wire import (
    KEY_HEADER,
    PAYLOAD_HEADER,
    SIGNATURE_HEADER,
    Desk,
    WireRequest,
    WireResponse,
    decode_base64,
    encode_base64,
    parse_json,
    render_json,
    sign,
)
from tests.contract.proxy import Handle, Way

__all__ = ["MISSING", "PATHS", "Repairer", "answer", "body_of", "each", "payload_of", "refusal", "rows", "whole"]

Body = dict[str, Any]
MISSING: Any = object()
PATHS = {name: operation.path for name, operation in Spec().operations.items()}


def body_of(given: WireResponse) -> Body:
    """The JSON of an answer; empty where it is none."""
    try:
        body = parse_json(given.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def payload_of(request: WireRequest) -> Body:
    """The signed JSON of a request; empty where it is none."""
    try:
        body = parse_json(decode_base64(request.header(PAYLOAD_HEADER) or ""))
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def whole(change: Callable[[WireResponse], WireResponse]) -> Way:
    """Change every answer."""
    return lambda request, handle: change(handle(request))


def answer(operation: str, change: Callable[[Body], object]) -> Way:
    """Change what an operation answers when it says yes."""

    def way(request: WireRequest, handle: Handle) -> WireResponse:
        given = handle(request)
        body = body_of(given)
        if request.path != PATHS[operation] or given.status != 200 or body.get("result") in {"error", "failed"}:
            return given
        change(body)
        return WireResponse(given.status, given.headers, render_json(body))

    return way


def refusal(reason: str, change: Callable[[Body], object]) -> Way:
    """Change a refusal that comes with a reason."""

    def way(request: WireRequest, handle: Handle) -> WireResponse:
        given = handle(request)
        body = body_of(given)
        if body.get("reason") != reason:
            return given
        change(body)
        return WireResponse(given.status, given.headers, render_json(body))

    return way


def each(name: str, change: Callable[[Any], Any]) -> Callable[[Body], object]:
    """Change a field of an answer, or of every row in it."""

    def alter(body: Body) -> None:
        for part in (body, *body.get("orders", ()), *body.get("results", ())):
            if name in part:
                part[name] = change(part[name])

    return alter


def rows(change: Callable[[list[Body]], list[Body]]) -> Callable[[Body], object]:
    """Change which rows a list has."""

    def alter(body: Body) -> None:
        for name in ("orders", "results"):
            if body.get(name):
                body[name] = change(body[name])

    return alter


class Repairer:
    """Puts requests right on their way in; it knows every secret, as a gateway that signs for its users would."""

    def __init__(self, desks: tuple[Desk, ...]) -> None:
        self.desks = {desk.api_key: desk for desk in desks}
        self.named = {desk.name: desk for desk in desks}
        self.highest: dict[str, int] = {}

    def is_signed(self, request: WireRequest) -> bool:
        """Whether the signature is right."""
        desk = self.desks.get(request.header(KEY_HEADER) or "")
        return desk is not None and request.header(SIGNATURE_HEADER) == sign(
            request.header(PAYLOAD_HEADER) or "", desk.api_secret
        )

    def signed(self, request: WireRequest, text: str | None = None, desk: Desk | None = None) -> WireRequest:
        """The request with a right signature, over another payload or by another desk where one is given."""
        signer = desk or self.desks.get(request.header(KEY_HEADER) or "")
        payload = text if text is not None else request.header(PAYLOAD_HEADER)
        if signer is None or payload is None:
            return request
        ours = (
            (KEY_HEADER, signer.api_key),
            (PAYLOAD_HEADER, payload),
            (SIGNATURE_HEADER, sign(payload, signer.api_secret)),
        )
        names = {name.lower() for name, _ in ours}
        kept = tuple((name, value) for name, value in request.headers if name.lower() not in names)
        return WireRequest(request.method, request.path, (*kept, *ours), request.body)

    def with_payload(self, request: WireRequest, body: Body, desk: Desk | None = None) -> WireRequest:
        """The request with other JSON, signed rightly."""
        return self.signed(request, encode_base64(render_json(body)), desk)

    def renewed(self, request: WireRequest, body: Body, desk: Desk | None = None) -> WireRequest:
        """The request with a nonce above every one that has passed with its key."""
        key = desk.api_key if desk else request.header(KEY_HEADER) or ""
        self.highest[key] = self.highest.get(key, 0) + 1
        return self.with_payload(request, {**body, "nonce": self.highest[key]}, desk)

    def nonce(self, excuses: Callable[[Any, int], bool]) -> Way:
        """Renew a nonce that ought to be refused; the test says which, by the highest that has passed before."""

        def way(request: WireRequest, handle: Handle) -> WireResponse:
            body, key = payload_of(request), request.header(KEY_HEADER) or ""
            if not body or not self.is_signed(request):
                return handle(request)
            given = body.get("nonce", MISSING)
            if excuses(given, self.highest.get(key, 0)):
                return handle(self.renewed(request, body))
            came = handle(request)
            if isinstance(given, Decimal) and came.status != 400:
                self.highest[key] = int(given)
            return came

        return way

    def again(self, operation: str, desk: str | None = None) -> Way:
        """Send what was refused once more, as another desk where one is given; otherwise send everything twice."""

        def way(request: WireRequest, handle: Handle) -> WireResponse:
            given, body = handle(request), payload_of(request)
            key = self.named[desk].api_key if desk else request.header(KEY_HEADER) or ""
            nonce = body.get("nonce")
            if request.path != PATHS[operation] or not isinstance(nonce, Decimal) or not self.is_signed(request):
                return given
            self.highest[key] = max(self.highest.get(key, 0), int(nonce) + 1000)
            if desk is None:
                handle(self.renewed(request, body))
                return given
            is_refused = given.status != 200 or body_of(given).get("result") == "error"
            return handle(self.renewed(request, body, self.named[desk])) if is_refused else given

        return way

    def payload(self, change: Callable[[Body], object]) -> Way:
        """Change the JSON of every request that was rightly signed, and sign it again."""

        def way(request: WireRequest, handle: Handle) -> WireResponse:
            body = payload_of(request)
            if not body or not self.is_signed(request):
                return handle(request)
            before = render_json(body)
            change(body)
            return handle(request if render_json(body) == before else self.with_payload(request, body))

        return way

    def header(self, name: str, change: Callable[[str], str]) -> Way:
        """Change a header of every request that has it; whatever was signed before is signed again."""

        def way(request: WireRequest, handle: Handle) -> WireResponse:
            value = request.header(name)
            if value is None:
                return handle(request)
            kept = tuple(pair for pair in request.headers if pair[0].lower() != name.lower())
            altered = WireRequest(request.method, request.path, (*kept, (name, change(value))), request.body)
            return handle(self.signed(altered) if self.is_signed(request) else altered)

        return way
