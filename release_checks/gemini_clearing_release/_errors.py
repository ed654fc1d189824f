"""The error of this package."""

__all__ = ["ReleaseError"]


class ReleaseError(Exception):
    """The release must not be published. The message states what is wrong, and what to do."""
