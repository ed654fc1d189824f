"""The error of a build."""

__all__ = ["SiteError"]


class SiteError(Exception):
    """The site cannot be built."""
