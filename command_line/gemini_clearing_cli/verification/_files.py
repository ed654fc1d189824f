"""Files and folders on the disk: contents, links, permissions, and the files below a folder."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

__all__ = ["UnusableFileError", "content_of", "files_below", "is_writable_by_all"]


class UnusableFileError(Exception):
    """A path is not a file with a content that can be read. It has the kind and the reason for the report."""

    def __init__(self, kind: str, reason: str = "") -> None:
        super().__init__(kind, reason)
        self.kind, self.reason = kind, reason

    def line(self, name: str, source: str) -> str:
        """Return the line of the report."""
        return f"{self.kind}: {name} ({source}{f': {self.reason}' if self.reason else ''})"


def content_of(path: Path) -> bytes:
    """
    Return the content of a file.

    Raises:
        UnusableFileError: it is missing, cannot be read, or is not a file, such as a pipe, which could wait forever.
    """
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise UnusableFileError("changed", "a folder" if stat.S_ISDIR(mode) else "not a file")
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise UnusableFileError("missing") from None
    except OSError as error:
        raise UnusableFileError("unreadable", error.strerror or type(error).__name__) from None


def is_writable_by_all(path: Path) -> bool:
    """Return whether every user of the machine may change a file or a folder. Windows has no such permission bits."""
    try:
        return os.name == "posix" and bool(path.stat().st_mode & stat.S_IWOTH)
    except OSError:
        return False


def files_below(folder: Path, unreadable: list[Path]) -> Iterator[Path]:
    """
    Yield what a folder contains, in order, without the folders themselves; a link to a folder is not followed.

    Args:
        folder: the folder.
        unreadable: gets the folders whose content cannot be listed.
    """
    for base, folders, files in os.walk(folder, onerror=lambda error: unreadable.append(Path(error.filename))):
        folders.sort()
        links = [name for name in folders if Path(base, name).is_symlink()]
        yield from (Path(base, name) for name in sorted([*files, *links]))
