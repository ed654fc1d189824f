"""Faults in error responses: their JSON, their reason, or their status."""

from collections.abc import Callable
from typing import Any

from gemini_clearing_contract.wire import WireRequest, WireResponse
from tests.faults.catalog.interceptors import change_error_responses, intercept, on_response, payload_of, render
from tests.faults.catalog.layers import BAD_SIGNATURES, CORPUS, ERROR_PRECEDENCE, SEQUENCES
from tests.faults.catalog.source_text import Row, mock_faults
from tests.faults.seeded_fault import Plant, SeededFault
from tests.faults.world import Handle

__all__ = ["ERROR_RESPONSE_FAULTS"]


def other_reason(old: str, new: str) -> Plant:
    """Replace a reason by another."""
    return change_error_responses(lambda body: body.update(reason=new) if body.get("reason") == old else None)


def other_status(old: int, new: int) -> Plant:
    """Replace the status of error responses by another."""
    return change_error_responses(lambda body: None, status=lambda status: new if status == old else status)


def confirmation_with_400(request: WireRequest, response: WireResponse) -> WireResponse:
    """Replace status 200 of an error response by 400."""
    is_error = response.status == 200 and b'"result":"error"' in response.body
    return WireResponse(400 if is_error else response.status, response.headers, response.body)


def cancellation_with_409(request: WireRequest, response: WireResponse) -> WireResponse:
    """Replace the result `failed` of a late cancellation by an error response with status 409."""
    if b'"result":"failed"' not in response.body:
        return response
    return WireResponse(409, response.headers, render({"result": "error", "reason": "System", "message": "too late"}))


def failing_on(characters: range) -> Plant:
    """Respond with status 500 to a text that has one of these characters."""

    def respond(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
        texts = [value for value in (payload_of(request) or {}).values() if isinstance(value, str)]
        if any(ord(character) in characters for text in texts for character in text):
            return WireResponse(500, {"content-type": "text/plain"}, b"Internal Server Error")
        return handle(request)

    return intercept(respond)


# What is wrong with every error response, layer, change.
CHANGES: tuple[tuple[str, str, Callable[[dict[str, Any]], object]], ...] = (
    ("reason is missing", CORPUS, lambda body: body.pop("reason")),
    ("message is missing", CORPUS, lambda body: body.pop("message")),
    ("message is empty", CORPUS, lambda body: body.update(message="")),
    ("reason is in snake_case", CORPUS, lambda body: body.update(reason="invalid_request")),
    ("reason is always InvalidJson", CORPUS, lambda body: body.update(reason="InvalidJson")),
    ("result and reason are swapped", CORPUS, lambda body: {**body, "result": body["reason"], "reason": "error"}),
    ("message is always the same", BAD_SIGNATURES, lambda body: body.update(message="Something went wrong")),
    ("the fields are nested in an error object", CORPUS, lambda body: {"error": {"code": body["reason"]}}),
)
# Name, layer, plant.
ROWS: tuple[tuple[str, str, Plant], ...] = (
    ("rejects an invalid quantity with InvalidPrice", CORPUS, other_reason("InvalidQuantity", "InvalidPrice")),
    ("rejects a missing field with InvalidJson", CORPUS, other_reason("MissingOrderField", "InvalidJson")),
    (
        "rejects an unknown order with GTSTradeIDMustBeString",
        SEQUENCES,
        other_reason("OrderNotFound", "GTSTradeIDMustBeString"),
    ),
    ("rejects a stale nonce with MissingNonce", BAD_SIGNATURES, other_reason("InvalidNonce", "MissingNonce")),
    ("rejects requests with status 401 instead of 400", CORPUS, other_status(400, 401)),
    ("rejects requests with status 422 instead of 400", CORPUS, other_status(400, 422)),
    ("rejects an unknown order with status 400 instead of 404", SEQUENCES, other_status(404, 400)),
    ("rejects a missing role with status 401 instead of 403", ERROR_PRECEDENCE, other_status(403, 401)),
    ("responds with status 500 to the character NUL", SEQUENCES, failing_on(range(1))),
    ("responds with status 500 to characters beyond the BMP", SEQUENCES, failing_on(range(0x10000, 0x110000))),
    ("rejects a confirmation with status 400 instead of 200", SEQUENCES, on_response(confirmation_with_400)),
    ("rejects a late cancellation with status 409 instead of 200", SEQUENCES, on_response(cancellation_with_409)),
)
LEAKS: tuple[Row, ...] = (
    (
        "shows the known API keys to a caller with an unknown one",
        BAD_SIGNATURES,
        'raise ErrorReply("InvalidApiKey", "Invalid API key"',
        'raise ErrorReply("InvalidApiKey", f"Invalid API key; known keys: {known}"',
    ),
    (
        "shows the API secret in the message about an unknown order",
        CORPUS,
        """f"Order {context.parameters['clearing_id']} not found\"""",
        """f"Order {context.parameters['clearing_id']} not found with {context.principal.api_secret}\"""",
    ),
)
ERROR_RESPONSE_FAULTS = (
    *(
        SeededFault(f"error response: {name}", "mock", layer, change_error_responses(change))
        for name, layer, change in CHANGES
    ),
    *(SeededFault(name, "mock", layer, plant) for name, layer, plant in ROWS),
    *mock_faults(LEAKS),
)
