"""
Signing and errors as the exchange's own conformance fixtures describe them, one test for each case, with both clients.

`openapi/README.md` has the source. The cases are facts of those fixtures, the texts are own.
"""

import base64
import json
from typing import Any

import httpx
import pytest

from gemini_clearing import (
    InsufficientFundsError,
    MissingRoleError,
    OrderNotFoundError,
    OutcomeUnknownError,
    RateLimitError,
    RejectedError,
    errors,
)
from gemini_clearing_auth import Credentials, GeminiAuth, sign

KEY, SECRET = "conformance-api-key", "conformance-api-secret"
ORIGIN = "https://exchange.example"


class Responding(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport of either kind that always sends the same response."""

    def __init__(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.status, self.content, self.headers = status, content, headers

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Respond."""
        return httpx.Response(self.status, content=self.content, headers=self.headers)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Respond."""
        return self.handle_request(request)


def raised_by(place: Any, status: int, body: object, **headers: str) -> Any:
    """Return the error of a read that gets a response."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    desk = place.desk("initiator", lambda _: Responding(status, content, sent), timeout=0.2)
    with pytest.raises(errors.ClearingError) as raised:
        desk.list_orders()
    return raised.value


def signed_by_the_plugin(parameters: bytes) -> httpx.Request:
    """Return the request that a client with `GeminiAuth` sends for these parameters."""
    requests: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200)

    auth = GeminiAuth(Credentials(KEY, SECRET), base_url=ORIGIN)
    with httpx.Client(auth=auth, transport=httpx.MockTransport(respond)) as client:
        client.post(f"{ORIGIN}/v1/order/status", content=parameters)
    return requests[0]


@pytest.mark.parametrize(
    ("parameters", "fields"),
    [(b'{"order_id":9007199254740993}', {"order_id": 9007199254740993}), (b"{}", {})],
)
def test_payload_has_every_digit_and_nothing_else(parameters: bytes, fields: dict[str, int]) -> None:
    """A number beyond a binary double keeps its digits, and without parameters only `request` and `nonce` are sent."""
    request = signed_by_the_plugin(parameters)

    payload = request.headers["X-GEMINI-PAYLOAD"]
    sent = json.loads(base64.b64decode(payload))
    assert list(sent) == ["request", "nonce", *fields]
    assert sent == {"request": "/v1/order/status", "nonce": sent["nonce"], **fields}


def test_any_key_and_secret_sign() -> None:
    """A key without the usual prefix signs like any other: the message is the text of the payload."""
    request = signed_by_the_plugin(b"{}")

    payload = request.headers["X-GEMINI-PAYLOAD"]
    assert request.headers["X-GEMINI-APIKEY"] == KEY
    assert request.headers["X-GEMINI-SIGNATURE"] == sign(payload.encode(), SECRET.encode())


FLAT: list[tuple[int, str, type[RejectedError]]] = [
    (403, "MissingRole", MissingRoleError),
    (406, "InsufficientFunds", InsufficientFundsError),
    (404, "OrderNotFound", OrderNotFoundError),
    (400, "MarketClosed", RejectedError),
    (400, "MustAccepTerms", RejectedError),
    (400, "AcceptTermsRequired", RejectedError),
]


@pytest.mark.parametrize(("status", "reason", "kind"), FLAT)
def test_flat_error_keeps_reason_and_message(inside, status, reason, kind):
    """The error has status, reason and message as received, and the class of the reason, where there is one."""
    error = raised_by(inside, status, {"result": "error", "reason": reason, "message": "Explained."})

    assert type(error) is kind
    assert (error.status, error.reason, error.message) == (status, reason, "Explained.")


def test_invalid_nonce_keeps_reason_and_message(inside):
    """A read is repeated with new nonces; the error that remains has reason and message."""
    body = {"result": "error", "reason": "InvalidNonce", "message": "Nonce '1' has not increased."}

    error = raised_by(inside, 400, body)

    assert (type(error), error.reason) == (errors.InvalidNonceError, "InvalidNonce")
    assert error.message == "Nonce '1' has not increased."


def test_envelope_with_a_text_keeps_the_reason(inside):
    """The text of `error` is the reason."""
    error = raised_by(inside, 403, {"error": "MissingRole", "message": "Explained."})

    assert type(error) is MissingRoleError
    assert (error.status, error.reason, error.message) == (403, "MissingRole", "Explained.")


def test_rate_limit_has_the_seconds_to_wait(inside):
    """`Retry-After: 3` is three seconds, on the error."""
    body = {"result": "error", "reason": "RateLimit", "message": "Explained."}

    error = raised_by(inside, 429, body, retry_after="3")

    assert (type(error), error.retry_after_s) == (RateLimitError, 3)


@pytest.mark.parametrize(("status", "body"), [(500, b"Internal error"), (404, b"")])
def test_response_without_an_error_body_keeps_the_status(inside, status, body):
    """Text and an empty body have no reason; the error has the status and the bytes."""
    error = raised_by(inside, status, body, content_type="text/plain")

    assert type(error) is OutcomeUnknownError
    assert error.raw is not None
    assert (error.status, error.raw.content, getattr(error, "reason", None)) == (status, body, None)
