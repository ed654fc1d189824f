"""The error of this package."""

__all__ = ["ChangesError", "ShallowCloneError"]


class ChangesError(Exception):
    """Something cannot be compared. The message states the problem, then what to do."""


class ShallowCloneError(ChangesError):
    """The clone has no history, so the last release is unknown."""
