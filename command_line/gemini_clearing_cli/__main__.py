"""
The entry point of `gemini-clearing` and `python -m gemini_clearing_cli`.

The imports take a third of a second. A signal during them ends the process immediately: nothing was sent yet, and an
exception could be raised inside any module.
"""

import io
import os
import signal
import sys
from collections.abc import Callable
from importlib.util import find_spec
from types import FrameType

from ._exit_codes import ExitCode

__all__ = ["main"]

_NEEDED = ("rich", "typer")
_OURS = "gemini_clearing"
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main() -> int:
    """Run the command of this process. If a module of the installation is damaged, print one line."""
    _handle_signals(lambda *_: os._exit(ExitCode.INTERRUPTED))
    try:
        return _run(sys.argv[1:])
    except ImportError as error:
        if not (error.name or "").startswith(_OURS):
            raise
        return _report_damage(f"{error.name}: not imported ({error.msg})")
    except SyntaxError as error:
        return _report_damage(f"{error.filename}: not Python ({error.msg})")


def _handle_signals(handler: Callable[[int, FrameType | None], object]) -> None:
    for number in _SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:  # by `nohup`, or `&` in a script
            signal.signal(number, handler)


def _report_damage(problem: str) -> int:
    advice = "Run `gemini-clearing verify` in this or in an intact environment (`--path FOLDER`), then install again"
    print(f"{problem}. {advice}.", file=sys.stderr)
    return ExitCode.USAGE


def _run(arguments: list[str]) -> int:
    if arguments[:1] == ["verify"]:
        # Only now: its own modules may be damaged too.
        from .verification._command import run_verify

        return run_verify(arguments[1:])
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        print(f'{" and ".join(missing)} not found. Run: pip install "gemini-clearing[cli]"', file=sys.stderr)
        return ExitCode.USAGE
    if isinstance(sys.stdout, io.TextIOWrapper):
        # As on stderr: a character that the terminal cannot show must not end the command after a write.
        sys.stdout.reconfigure(errors="backslashreplace")
    from ._app import command, run  # only now: it imports what may be missing

    command()
    # SIGTERM ends a call like Ctrl-C: the command reports the outcome of the write.
    _handle_signals(signal.default_int_handler)
    try:
        return run(arguments)
    finally:
        # CPython records an interruption that passed through an `exec` of text, as in the creation of a dataclass,
        # even if it was handled: `python -m` then ends by SIGINT, without the exit status. The next `exec` resets that.
        exec("")  # noqa: S102  (runs no code: the string is empty)


if __name__ == "__main__":
    sys.exit(main())
