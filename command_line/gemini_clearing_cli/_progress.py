"""The progress of a long walk over a list, where a person looks: one line on the terminal, removed at the end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.live import Live
from rich.spinner import Spinner

from gemini_clearing import WalkProgress

from ._output import error_console

__all__ = ["shown_progress"]

# A shorter walk ends before a person has read the line.
_FIRST_SHOWN = 4


@contextmanager
def shown_progress(what: str) -> Iterator[Callable[[WalkProgress], None]]:
    """Return a function that shows how far a walk has come, as long as the block runs."""
    console = error_console()
    spinner = Spinner("dots", f"Reading {what} …")
    # Rich would send the lines of stdout to the terminal of stderr, also if stdout is a file.
    line = Live(spinner, console=console, transient=True, redirect_stdout=False)

    def show(progress: WalkProgress) -> None:
        if console.is_terminal and progress.requests >= _FIRST_SHOWN:
            spinner.update(text=f"Reading {what}: {progress.rows} rows, up to {progress.reached:%Y-%m-%d %H:%M} UTC")
            line.start()

    try:
        yield show
    finally:
        line.stop()
