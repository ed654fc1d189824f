"""The body of a signed request: empty, or on request the JSON of its payload."""

import base64

import httpx
import pytest

from gemini_clearing_auth import (
    PARAMETERS_EXTENSION,
    REPEAT_BODY_EXTENSION,
    SIGNED_EXTENSION,
    Credentials,
    GeminiAuth,
    GeminiOAuth,
    OAuthToken,
)
from tests.unit.auth_plugin.test_auth import BASE_URL, NEW, FixedNonces, serialized, signed


@pytest.mark.parametrize("extension", [True, False])
def test_auth_repeats_the_payload_in_the_body(credentials: Credentials, *, extension: bool) -> None:
    """On request the JSON of the payload is the body too; signature and payload stay the same."""
    plain, repeated = (
        signed(GeminiAuth(credentials, base_url=BASE_URL, nonces=FixedNonces(7)), request)
        for request in (serialized(), repeating(in_extension=extension))
    )

    body = b'{"request":"/v1/clearing/new","nonce":7,"amount":"100"}'
    assert repeated.content == body
    assert repeated.headers["Content-Length"] == str(len(body))
    assert repeated.headers["Content-Type"] == "application/json"
    same = ("X-GEMINI-APIKEY", "X-GEMINI-SIGNATURE", "X-GEMINI-PAYLOAD", "Cache-Control", "Host")
    assert [plain.headers[name] for name in same] == [repeated.headers[name] for name in same]
    assert len(repeated.headers.raw) == len(plain.headers.raw)


def test_oauth_repeats_the_payload_in_the_body() -> None:
    """A call with a token repeats its payload too, which has no nonce."""
    sent = signed(GeminiOAuth(OAuthToken("demo-token"), base_url=BASE_URL), repeating())

    assert sent.content == b'{"request":"/v1/clearing/new","amount":"100"}'


def test_auth_signs_a_request_with_a_repeated_payload_again(credentials: Credentials) -> None:
    """Sent again, it has its original parameters and a new nonce, in the header and in the body."""
    auth = GeminiAuth(credentials, base_url=BASE_URL, nonces=FixedNonces(1, 2))

    sent = signed(auth, signed(auth, repeating()))

    assert sent.content == b'{"request":"/v1/clearing/new","nonce":2,"amount":"100"}'
    assert sent.content == base64.b64decode(sent.headers["X-GEMINI-PAYLOAD"])


def test_sender_of_a_repeated_payload_can_read_what_was_signed(auth: GeminiAuth) -> None:
    """The request that the caller holds states what was signed, though another one has the body."""
    request = repeating()

    sent = signed(auth, request)

    assert request.extensions[SIGNED_EXTENSION] is sent.extensions[SIGNED_EXTENSION]


def repeating(*, in_extension: bool = True) -> httpx.Request:
    """Return a request whose payload is to be repeated in the body."""
    parameters = b'{"amount":"100"}'
    if in_extension:
        return httpx.Request("POST", NEW, extensions={PARAMETERS_EXTENSION: parameters, REPEAT_BODY_EXTENSION: True})
    return httpx.Request("POST", NEW, content=parameters, extensions={REPEAT_BODY_EXTENSION: True})
