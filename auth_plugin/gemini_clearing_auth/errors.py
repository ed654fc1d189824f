"""
Errors of calls that were never sent, and the root of every error of this project.

ClearingError
└── NotSentError                nothing reached the exchange
    ├── CredentialsError        a key, a secret or a token is missing or malformed
    ├── UnsignableRequestError  this request must not or cannot be signed
    ├── NonceError              the nonce source failed or returned an invalid nonce
    └── DeadlineError           the key's lock was not acquired in time, or can never be
        └── RateWaitError       the client's own rate limit demands a longer wait than there is time

`gemini_clearing_runtime.errors` continues the tree with the errors of calls that may have been sent.
"""

__all__ = [
    "ClearingError",
    "CredentialsError",
    "DeadlineError",
    "NonceError",
    "NotSentError",
    "RateWaitError",
    "UnsignableRequestError",
]


class ClearingError(Exception):
    """Base class of all errors of this project."""


class NotSentError(ClearingError):
    """Nothing reached the exchange, so the call may be made again."""


class CredentialsError(NotSentError):
    """An API key, a secret or a token is missing or malformed. The message never contains a secret."""


class UnsignableRequestError(NotSentError):
    """
    The request must not be signed, or cannot be.

    The credentials are for another origin, the request would be sent without TLS,
    or its body is not a JSON object that leaves room for `request` and `nonce`.
    """


class NonceError(NotSentError):
    """The nonce source failed, or returned neither a number nor decimal text."""


class DeadlineError(NotSentError):
    """
    The lock of the API key was not acquired in time, or can never be.

    One call per key is in flight at a time; the request's pool timeout bounds the wait.
    """


class RateWaitError(DeadlineError):
    """
    The client's own rate limit demands a longer wait than the call has time left. No attempt was started.

    An error response of the exchange about its limit is a `RateLimitError`.
    """

    wait_s: float
    """The seconds that the call would have had to wait."""

    def __init__(self, problem: str, wait_s: float) -> None:
        super().__init__(problem, wait_s)
        self.wait_s = wait_s

    def __str__(self) -> str:
        return str(self.args[0])
