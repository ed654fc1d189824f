"""
The entry point of `gemini-clearing-mock` and `python -m gemini_clearing_mock`.

The imports take a quarter of a second. A signal during them ends the process immediately, because an exception could be
raised inside any module. The status is that of each end of a server by a signal; other commands have no result then.
"""

import os
import signal
import sys
from importlib import import_module

__all__ = ["main"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
# The commands that serve nothing.
_COMMANDS = frozenset({"init", "lifecycle"})


def main() -> int:
    """Run the command of this process."""
    for number in _SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:  # by `nohup`, or `&` in a script
            signal.signal(number, _end)
    # Only now, and by name as the package imports its public names: this module needs nothing of the command.
    status: int = import_module("gemini_clearing_mock._command").main()
    return status


def _end(number: int, _frame: object) -> None:
    os._exit(0 if _COMMANDS.isdisjoint(sys.argv) else 128 + number)


if __name__ == "__main__":
    sys.exit(main())
