"""Standard output that never ends a run: what a closed pipe or a full disk does not take is dropped."""

import io
import os
from contextlib import suppress
from typing import TextIO

__all__ = ["SafeOutput"]

# For encodings without these characters; any other one becomes a question mark.
PLAIN = str.maketrans(
    {"✓": "+", "✗": "x", "–": "-", "▸": ">", "·": ".", "…": "...", "→": "->", "“": '"', "”": '"', "‘": "'", "’": "'"}
)


class SafeOutput(io.TextIOBase):
    """A text stream that writes to another one as long as that is possible."""

    def __init__(self, stream: TextIO | None) -> None:
        # Python has no stream if the descriptor was closed, as by `>&-`.
        self._stream = stream or io.StringIO()
        self._is_open = stream is not None

    @property
    def encoding(self) -> str:  # type: ignore[override]  # typeshed has a writable attribute; in CPython it is read-only
        """The encoding of the stream, by which the console chooses its characters."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    def writable(self) -> bool:
        """Return True."""
        return True

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Return the file descriptor of the stream."""
        return self._stream.fileno()

    def write(self, text: str) -> int:
        """Write text, in other characters if the encoding has none of these."""
        try:
            if self._is_open:
                self._stream.write(self._encodable(text))
        except (OSError, ValueError):
            # ValueError: the stream is closed.
            self._give_up()
        return len(text)

    def flush(self) -> None:
        """Flush the stream."""
        try:
            if self._is_open:
                self._stream.flush()
        except (OSError, ValueError):
            self._give_up()

    def _encodable(self, text: str) -> str:
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            return text.translate(PLAIN).encode(self.encoding, "replace").decode(self.encoding)
        return text

    def _give_up(self) -> None:
        """Drop the rest; at its exit Python flushes the stream again, and would change the exit status to 120."""
        self._is_open = False
        with suppress(OSError, ValueError):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self._stream.fileno())
            os.close(null)
