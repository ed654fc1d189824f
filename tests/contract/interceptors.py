"""
Interceptors for the tests: they change responses, requests, or how often a request is delivered.

None of them is in the catalogue of seeded faults, and the suite contains no code for them.
"""

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
    encode_base64,
    parse_json,
    payload_of,
    render_json,
    sign,
)
from tests.contract.proxy import Handle, Interceptor

__all__ = ["MISSING", "PATHS", "RequestRepair", "body_of", "each", "error", "every_response", "rows", "success"]

Body = dict[str, Any]
MISSING: Any = object()
PATHS = {name: operation.path for name, operation in Spec().operations.items()}


def body_of(response: WireResponse) -> Body:
    """Return the JSON object of a response; empty if it is not one."""
    try:
        body = parse_json(response.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def every_response(change: Callable[[WireResponse], WireResponse]) -> Interceptor:
    """Change every response."""
    return lambda request, handle: change(handle(request))


def success(operation: str, change: Callable[[Body], object]) -> Interceptor:
    """Change the successful responses of an operation."""

    def intercept(request: WireRequest, handle: Handle) -> WireResponse:
        response = handle(request)
        body = body_of(response)
        is_error = response.status != 200 or body.get("result") in {"error", "failed"}
        if request.path != PATHS[operation] or is_error:
            return response
        change(body)
        return WireResponse(response.status, response.headers, render_json(body))

    return intercept


def error(reason: str, change: Callable[[Body], object]) -> Interceptor:
    """Change the error responses with a reason."""

    def intercept(request: WireRequest, handle: Handle) -> WireResponse:
        response = handle(request)
        body = body_of(response)
        if body.get("reason") != reason:
            return response
        change(body)
        return WireResponse(response.status, response.headers, render_json(body))

    return intercept


def each(name: str, change: Callable[[Any], Any]) -> Callable[[Body], object]:
    """Change a field of the response, or of every row in it."""

    def apply(body: Body) -> None:
        for part in (body, *body.get("orders", ()), *body.get("results", ())):
            if name in part:
                part[name] = change(part[name])

    return apply


def rows(change: Callable[[list[Body]], list[Body]]) -> Callable[[Body], object]:
    """Change the rows of a list that is not empty."""

    def apply(body: Body) -> None:
        for name in ("orders", "results"):
            if body.get(name):
                body[name] = change(body[name])

    return apply


class RequestRepair:
    """Corrects invalid requests; it has every secret, like a gateway that signs for its users."""

    def __init__(self, desks: tuple[Desk, ...]) -> None:
        self.desks = {desk.api_key: desk for desk in desks}
        self.by_name = {desk.name: desk for desk in desks}
        self.highest: dict[str, int] = {}

    def is_signed(self, request: WireRequest) -> bool:
        """Whether the signature is correct."""
        desk = self.desks.get(request.header(KEY_HEADER) or "")
        return desk is not None and request.header(SIGNATURE_HEADER) == sign(
            request.header(PAYLOAD_HEADER) or "", desk.api_secret
        )

    def signed(self, request: WireRequest, text: str | None = None, desk: Desk | None = None) -> WireRequest:
        """Return the request with a correct signature; another payload and another desk are possible."""
        signer = desk or self.desks.get(request.header(KEY_HEADER) or "")
        payload = text if text is not None else request.header(PAYLOAD_HEADER)
        if signer is None or payload is None:
            return request
        security = (
            (KEY_HEADER, signer.api_key),
            (PAYLOAD_HEADER, payload),
            (SIGNATURE_HEADER, sign(payload, signer.api_secret)),
        )
        names = {name.lower() for name, _ in security}
        kept = tuple((name, value) for name, value in request.headers if name.lower() not in names)
        return WireRequest(request.method, request.path, (*kept, *security), request.body)

    def with_payload(self, request: WireRequest, body: Body, desk: Desk | None = None) -> WireRequest:
        """Return the request with other JSON and a correct signature."""
        return self.signed(request, encode_base64(render_json(body)), desk)

    def with_new_nonce(self, request: WireRequest, body: Body, desk: Desk | None = None) -> WireRequest:
        """Return the request with a nonce above each earlier one of its key."""
        key = desk.api_key if desk else request.header(KEY_HEADER) or ""
        self.highest[key] = self.highest.get(key, 0) + 1
        return self.with_payload(request, {**body, "nonce": self.highest[key]}, desk)

    def nonce(self, is_corrected: Callable[[Any, int], bool]) -> Interceptor:
        """Replace an invalid nonce; `is_corrected` decides by the nonce and the highest earlier one."""

        def intercept(request: WireRequest, handle: Handle) -> WireResponse:
            body, key = payload_of(request), request.header(KEY_HEADER) or ""
            if not body or not self.is_signed(request):
                return handle(request)
            nonce = body.get("nonce", MISSING)
            if is_corrected(nonce, self.highest.get(key, 0)):
                return handle(self.with_new_nonce(request, body))
            response = handle(request)
            if isinstance(nonce, Decimal) and response.status != 400:
                self.highest[key] = int(nonce)
            return response

        return intercept

    def again(self, operation: str, desk: str | None = None) -> Interceptor:
        """Send a rejected request again as another desk; without a desk, send every request twice."""

        def intercept(request: WireRequest, handle: Handle) -> WireResponse:
            response, body = handle(request), payload_of(request)
            key = self.by_name[desk].api_key if desk else request.header(KEY_HEADER) or ""
            nonce = body.get("nonce")
            if request.path != PATHS[operation] or not isinstance(nonce, Decimal) or not self.is_signed(request):
                return response
            self.highest[key] = max(self.highest.get(key, 0), int(nonce) + 1000)
            if desk is None:
                handle(self.with_new_nonce(request, body))
                return response
            is_rejected = response.status != 200 or body_of(response).get("result") == "error"
            return handle(self.with_new_nonce(request, body, self.by_name[desk])) if is_rejected else response

        return intercept

    def payload(self, change: Callable[[Body], object]) -> Interceptor:
        """Change the JSON of every correctly signed request, and sign it again."""

        def intercept(request: WireRequest, handle: Handle) -> WireResponse:
            body = payload_of(request)
            if not body or not self.is_signed(request):
                return handle(request)
            before = render_json(body)
            change(body)
            return handle(request if render_json(body) == before else self.with_payload(request, body))

        return intercept

    def header(self, name: str, change: Callable[[str], str]) -> Interceptor:
        """Change a header of every request that has it, and sign correctly signed requests again."""

        def intercept(request: WireRequest, handle: Handle) -> WireResponse:
            value = request.header(name)
            if value is None:
                return handle(request)
            kept = tuple(pair for pair in request.headers if pair[0].lower() != name.lower())
            changed = WireRequest(request.method, request.path, (*kept, (name, change(value))), request.body)
            return handle(self.signed(changed) if self.is_signed(request) else changed)

        return intercept
