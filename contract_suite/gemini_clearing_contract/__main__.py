"""The entry point of `gemini-clearing-contract` and `python -m gemini_clearing_contract`."""

import gc
import os
import sys

from .exit_status import ExitStatus
from .signals import interrupt_on_signals

__all__ = ["main"]


def main() -> int:
    """Run the command of this process."""
    _open_standard_streams()
    # Each of the signals ends the run like Ctrl-C: the sandbox is cleaned up, and the reports are written.
    interrupt_on_signals()
    try:
        # Imported here: the imports take most of a second, and an interruption may come during them.
        from .cli import main as run

        # The collections during the run then omit everything imported, which saves half a second of nine.
        gc.freeze()
        return run()
    except KeyboardInterrupt:
        # Before the first request or after the reports; in between, the run itself ends.
        if sys.stderr:
            print("Interrupted.", file=sys.stderr)
        return ExitStatus.INTERRUPTED
    finally:
        # CPython records an interruption that passed through an `exec` of text, as in the creation of a dataclass,
        # even if it was handled: `python -m` then ends by SIGINT, without the exit status. The next `exec` resets that.
        exec("")  # noqa: S102  (runs no code: the string is empty)


def _open_standard_streams() -> None:
    """Open the null device for each closed standard stream; otherwise the next file would get its descriptor."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            # The lowest free descriptor is this one. (POSIX, open)
            os.open(os.devnull, os.O_RDWR)


if __name__ == "__main__":
    sys.exit(main())
