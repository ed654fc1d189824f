"""The exit codes of the command. They are part of the public interface: scripts compare them."""

from enum import IntEnum

__all__ = ["ExitCode"]


class ExitCode(IntEnum):
    """How a command has ended."""

    OK = 0
    """The command succeeded."""
    ERROR = 1
    """An error in the command itself."""
    USAGE = 2
    """An option, an argument, a profile or a file is invalid. Nothing was sent."""
    NOT_EXECUTED = 3
    """Nothing was sent, or it is proven that the exchange has not executed the write."""
    REJECTED = 4
    """The exchange rejected the request, so it was not executed."""
    UNKNOWN = 5
    """The outcome of a write is unknown, or a read got no trustworthy response."""
    CONTRACT = 6
    """The response violates the spec."""
    DIFFERENCES = 7
    """`reconcile` or `verify` has found differences."""
    ENDED = 8
    """`order wait`: the order has ended with another status."""
    LATE = 9
    """`order wait`: time ran out."""
    INTERRUPTED = 130
    """Ctrl-C. The message states the outcome of the write, or how far a list was read."""
    CLOSED_PIPE = 141
    """The reader of stdout has closed it, as `head` does; the code of a program that ends by SIGPIPE."""
