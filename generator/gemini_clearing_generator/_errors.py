"""The exception of the generator."""

__all__ = ["GeneratorError"]


class GeneratorError(Exception):
    """The client cannot be generated. The message names the file, the place in it, and the problem there."""
