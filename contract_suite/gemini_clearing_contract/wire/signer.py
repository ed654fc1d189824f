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

__all__ = ["COMMON_HEADERS", "KEY_HEADER", "SIGNATURE_HEADER", "Desk", "sign", "signed_request"]

KEY_HEADER = "X-GEMINI-APIKEY"
SIGNATURE_HEADER = "X-GEMINI-SIGNATURE"
# From the header table of the documentation; the HTTP body is empty.
COMMON_HEADERS = (("Content-Type", "text/plain"), ("Content-Length", "0"), ("Cache-Control", "no-cache"))


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


def signed_request(desk: Desk, path: str, payload: bytes) -> WireRequest:
    """Return a correctly signed request; the payload itself may be wrong."""
    text = encode_base64(payload)
    headers = ((KEY_HEADER, desk.api_key), (PAYLOAD_HEADER, text), (SIGNATURE_HEADER, sign(text, desk.api_secret)))
    return WireRequest("POST", path, (*headers, *COMMON_HEADERS))
