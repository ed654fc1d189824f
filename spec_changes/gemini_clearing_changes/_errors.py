"""The error of this package."""

__all__ = ["ChangesError"]


class ChangesError(Exception):
    """Something cannot be compared. The message states the problem, then what to do."""
