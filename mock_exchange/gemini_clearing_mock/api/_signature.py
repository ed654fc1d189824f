"""
Verification of the signature, and for the request log the likely cause of an invalid one.
"""

import hmac
from functools import lru_cache

from ._error_reply import ErrorReply

__all__ = ["verify_signature"]


def verify_signature(sent: str, secret: str, payload_text: str, payload_json: bytes) -> None:
    """
    Verify the signature of a payload.

    Gemini's documentation: the signature is the HMAC-SHA384 of the base64 text, in lower-case hex.

    Raises:
        ErrorReply: the signature is invalid.

    """
    keyed = _keyed(secret).copy()
    keyed.update(payload_text.encode())
    valid = keyed.hexdigest()
    if not hmac.compare_digest(sent.encode(), valid.encode()):
        cause = _likely_cause(sent, valid, secret.encode(), payload_text, payload_json)
        raise ErrorReply("InvalidSignature", "InvalidSignature", expected=f"{valid} ({cause})")


@lru_cache  # a copy of a prepared key signs in 2.4 µs, where `hmac.digest` takes 3.5 µs
def _keyed(secret: str) -> hmac.HMAC:
    return hmac.new(secret.encode(), digestmod="sha384")


def _likely_cause(sent: str, valid: str, key: bytes, payload_text: str, payload_json: bytes) -> str:
    if sent.lower() == valid:
        return "the hex must be in lower case"
    if sent == hmac.digest(key, payload_json, "sha384").hex():
        return "the JSON was signed; sign its base64 text"
    if sent == hmac.digest(key, payload_text.encode(), "sha256").hex():
        return "SHA-256 was used; use SHA-384"
    if len(sent) != len(valid):
        return f"{len(sent)} characters were sent instead of {len(valid)}"
    return "another secret was used, or the payload was changed after signing"
