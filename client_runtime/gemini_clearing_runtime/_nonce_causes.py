"""The likely causes of `InvalidNonce`, for the message of an error that all attempts of a call ended in."""

from .errors import InvalidNonceError

__all__ = ["name_causes"]

_IN_ORDER = (
    "another process uses the key (share its nonces with FileNonces or RedisNonces); the clock of this machine was put "
    "back (pass IncrementalNonces(after=...) with a nonce above all that the key has used); or the key has time-based "
    "nonces (pass TimeBasedNonces())"
)
_TIME_BASED = (
    "the clock of this machine is wrong by more than the exchange tolerates; or the key has incremental nonces (omit "
    "`nonces`)"
)


def name_causes(error: InvalidNonceError, nonce_window_s: float | None) -> None:
    """
    Add the likely causes to the error's text. Its `message` stays the exchange's.

    Args:
        error: the error.
        nonce_window_s: 0 if the nonces increase, see `CallContext.nonce_window_s`.
    """
    if nonce_window_s is not None:
        causes = _IN_ORDER if nonce_window_s == 0 else _TIME_BASED
        error.args = (f"{str(error).removesuffix('.')}. Likely causes: {causes}.",)
