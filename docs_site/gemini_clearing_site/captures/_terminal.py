"""
A command in a pseudo-terminal of a given width: what it prints, what is typed, and its exit code.

The text is that of the terminal, with its escape sequences; `_svg.py` draws it.
"""

import os
import pty
import select
import signal
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import attrs

from .._errors import SiteError

__all__ = ["Printed", "run_in_terminal"]

_ROWS = 50
# An interpreter that starts on a busy machine takes a few seconds.
_LIMIT_S = 20.0
_PROMPT = "[y/N]\x1b[0m "


@attrs.frozen
class Printed:
    """The text that a terminal has received, and the exit code of the command; None if it was interrupted."""

    text: str
    code: int | None


def run_in_terminal(
    arguments: Sequence[str],
    *,
    name: str,
    columns: int,
    folder: Path,
    variables: Mapping[str, str],
    reply: str = "",
    output: Path | None = None,
    until: str = "",
) -> Printed:
    """
    Run a command, and return what the terminal has received.

    Args:
        arguments: the program and its arguments.
        name: the command line for an error.
        columns: the width of the terminal.
        folder: the working directory.
        variables: the whole environment.
        reply: the line to type at the prompt.
        output: a file for stdout, instead of the terminal.
        until: the text that ends the capture; then the command is interrupted.

    Raises:
        SiteError: the command does not end.
    """
    with ExitStack() as stack:
        ours, theirs = pty.openpty()
        stack.callback(os.close, ours)
        termios.tcsetwinsize(theirs, (_ROWS, columns))
        stdout = stack.enter_context(output.open("wb")) if output else theirs
        process = subprocess.Popen(
            arguments,
            stdin=theirs,
            stdout=stdout,
            stderr=theirs,
            cwd=folder,
            env=dict(variables),
            start_new_session=True,
        )
        stack.callback(process.wait)
        stack.callback(process.kill)
        os.close(theirs)
        terminal = _Terminal(ours, name)
        if reply:
            terminal.read_until(_PROMPT)
            os.write(ours, f"{reply}\n".encode())
        text = terminal.read_until(until)
        if until:
            process.send_signal(signal.SIGINT)
            return Printed(text[: text.index(until) + len(until)], None)
        return Printed(text, process.wait())


class _Terminal:
    """Our end of a pseudo-terminal."""

    def __init__(self, descriptor: int, name: str) -> None:
        self._descriptor, self._name, self._received = descriptor, name, b""
        self._end = time.monotonic() + _LIMIT_S

    def read_until(self, wanted: str) -> str:
        """
        Return everything that was received; wait until a text is part of it, or without one, for the end.

        Raises:
            SiteError: the command takes too long, or ends before it prints the text.
        """
        while not wanted or wanted.encode() not in self._received:
            if not select.select([self._descriptor], [], [], max(self._end - time.monotonic(), 0))[0]:
                raise SiteError(f"`{self._name}` did not end within {_LIMIT_S:g} seconds.")
            received = self._read()
            if not received:
                break
            self._received += received
        text = self._received.decode().replace("\r\n", "\n")
        if wanted not in text:
            raise SiteError(f"`{self._name}` did not print {wanted!r}: {text.strip()}")
        return text

    def _read(self) -> bytes:
        try:
            return os.read(self._descriptor, 65536)
        except OSError:  # Linux reports the end of the other side so
            return b""
