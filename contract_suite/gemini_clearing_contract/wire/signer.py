"""
The suite's own signer, written from the published rules and not from the code of this project, and the callers of the
API: the key of an account, the master key of a group, and an OAuth access token.

A mistake that the client's signer and the mock share is still detected here. Wrong signatures are made in
`cases/negative_cases.py`.
"""

import hashlib
import hmac
from collections.abc import Mapping

from attrs import field, frozen

from .encoding import encode_base64
from .messages import PAYLOAD_HEADER, WireRequest

__all__ = [
    "AUTHORIZATION_HEADER",
    "KEY_HEADER",
    "SIGNATURE_HEADER",
    "UNFUNDED",
    "AccessToken",
    "Caller",
    "Desk",
    "MasterKey",
    "common_headers",
    "request_by",
    "sign",
    "signed_request",
]

AUTHORIZATION_HEADER = "Authorization"
# The name of the account that has no funds; no other layer than `limits` trades with it.
UNFUNDED = "unfunded"
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
    def title(self) -> str:
        """The caller as the steps of a finding name it."""
        return self.name


@frozen
class MasterKey(Desk):
    """An API key of a group: each request must name an account of the group in the field `account`."""

    # By the name of each account, its counterparty id; empty if the accounts are not known.
    accounts: Mapping[str, str] = field(factory=dict, hash=False)

    @property
    def title(self) -> str:
        """The caller as the steps of a finding name it."""
        return f"master key {self.name}"


@frozen
class AccessToken:
    """An OAuth access token of an account; its requests have no signature, and need no nonce."""

    name: str
    token: str = field(repr=False)
    counterparty_id: str
    scopes: frozenset[str]

    @property
    def title(self) -> str:
        """The caller as the steps of a finding name it."""
        return f"token {self.name}"


Caller = Desk | AccessToken


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


def request_by(caller: Caller, path: str, payload: bytes, *, repeats_body: bool = False) -> WireRequest:
    """Return a request of a key, correctly signed, or of an access token."""
    if isinstance(caller, Desk):
        return signed_request(caller, path, payload, repeats_body=repeats_body)
    body = payload if repeats_body else b""
    headers = ((AUTHORIZATION_HEADER, f"Bearer {caller.token}"), (PAYLOAD_HEADER, encode_base64(payload)))
    return WireRequest("POST", path, (*headers, *common_headers(body)), body)
