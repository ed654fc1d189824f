"""The report folder: checked before the run, used by one run at a time, and cleared of the reports of earlier runs."""

import importlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import SetupError

__all__ = ["REPORTS", "report_folder"]

REPORTS = ("report.json", "junit.xml", "report.html", "summary.txt")
# Not on Windows.
fcntl: Any = importlib.import_module("fcntl") if find_spec("fcntl") else None


@contextmanager
def report_folder(folder: Path) -> Iterator[None]:
    """
    Create the folder if it is missing, and reserve it for this run until the end of the block.

    The reports of an earlier run are removed, because a run that is killed would leave them as its own.

    Raises:
        SetupError: The folder cannot be used.
    """
    try:
        _create(folder)
        lock = _lock(folder)
    except BlockingIOError as error:
        message = f"{folder}: another run writes its reports to this folder."
        raise SetupError(f"{message} Choose another one with --report-dir.") from error
    except OSError as error:
        message = f"{folder}: the report folder cannot be used: {error.strerror}."
        raise SetupError(f"{message} Choose another one with --report-dir.") from error
    try:
        _remove_reports(folder)
        yield
    finally:
        if lock is not None:
            os.close(lock)


def _create(folder: Path) -> None:
    if folder.is_symlink():
        # The reason why a link leads nowhere; `mkdir` would state that it exists.
        folder.stat()
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        # Reports do not belong into the repository from which the suite is run.
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    with tempfile.TemporaryFile(dir=folder):
        pass


def _lock(folder: Path) -> int | None:
    """
    Lock the folder itself, so that no file remains; the system unlocks it at the end of the process.

    Raises:
        BlockingIOError: Another process has the lock.
    """
    if fcntl is None:
        return None
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise
    except OSError:
        # A file system without locks.
        os.close(descriptor)
        return None
    return descriptor


def _remove_reports(folder: Path) -> None:
    for name in REPORTS:
        file = folder / name
        try:
            # A folder of this name is reported when the file cannot be written.
            if file.is_symlink() or not file.is_dir():
                file.unlink(missing_ok=True)
        except OSError as error:
            message = f"{file}: the report of an earlier run cannot be removed: {error.strerror}."
            raise SetupError(f"{message} Remove it, or choose another folder with --report-dir.") from error
