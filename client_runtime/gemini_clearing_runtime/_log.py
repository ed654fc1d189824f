"""The log of the package: a handler or filter of the caller that raises an exception does not change a call."""

import logging
from typing import Any

from ._interruption import is_by_signal_handler

__all__ = ["log"]

_logger = logging.getLogger("gemini_clearing")


class _Log:
    """
    Writes lines to the logger `gemini_clearing`.

    An exception of a handler is dropped: it would replace the result of a call, or the report of a write in doubt.
    """

    def info(self, message: str, *values: object) -> None:
        """Write a line of level INFO."""
        self._write(logging.INFO, message, values)

    def warning(self, message: str, *values: object) -> None:
        """Write a line of level WARNING."""
        self._write(logging.WARNING, message, values)

    def error(self, message: str, *values: object) -> None:
        """Write a line of level ERROR."""
        self._write(logging.ERROR, message, values)

    def exception(self, message: str, *values: object) -> None:
        """Write a line of level ERROR with the traceback of the exception that is being handled."""
        self._write(logging.ERROR, message, values, exc_info=True)

    def _write(self, level: int, message: str, values: tuple[object, ...], **options: Any) -> None:
        try:
            _logger.log(level, message, *values, stacklevel=3, **options)
        except Exception as exc:
            if is_by_signal_handler(exc):
                raise


log = _Log()
