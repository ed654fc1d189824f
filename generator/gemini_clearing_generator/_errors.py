"""The one error of the generator."""

__all__ = ["GeneratorError"]


class GeneratorError(Exception):
    """The client cannot be generated; the message names the file, the place in it, and what is wrong there."""
