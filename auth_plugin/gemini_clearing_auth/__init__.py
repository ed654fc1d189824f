"""
Signs private calls to the exchange: credentials, nonces, signatures, and an auth class around them.

It needs httpx only, and works in any client of httpx or httpx2. `gemini_clearing_runtime` handles responses and errors.

PYTEST_DONT_REWRITE: pytest would warn that it cannot rewrite a package with a plugin that is already imported.
"""

from typing import TYPE_CHECKING

from ._lazy_names import lazy_names

if TYPE_CHECKING:
    from ._auth import GeminiAuth
    from ._credentials import Credentials, OAuthToken
    from ._file_nonces import FileNonces
    from ._nonces import IncrementalNonces, NonceSource, TimeBasedNonces
    from ._oauth import GeminiOAuth
    from ._payload import encode_payload
    from ._rate_limit import RATE_EXTENSION, RateLimit
    from ._redis_nonces import RedisNonces
    from ._signature import sign
    from ._signed import PARAMETERS_EXTENSION, REPEAT_BODY_EXTENSION, SIGNED_EXTENSION, SignedPayload

__all__ = [
    "PARAMETERS_EXTENSION",
    "RATE_EXTENSION",
    "REPEAT_BODY_EXTENSION",
    "SIGNED_EXTENSION",
    "Credentials",
    "FileNonces",
    "GeminiAuth",
    "GeminiOAuth",
    "IncrementalNonces",
    "NonceSource",
    "OAuthToken",
    "RateLimit",
    "RedisNonces",
    "SignedPayload",
    "TimeBasedNonces",
    "encode_payload",
    "sign",
]

# Type checkers would accept every name in a module with `__getattr__`.
if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "._auth": ("GeminiAuth",),
            "._credentials": ("Credentials", "OAuthToken"),
            "._file_nonces": ("FileNonces",),
            "._nonces": ("IncrementalNonces", "NonceSource", "TimeBasedNonces"),
            "._oauth": ("GeminiOAuth",),
            "._payload": ("encode_payload",),
            "._rate_limit": ("RATE_EXTENSION", "RateLimit"),
            "._redis_nonces": ("RedisNonces",),
            "._signature": ("sign",),
            "._signed": ("PARAMETERS_EXTENSION", "REPEAT_BODY_EXTENSION", "SIGNED_EXTENSION", "SignedPayload"),
        },
        submodules=("errors",),
    )
