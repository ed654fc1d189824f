"""The committed package: how it differs from a fresh rendering, and how it is replaced whole."""

import shutil
from pathlib import Path

from ._errors import GeneratorError
from ._provenance import FILE, read_provenance, sha256

__all__ = ["differences", "replace"]

# Python and the type checkers leave these beside any package.
_NOT_OURS = {"__pycache__"}


def differences(committed: Path, fresh: Path) -> list[str]:
    """Return one line for each cause and each file in which the committed package is not the fresh rendering."""
    before, after = _files(committed), _files(fresh)
    changed = [name for name in sorted(before.keys() & after.keys()) if before[name] != after[name] and name != FILE]
    lines = _causes(committed, fresh)
    for name in changed:
        edited = not _as_written(committed, name)
        lines.append(f"{'edited by hand' if edited else 'out of date'}: {name}")
    lines += [f"missing: {name}" for name in sorted(after.keys() - before.keys())]
    lines += [f"stray: {name}" for name in sorted(before.keys() - after.keys())]
    if not lines and before.get(FILE) != after.get(FILE):
        lines.append(f"edited by hand: {FILE}")
    return lines


def replace(committed: Path, fresh: Path) -> None:
    """Put the fresh package in the place of the committed one; there is no moment with half of it."""
    if not _is_ours(committed):
        raise GeneratorError(f"{committed}: is no generated package, and is not replaced: remove it, or choose another")
    old = committed.with_name(f".{committed.name}.old")
    new = committed.with_name(f".{committed.name}.new")
    for leftover in (old, new):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(fresh, new)
    if committed.exists():
        committed.rename(old)
    new.rename(committed)
    shutil.rmtree(old, ignore_errors=True)


def _is_ours(committed: Path) -> bool:
    """Whether nothing is lost when the folder is replaced: it is not there, empty, or was generated."""
    if not committed.is_dir():
        return not committed.exists()
    names = {path.name for path in committed.iterdir()}
    return not names or FILE in names or not {"_client.py", "_models.py", "_operations.py"}.isdisjoint(names)


def _causes(committed: Path, fresh: Path) -> list[str]:
    """Name the sources and tools that are not those of the committed package."""
    before, after = read_provenance(committed), read_provenance(fresh)
    if not before:
        return []
    lines = []
    for part, told in (("sources", "has changed"), ("tools", "has another version")):
        was, now = before.get(part, {}), after.get(part, {})
        lines += [f"{name} {told}" for name in sorted(was.keys() | now.keys()) if was.get(name) != now.get(name)]
    return lines


def _as_written(committed: Path, name: str) -> bool:
    """Whether a file is still what its provenance says was written."""
    written = read_provenance(committed).get("files", {}).get(name)
    return written is not None and written == sha256(committed / name)


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _NOT_OURS.intersection(path.relative_to(folder).parts)
    }
