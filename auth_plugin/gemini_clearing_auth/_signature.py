"""The signature of a payload, as a pure function of bytes."""

import hmac

from .errors import CredentialsError

__all__ = ["sign"]


def sign(payload: bytes, secret: bytes) -> str:
    """
    Return the value of `X-GEMINI-SIGNATURE`: HMAC-SHA384 in lower-case hex, 96 characters.

    The message is the base64 *text* of the payload; the key is the secret's characters as bytes, not decoded.
    Source: https://docs.gemini.com/authentication/api-key.

    Raises:
        CredentialsError: payload or secret is not bytes.
    """
    if not isinstance(secret, bytes) or not isinstance(payload, bytes):
        types = f"payload is {type(payload).__name__}, secret is {type(secret).__name__}"
        del secret
        raise CredentialsError(f"payload and secret must be bytes: {types}. Encode them first.")
    return hmac.digest(secret, payload, "sha384").hex()
