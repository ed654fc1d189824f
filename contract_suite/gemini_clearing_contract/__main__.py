"""The entry point of `gemini-clearing-contract` and `python -m gemini_clearing_contract`."""

import signal
import sys

from .cli import main as run
from .report.summary import ExitStatus

__all__ = ["main"]


def main() -> int:
    """Run the command of this process."""
    # SIGTERM ends the run like Ctrl-C: the sandbox is cleaned up, and the reports are written.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return run()
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED
    finally:
        # CPython records an interruption that passed through an `exec` of text, as in the creation of a dataclass,
        # even if it was handled: `python -m` then ends by SIGINT, without the exit status. The next `exec` resets that.
        exec("")  # noqa: S102  (the rule is about text from outside; this one is empty)


if __name__ == "__main__":
    sys.exit(main())
