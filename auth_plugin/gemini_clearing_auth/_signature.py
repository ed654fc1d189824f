"""The signature of a payload: a pure function of bytes."""

import hmac

from gemini_clearing_auth.errors import CredentialsError

__all__ = ["sign"]


def sign(payload: bytes, secret: bytes) -> str:
    """
    The value of `X-GEMINI-SIGNATURE`: HMAC-SHA384 in lower-case hex, 96 characters.

    Signed is the base64 *text* of the payload, as it travels; the key is the secret's characters as bytes.
    Source: https://docs.gemini.com/authentication/api-key.

    Raises:
        CredentialsError: payload or secret are not bytes.
    """
    if not isinstance(secret, bytes) or not isinstance(payload, bytes):
        kinds = f"{type(payload).__name__} with {type(secret).__name__}"
        del secret
        raise CredentialsError(f"A signature is made of bytes with bytes, not of {kinds}: encode them first.")
    return hmac.digest(secret, payload, "sha384").hex()
