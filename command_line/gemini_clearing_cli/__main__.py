"""The entry point of `gemini-clearing` and `python -m gemini_clearing_cli`."""

import io
import signal
import sys
from importlib.util import find_spec

from ._exit_codes import ExitCode
from ._verify_command import run_verify

__all__ = ["main"]

_NEEDED = ("rich", "typer")


def main() -> int:
    """Run the command of this process."""
    if sys.argv[1:2] == ["verify"]:
        return run_verify(sys.argv[2:])
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        print(f'{" and ".join(missing)} not found. Run: pip install "gemini-clearing[cli]"', file=sys.stderr)
        return ExitCode.USAGE
    if isinstance(sys.stdout, io.TextIOWrapper):
        # As on stderr: a character that the terminal cannot show must not end the command after a write.
        sys.stdout.reconfigure(errors="backslashreplace")
    # SIGTERM ends a call like Ctrl-C: the command reports the outcome of the write.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    from ._app import run  # only now: it imports what may be missing

    try:
        return run(sys.argv[1:])
    finally:
        # CPython records an interruption that passed through an `exec` of text, as in the creation of a dataclass,
        # even if it was handled: `python -m` then ends by SIGINT, without the exit status. The next `exec` resets that.
        exec("")  # noqa: S102  (the rule is about text from outside; this one is empty)


if __name__ == "__main__":
    sys.exit(main())
