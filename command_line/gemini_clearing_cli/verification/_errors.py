"""The error of a verification that cannot start."""

__all__ = ["VerificationError"]


class VerificationError(Exception):
    """Nothing was compared. The message states the problem, then what to do."""
