"""An installation of the distribution: its folder or archive, its kind, and its metadata."""

import json
import re
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ._errors import DAMAGED_ARCHIVE, VerificationError

__all__ = ["DISTRIBUTION", "GENERATED", "Installation", "find_installation"]

DISTRIBUTION = "gemini-clearing"
GENERATED = "gemini_clearing"
# The name of this folder has the version too: the comparison must not depend on a file that may be damaged.
_INFO = re.compile(r"gemini_clearing-[^-/]+\.dist-info(?=/|$)")


@dataclass(frozen=True, slots=True)
class Installation:
    """An installation: a wheel that was unpacked, an archive with one, or an editable install of a checkout."""

    version: str
    folder: Path
    """The folder with the metadata, in general `site-packages`; or the archive."""
    info: str
    """The name of the folder with the metadata."""
    others: tuple[str, ...]
    """The names of such folders of other versions."""
    checkout: Path | None
    """The checkout of an editable install; None for a wheel."""

    is_running: bool
    """Whether this interpreter uses the installation."""

    @property
    def kind(self) -> str:
        """The kind of the installation: `editable`, `archive` or `wheel`."""
        return "editable" if self.checkout else "archive" if self.folder.is_file() else "wheel"

    @contextmanager
    def files(self) -> Iterator[Path]:
        """Yield the folder with the files; an archive is unpacked for that time."""
        if self.kind != "archive":
            yield self.folder
            return
        with tempfile.TemporaryDirectory(prefix="gemini-clearing-") as folder:
            try:
                with zipfile.ZipFile(self.folder) as archive:
                    archive.extractall(folder)
            except DAMAGED_ARCHIVE as error:
                problem = f"{self.folder}: a damaged archive ({type(error).__name__})"
                raise VerificationError(f"{problem}. Install {DISTRIBUTION} again.") from None
            yield Path(folder).resolve()


def find_installation(folder: Path | None) -> Installation:
    """
    Return the installation in a folder or a ZIP archive, or the one of this interpreter.

    Raises:
        VerificationError: the distribution is not installed.
    """
    for entry in [folder] if folder else map(Path, sys.path):
        place = entry.resolve()
        if names := sorted({found[0] for found in map(_INFO.match, _top_level(place)) if found}):
            *others, info = names
            version = info.removesuffix(".dist-info").partition("-")[2]
            return Installation(version, place, info, tuple(others), _checkout(place / info), folder is None)
    where = f"in {folder}" if folder else "for this interpreter"
    raise VerificationError(f"{DISTRIBUTION} is not installed {where}. Install it, or pass --path.")


def _top_level(place: Path) -> list[str]:
    """Return the names in a folder, or the paths in an archive."""
    try:
        if place.is_dir():
            return [path.name for path in place.iterdir()]
        if place.is_file():
            with zipfile.ZipFile(place) as archive:
                return archive.namelist()
    except DAMAGED_ARCHIVE:
        pass
    return []


def _checkout(info: Path) -> Path | None:
    """Return the checkout of an editable install (https://packaging.python.org/specifications/direct-url/)."""
    try:
        address = json.loads((info / "direct_url.json").read_text(encoding="utf-8"))
        is_editable = address["dir_info"]["editable"]
        return Path(url2pathname(urlsplit(address["url"]).path)) if is_editable is True else None
    except (OSError, ValueError, LookupError, TypeError):
        return None
