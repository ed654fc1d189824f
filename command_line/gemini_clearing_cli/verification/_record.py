"""
RECORD: the list of a wheel's installed files with their hashes and sizes.

https://packaging.python.org/en/latest/specifications/recording-installed-packages/
"""

import base64
import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ._errors import DAMAGED_ARCHIVE, VerificationError

__all__ = ["Entry", "Record", "read_record", "record_of_wheel"]

_HASH = re.compile(r"sha256=[\w-]{43}", flags=re.ASCII)


@dataclass(frozen=True, slots=True)
class Entry:
    """The recorded hash and size of a file, in the form of RECORD."""

    digest: str
    size: str

    def describes(self, content: bytes) -> bool:
        """Return whether a file with this content is the recorded one."""
        # The text is compared: base64 can write the same digest in several ways.
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        return self.digest == f"sha256={digest}" and self.size in ("", str(len(content)))


@dataclass(frozen=True, slots=True)
class Record:
    """The content of RECORD."""

    entries: dict[str, Entry]
    """The files, by their paths relative to the folder with the metadata."""
    problems: tuple[str, ...] = ()
    """One line for each row that cannot be read."""


def read_record(text: str, name: str) -> Record:
    """
    Return the content of RECORD.

    Args:
        text: the content of the file.
        name: the path of RECORD itself, which has no hash; a compiled file may have one.
    """
    entries: dict[str, Entry] = {}
    bare: list[str] = []
    problems = []
    for number, row in enumerate(csv.reader(io.StringIO(text, newline="")), 1):
        path, digest, size = row if len(row) == 3 else ("", "", "")
        if not (digest or size) and (path == name or path.endswith(".pyc")):
            bare.append(path)
        elif _HASH.fullmatch(digest) and re.fullmatch(r"\d*", size, flags=re.ASCII) and path not in entries:
            entries[path] = Entry(digest, size)
        else:
            problems.append(f"changed: {name} (row {number} is not a path, a hash and a size)")
    if name not in bare:
        problems.append(f"changed: {name} (it does not list itself)")
    return Record(entries, (*problems, *_without_module(name, bare, entries)))


def _without_module(name: str, bare: Iterable[str], entries: dict[str, Entry]) -> list[str]:
    """Return one line for each row of a compiled file whose module RECORD does not have."""
    modules = {path: re.sub(r"__pycache__/([^/.]+)\.[^/]+$", r"\1.py", path) for path in bare if path.endswith(".pyc")}
    return [f"changed: {name} ({path} has no module)" for path, module in modules.items() if module not in entries]


def record_of_wheel(wheel: Path) -> Record:
    """
    Return the RECORD of a wheel, for a comparison with a file that was fetched in another way.

    Raises:
        VerificationError: the file is not a wheel.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            [name] = [name for name in archive.namelist() if name.endswith(".dist-info/RECORD")]
            return read_record(archive.read(name).decode("utf-8"), name)
    except DAMAGED_ARCHIVE as error:
        raise VerificationError(
            f"{wheel}: not a wheel ({type(error).__name__}). Pass the file that was published."
        ) from None
