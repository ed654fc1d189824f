"""
The wire form of a signed request: everything in headers, and an empty body unless the payload is repeated in it.

Independent of keys, nonces and locks; those are used in `_auth` and `_oauth`.
"""

import base64
from dataclasses import dataclass, field
from typing import Self

import httpx

from ._httpx2 import library_of
from ._payload import check_parameters, payload_json

__all__ = [
    "PARAMETERS_EXTENSION",
    "REPEAT_BODY_EXTENSION",
    "SIGNED_EXTENSION",
    "SignedPayload",
    "parameters_of",
    "signed_request",
]

SIGNED_EXTENSION = "gemini_clearing.signed"
PARAMETERS_EXTENSION = "gemini_clearing.parameters"
REPEAT_BODY_EXTENSION = "gemini_clearing.repeat_body"

# https://docs.gemini.com/authentication/api-key: the headers of every private call besides key and signature.
_FIXED = [(b"Content-Length", b"0"), (b"Content-Type", b"text/plain"), (b"Cache-Control", b"no-cache")]
_IDENTITIES = {b"authorization", b"x-gemini-apikey", b"x-gemini-signature"}
_REPLACED = _IDENTITIES | {b"x-gemini-payload", b"transfer-encoding"} | {name.lower() for name, _ in _FIXED}


@dataclass(frozen=True, slots=True)
class SignedPayload:
    """
    The payload of a signed request, stored in `request.extensions[SIGNED_EXTENSION]`.

    `payload_json` is the JSON inside `X-GEMINI-PAYLOAD`, and `nonce` the nonce in it (None with OAuth);
    `payload` is the header's value, and `parameters` the request's body before it was signed.
    """

    payload_json: bytes
    nonce: int | str | None
    payload: bytes = field(repr=False)
    parameters: bytes = field(repr=False)

    @classmethod
    def of(cls, parameters: bytes, *, request: str, nonce: int | str | None) -> Self:
        """Return the payload of parameters that `parameters_of` returned."""
        text = payload_json(parameters, request=request, nonce=nonce)
        return cls(text, nonce, base64.b64encode(text), parameters)


def parameters_of(request: httpx.Request) -> bytes:
    """
    Return the parameters of a request; for a request that was signed before, the original ones.

    A request without a body may carry them in `request.extensions[PARAMETERS_EXTENSION]`. They are not validated:
    the caller has just serialized them, as one JSON object that names no field twice and neither `request` nor `nonce`.

    Raises:
        UnsignableRequestError: the body is not a JSON object that can be signed.
    """
    body = request.content
    if body and (earlier := _earlier(request)) and body == earlier.payload_json:
        return earlier.parameters
    if not body:
        if isinstance(serialized := request.extensions.get(PARAMETERS_EXTENSION), bytes):
            return serialized
        if earlier := _earlier(request):
            return earlier.parameters
    check_parameters(body)
    return body


def signed_request(request: httpx.Request, signed: SignedPayload, identity: list[tuple[bytes, bytes]]) -> httpx.Request:
    """
    Return the request to send: payload and identity in the headers, an empty body.

    A request without a body is changed in place. httpx has no public way to remove a body, so any other request is left
    unchanged, and a new one is returned. With `REPEAT_BODY_EXTENSION` it is new too: its body is the payload's JSON.
    """
    kept = [(name, value) for name, value in request.headers.raw if name.lower() not in _REPLACED]
    # The parameters are dropped: extensions that are copied to another request must not sign the same call twice.
    extensions = {name: value for name, value in request.extensions.items() if name != PARAMETERS_EXTENSION}
    library = library_of(request)
    sent: httpx.Request = library.Request(request.method, request.url) if request.content else request
    sent.headers = library.Headers([*kept, *identity, (b"X-GEMINI-PAYLOAD", signed.payload), *_FIXED])
    # A new dict: in httpx 0.27 the caller's own dict is shared between requests.
    sent.extensions = {**extensions, SIGNED_EXTENSION: signed}
    return _with_body(sent, signed) if extensions.get(REPEAT_BODY_EXTENSION) else sent


def _with_body(sent: httpx.Request, signed: SignedPayload) -> httpx.Request:
    """Return a signed request with the JSON of its payload as the body. httpx has no public way to add a body."""
    library = library_of(sent)
    repeated: httpx.Request = library.Request(sent.method, sent.url, content=signed.payload_json)
    repeated.headers = library.Headers(sent.headers.raw)
    repeated.headers.update({"Content-Length": str(len(signed.payload_json)), "Content-Type": "application/json"})
    repeated.extensions = sent.extensions
    return repeated


def _earlier(request: httpx.Request) -> SignedPayload | None:
    """Return the earlier payload of the same request. The header is compared too: extensions may be copied."""
    earlier = request.extensions.get(SIGNED_EXTENSION)
    if isinstance(earlier, SignedPayload) and (b"X-GEMINI-PAYLOAD", earlier.payload) in request.headers.raw:
        return earlier
    return None
