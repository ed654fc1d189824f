"""
The suite's own signer, written from the published rules and not from the code of this project.

A mistake that the client's signer and the mock share is still detected here. Wrong signatures are made in
`cases/negative_cases.py`.
"""

import hashlib
import hmac

from attrs import field, frozen

from .encoding import encode_base64
from .messages import PAYLOAD_HEADER, WireRequest

__all__ = ["KEY_HEADER", "SIGNATURE_HEADER", "Desk", "common_headers", "sign", "signed_request"]

KEY_HEADER = "X-GEMINI-APIKEY"
SIGNATURE_HEADER = "X-GEMINI-SIGNATURE"
Headers = tuple[tuple[str, str], ...]


@frozen
class Desk:
    """An API key with its secret, and the account that it belongs to."""

    name: str
    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)
    counterparty_id: str
    roles: frozenset[str]
    # `incremental` or `time-based`; None if the credentials do not state it.
    nonce_mode: str | None = None

    @property
    def is_master(self) -> bool:
        """Whether the key belongs to a group of accounts, so that each request must name one."""
        return self.api_key.startswith("master-")


def sign(payload: str, secret: str) -> str:
    """Return the HMAC-SHA384 of the base64 text in lower-case hex; the key is the secret's bytes as given."""
    return hmac.new(secret.encode(), payload.encode(), hashlib.sha384).hexdigest()


def common_headers(body: bytes = b"") -> Headers:
    """Return the other headers of the documentation's table: the HTTP body is empty, or it is JSON."""
    media_type = "application/json" if body else "text/plain"
    return (("Content-Type", media_type), ("Content-Length", str(len(body))), ("Cache-Control", "no-cache"))


def signed_request(desk: Desk, path: str, payload: bytes, *, repeats_body: bool = False) -> WireRequest:
    """Return a correctly signed request; the payload itself may be wrong, and can be the HTTP body too."""
    text, body = encode_base64(payload), payload if repeats_body else b""
    headers = ((KEY_HEADER, desk.api_key), (PAYLOAD_HEADER, text), (SIGNATURE_HEADER, sign(text, desk.api_secret)))
    return WireRequest("POST", path, (*headers, *common_headers(body)), body)
