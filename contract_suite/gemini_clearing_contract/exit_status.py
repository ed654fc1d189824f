"""The exit status of the command; it imports nothing, so that an interruption during the other imports has it too."""

from enum import IntEnum

__all__ = ["ExitStatus"]


class ExitStatus(IntEnum):
    """The exit status of the command."""

    PASSED = 0
    FINDINGS = 1
    NOT_TESTED = 2
    SUITE_ERROR = 3
    # The status that a shell reports for a program ended by Ctrl-C.
    INTERRUPTED = 130
