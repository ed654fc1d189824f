"""Two builds of the committed files in two folders, and their comparison byte by byte."""

import hashlib
import os
import sys
import tarfile
import zipfile
from pathlib import Path

from ._commands import succeed
from ._errors import ReleaseError

__all__ = ["build_twice", "differences", "sha256"]

# Permissions, times and the name of the folder must not reach the archives.
_UMASKS = (0o022, 0o077)


def build_twice(root: Path, folder: Path, commit: str = "HEAD") -> Path:
    """
    Build sdist and wheel of a commit in two folders with different permissions, and return the first result.

    Raises:
        ReleaseError: a build failed, or the results differ.
    """
    time = succeed("git", "-C", root, "log", "-1", "--format=%ct", commit).strip()
    results = [_build(root, folder / f"build-{number}", commit, time, umask) for number, umask in enumerate(_UMASKS, 1)]
    if found := differences(*results):
        raise ReleaseError("Two builds differ:\n" + "\n".join(found) + "\nFind what depends on the folder or the time.")
    return results[0]


def _build(root: Path, folder: Path, commit: str, time: str, umask: int) -> Path:
    folder.mkdir(parents=True)
    archive, source, dist = folder / "source.tar", folder / "source", folder / "dist"
    succeed("git", "-C", root, "archive", "--output", archive, commit)
    with tarfile.open(archive) as files:
        files.extractall(source, filter="data")
    for path in source.rglob("*"):
        path.chmod(path.stat().st_mode & ~umask)
        os.utime(path, (umask * 10**6, umask * 10**6))
    command = (sys.executable, "-m", "build", "--no-isolation", "--outdir", dist, source)
    succeed(*command, extra={"SOURCE_DATE_EPOCH": time})
    return dist


def differences(one: Path, other: Path) -> list[str]:
    """Return one line for each file that two folders do not have with the same bytes, and for its members."""
    names = sorted({path.name for path in (*one.iterdir(), *other.iterdir())})
    return [line for name in names for line in _compared(one / name, other / name)]


def _compared(one: Path, other: Path) -> list[str]:
    if not (one.is_file() and other.is_file()):
        return [f"{one.name}: only in one build"]
    if sha256(one) == sha256(other):
        return []
    before, after = _members(one), _members(other)
    members = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return [f"{one.name}: {', '.join(members) or 'order or metadata of the archive'}"]


def _members(path: Path) -> dict[str, object]:
    """Return the facts of each member of an archive that can differ."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            return {one.filename: (one.CRC, one.external_attr, one.date_time) for one in archive.infolist()}
    with tarfile.open(path) as files:
        return {one.name: (one.size, one.mode, one.mtime, one.uname, one.uid) for one in files.getmembers()}


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
