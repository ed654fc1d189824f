"""
The check of the signature, and for the log what may have gone wrong with one that does not fit.
"""

from __future__ import annotations

import hmac

from gemini_clearing_mock._accounts import Token
from gemini_clearing_mock._call import Call
from gemini_clearing_mock._refusals import Refusal

__all__ = ["check_signature"]


def check_signature(call: Call) -> None:
    """The signature: HMAC-SHA384 of the base64 text, in lower-case hex.  An access token needs none."""
    if isinstance(call.who, Token):
        return
    secret = call.who.api_secret.encode()
    sent = call.header("X-GEMINI-SIGNATURE", "MissingSignatureHeader")
    valid = hmac.digest(secret, call.payload_text.encode(), "sha384").hex()
    if not hmac.compare_digest(sent.encode(), valid.encode()):
        raise Refusal("InvalidSignature", "InvalidSignature", expected=_explain_signature(call, secret, sent, valid))


def _explain_signature(call: Call, secret: bytes, sent: str, valid: str) -> str:
    over_json = hmac.digest(secret, call.payload_json, "sha384").hex()
    if sent.lower() == valid:
        hint = "the hex must be in lower case"
    elif sent == over_json:
        hint = "it was made over the JSON, and must be made over its base64 text"
    elif sent == hmac.digest(secret, call.payload_text.encode(), "sha256").hex():
        hint = "it was made with SHA-256, and must be made with SHA-384"
    elif len(sent) != len(valid):
        hint = f"{len(valid)} characters of hex are expected, {len(sent)} came"
    else:
        hint = "another secret was used, or the payload was changed after it was signed"
    return f"{valid} ({hint})"
