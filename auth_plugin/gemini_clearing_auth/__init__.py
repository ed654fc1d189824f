"""
Signs private calls to the exchange: credentials, nonces, signatures, and an `httpx.Auth` around them.

Needs httpx alone, and works with any httpx client.  What a call means and how it may fail once it was sent
is told in `gemini_clearing_runtime`.
"""

from gemini_clearing_auth._auth import GeminiAuth
from gemini_clearing_auth._credentials import Credentials, OAuthToken
from gemini_clearing_auth._nonces import IncrementalNonces, NonceSource, TimeBasedNonces
from gemini_clearing_auth._oauth import GeminiOAuth
from gemini_clearing_auth._payload import encode_payload
from gemini_clearing_auth._signature import sign
from gemini_clearing_auth._signed import SignedPayload

__all__ = [
    "Credentials",
    "GeminiAuth",
    "GeminiOAuth",
    "IncrementalNonces",
    "NonceSource",
    "OAuthToken",
    "SignedPayload",
    "TimeBasedNonces",
    "encode_payload",
    "sign",
]
