"""
The check of the signature, and for the log what may have gone wrong with one that does not fit.
"""

from __future__ import annotations

import hmac

from ..state._accounts import Token
from ._context import RequestContext
from ._error_reply import ErrorReply

__all__ = ["check_signature"]


def check_signature(context: RequestContext) -> None:
    """The signature: HMAC-SHA384 of the base64 text, in lower-case hex.  An access token needs none."""
    if isinstance(context.who, Token):
        return
    secret = context.who.api_secret.encode()
    sent = context.header("X-GEMINI-SIGNATURE", "MissingSignatureHeader")
    valid = hmac.digest(secret, context.payload_text.encode(), "sha384").hex()
    if not hmac.compare_digest(sent.encode(), valid.encode()):
        raise ErrorReply(
            "InvalidSignature", "InvalidSignature", expected=_explain_signature(context, secret, sent, valid)
        )


def _explain_signature(context: RequestContext, secret: bytes, sent: str, valid: str) -> str:
    over_json = hmac.digest(secret, context.payload_json, "sha384").hex()
    if sent.lower() == valid:
        hint = "the hex must be in lower case"
    elif sent == over_json:
        hint = "it was made over the JSON, and must be made over its base64 text"
    elif sent == hmac.digest(secret, context.payload_text.encode(), "sha256").hex():
        hint = "it was made with SHA-256, and must be made with SHA-384"
    elif len(sent) != len(valid):
        hint = f"{len(valid)} characters of hex are expected, {len(sent)} came"
    else:
        hint = "another secret was used, or the payload was changed after it was signed"
    return f"{valid} ({hint})"
