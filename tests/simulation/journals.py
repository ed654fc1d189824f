"""
Journals in a simulated world: real files that simulated processes share, and their entries after the run.
"""

import os
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from gemini_clearing import Journal, JournalEntry

__all__ = ["SimulatedJournal", "read_entries"]

T = TypeVar("T")


class SimulatedJournal(Journal):
    """A journal without a thread, which its process's death closes as an operating system does."""

    def _submit(self, function: Callable[[], T]) -> "Future[T]":
        """Run a function immediately: the time that a disk takes is not simulated."""
        future: Future[T] = Future()
        try:
            future.set_result(function())
        except Exception as error:
            future.set_exception(error)
        return future

    def drop(self) -> None:
        """Close the file and its locks, and write nothing."""
        self._file._disconnect()
        self._reader._disconnect()
        self._owner.close()


def read_entries(folder: Path) -> list[JournalEntry]:
    """Return the entries of all journals in a folder."""
    entries: list[JournalEntry] = []
    for path in sorted(folder.glob("*.db")):
        with Journal(os.fspath(path)) as journal:
            entries += journal.entries()
    return entries
