"""The committed package: compare it with a fresh rendering, or replace it as a whole."""

import shutil
from pathlib import Path

from ._errors import GeneratorError
from ._provenance import FILE, read_provenance, sha256

__all__ = ["differences", "replace"]

# Python creates these in any package.
_IGNORED = {"__pycache__"}


def differences(committed: Path, fresh: Path) -> list[str]:
    """Return one line for each cause and each file that differs between the committed package and the fresh one."""
    before, after = _files(committed), _files(fresh)
    changed = [name for name in sorted(before.keys() & after.keys()) if before[name] != after[name] and name != FILE]
    lines = _causes(committed, fresh)
    for name in changed:
        lines.append(f"{'out of date' if _is_unedited(committed, name) else 'edited by hand'}: {name}")
    lines += [f"missing: {name}" for name in sorted(after.keys() - before.keys())]
    lines += [f"stray: {name}" for name in sorted(before.keys() - after.keys())]
    if not lines and before.get(FILE) != after.get(FILE):
        lines.append(f"edited by hand: {FILE}")
    return lines


def replace(committed: Path, fresh: Path) -> None:
    """Replace the committed package by the fresh one. The output is never incomplete."""
    if not _may_be_replaced(committed):
        raise GeneratorError(f"{committed}: not a generated package. Remove it, or choose another output")
    old = committed.with_name(f".{committed.name}.old")
    new = committed.with_name(f".{committed.name}.new")
    for leftover in (old, new):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(fresh, new)
    if committed.exists():
        committed.rename(old)
    new.rename(committed)
    shutil.rmtree(old, ignore_errors=True)


def _may_be_replaced(committed: Path) -> bool:
    """Return whether a folder may be replaced: it does not exist, is empty, or was generated."""
    if not committed.is_dir():
        return not committed.exists()
    names = {path.name for path in committed.iterdir()}
    return not names or FILE in names or not {"_client.py", "_models.py", "_operations.py"}.isdisjoint(names)


def _causes(committed: Path, fresh: Path) -> list[str]:
    """Return the sources and tools that have changed since the committed package was written."""
    before, after = read_provenance(committed), read_provenance(fresh)
    if not before:
        return []
    lines = []
    for part, change in (("sources", "has changed"), ("tools", "has another version")):
        was, now = before.get(part, {}), after.get(part, {})
        lines += [f"{name} {change}" for name in sorted(was.keys() | now.keys()) if was.get(name) != now.get(name)]
    return lines


def _is_unedited(committed: Path, name: str) -> bool:
    """Return whether a file has the hash that its provenance records."""
    written = read_provenance(committed).get("files", {}).get(name)
    return written is not None and written == sha256(committed / name)


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _IGNORED.intersection(path.relative_to(folder).parts)
    }
