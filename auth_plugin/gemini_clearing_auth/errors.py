"""
The errors of calls that were never sent, and the root of every error of this project.

ClearingError
└── NotSentError                nothing reached the exchange
    ├── CredentialsError        a key, a secret or a token is missing or malformed
    ├── UnsignableRequestError  this request must not, or cannot, be signed
    ├── NonceError              the nonce source gave nothing that can be sent
    └── DeadlineError           the key's turn did not come in time, or can never come

`gemini_clearing_runtime.errors` continues the tree with what can happen once bytes have left.
"""

__all__ = [
    "ClearingError",
    "CredentialsError",
    "DeadlineError",
    "NonceError",
    "NotSentError",
    "UnsignableRequestError",
]


class ClearingError(Exception):
    """Whatever this project raises; catches all of it."""


class NotSentError(ClearingError):
    """It did not happen: nothing reached the exchange, so the call may be made again."""


class CredentialsError(NotSentError):
    """An API key, a secret or a token is missing or malformed; no message ever shows a secret."""


class UnsignableRequestError(NotSentError):
    """
    The request is not one that may be signed, or that can be.

    Its origin is not the one that the credentials are for, it would travel without TLS,
    or its body is not a JSON object that leaves room for `request` and `nonce`.
    """


class NonceError(NotSentError):
    """The nonce source failed, or gave something that is neither a number nor its decimal text."""


class DeadlineError(NotSentError):
    """
    The turn of the API key did not come in time, or can never come.

    One call per key is under way at a time; the wait is bounded by the request's pool timeout.
    """
