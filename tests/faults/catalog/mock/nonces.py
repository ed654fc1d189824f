"""Faults in the nonces that a server stores and accepts, planted in front of the mock."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from gemini_clearing_contract.wire import KEY_HEADER, WireRequest, WireResponse
from tests.faults.catalog.interceptors import intercept, payload_of, with_payload
from tests.faults.catalog.layers import BAD_SIGNATURES, REJECTED_REQUESTS
from tests.faults.catalog.mock.rejected_requests import error_response
from tests.faults.catalog.request_repairs import is_signed, number_of
from tests.faults.seeded_fault import Plant, SeededFault
from tests.faults.world import Handle

__all__ = ["NONCE_FAULTS"]


def accept(is_accepted: Callable[[Decimal, Decimal], bool]) -> Plant:
    """Send a request again with a valid nonce if its nonce was rejected; the function gets it and the highest so far."""

    def handle_with(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
        highest: dict[str, Decimal] = vars(exchange).setdefault("fault_highest_nonces", {})
        response = handle(request)
        body, key = payload_of(request), request.header(KEY_HEADER) or ""
        nonce = number_of((body or {}).get("nonce"))
        if nonce is None or body is None:
            return response
        last = highest.get(key, Decimal(0))
        if b'"InvalidNonce"' in response.body and is_accepted(nonce, last):
            highest[key] = last + 1
            return handle(with_payload(request, exchange, {**body, "nonce": highest[key]}))
        if response.status in {200, 403, 404}:
            highest[key] = max(last, nonce)
        return response

    return intercept(handle_with)


def not_increased(nonce: object) -> WireResponse:
    """Return the error response to a nonce that is not higher than the last one."""
    message = f"Nonce '{nonce}' has not increased since your last call to the Gemini API."
    return error_response(400, "InvalidNonce", message)


def spend_before_checks(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
    """Use up the nonce of a request that was rejected by an earlier check."""
    spent: set[tuple[str, str]] = vars(exchange).setdefault("fault_spent_nonces", set())
    body, key = payload_of(request) or {}, request.header(KEY_HEADER) or ""
    nonce = (key, str(body.get("nonce")))
    if nonce in spent:
        return not_increased(body.get("nonce"))
    response = handle(request)
    if response.status == 400 and body.get("nonce") is not None:
        spent.add(nonce)
    return response


def share_between_keys(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
    """Require nonces to increase across all keys."""
    highest: list[Decimal] = vars(exchange).setdefault("fault_shared_nonce", [Decimal(0)])
    nonce = number_of((payload_of(request) or {}).get("nonce"))
    response = handle(request)
    if nonce is not None and nonce <= highest[0] and is_signed(request, exchange):
        return response if response.status == 400 else not_increased(nonce)
    if nonce is not None and response.status == 200:
        highest[0] = nonce
    return response


def reject_strings(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
    """Reject a nonce that is a string, which the spec allows."""
    if isinstance((payload_of(request) or {}).get("nonce"), str) and is_signed(request, exchange):
        return error_response(400, "InvalidNonce", "Nonce was not parseable as a number.")
    return handle(request)


NONCE_FAULTS = (
    SeededFault("accepts the last nonce again", "mock", BAD_SIGNATURES, accept(lambda nonce, last: nonce == last)),
    SeededFault("accepts a smaller nonce", "mock", BAD_SIGNATURES, accept(lambda nonce, last: nonce < last)),
    SeededFault("uses up the nonce of a rejected request", "mock", REJECTED_REQUESTS, intercept(spend_before_checks)),
    SeededFault("shares nonces between keys", "mock", BAD_SIGNATURES, intercept(share_between_keys)),
    SeededFault("rejects a nonce that is a string", "mock", BAD_SIGNATURES, intercept(reject_strings)),
)
