"""
How a signed request looks on the wire: everything in headers, nothing in the body.

Knows nothing of keys, nonces and turns; `_auth` and `_oauth` bring those.
"""

import base64
from dataclasses import dataclass, field
from typing import Self

import httpx

from gemini_clearing_auth._payload import check_parameters, payload_json

__all__ = ["EXTENSION", "SignedPayload", "parameters_of", "put_on_wire"]

EXTENSION = "gemini_clearing.signed"

# https://docs.gemini.com/authentication/api-key: what every private call carries besides key and signature.
_FIXED = [(b"Content-Length", b"0"), (b"Content-Type", b"text/plain"), (b"Cache-Control", b"no-cache")]
_IDENTITIES = {b"authorization", b"x-gemini-apikey", b"x-gemini-signature"}
_REPLACED = _IDENTITIES | {b"x-gemini-payload", b"transfer-encoding"} | {name.lower() for name, _ in _FIXED}


@dataclass(frozen=True, slots=True)
class SignedPayload:
    """
    What was signed; found in `request.extensions["gemini_clearing.signed"]` once a request has been signed.

    `payload_json` is the JSON inside `X-GEMINI-PAYLOAD`, and `nonce` the one in it (None with OAuth);
    `payload` is the header's value, and `parameters` the body that the request had before.
    """

    payload_json: bytes
    nonce: int | str | None
    payload: bytes = field(repr=False)
    parameters: bytes = field(repr=False)

    @classmethod
    def of(cls, parameters: bytes, *, request: str, nonce: int | str | None) -> Self:
        """The payload of parameters that `parameters_of` gave."""
        text = payload_json(parameters, request=request, nonce=nonce)
        return cls(text, nonce, base64.b64encode(text), parameters)


def parameters_of(request: httpx.Request) -> bytes:
    """
    The parameters that a request stands for; of one that was signed before, the original ones.

    Raises:
        UnsignableRequestError: they are not a JSON object that can be signed.
    """
    body = request.content
    if not body and (earlier := _earlier(request)):
        return earlier.parameters
    check_parameters(body)
    return body


def put_on_wire(request: httpx.Request, signed: SignedPayload, identity: list[tuple[bytes, bytes]]) -> None:
    """Move what was signed into the headers, put the identity's headers beside it, and empty the body."""
    kept = [(name, value) for name, value in request.headers.raw if name.lower() not in _REPLACED]
    request.headers = httpx.Headers([*kept, *identity, (b"X-GEMINI-PAYLOAD", signed.payload), *_FIXED])
    request.stream = httpx.ByteStream(b"")
    request._content = b""
    # A new dict: before httpx 0.28 the caller's own one stood here, shared between requests.
    request.extensions = {**request.extensions, EXTENSION: signed}


def _earlier(request: httpx.Request) -> SignedPayload | None:
    """What this very request was signed with before; extensions alone may come from another request."""
    earlier = request.extensions.get(EXTENSION)
    if isinstance(earlier, SignedPayload) and (b"X-GEMINI-PAYLOAD", earlier.payload) in request.headers.raw:
        return earlier
    return None
