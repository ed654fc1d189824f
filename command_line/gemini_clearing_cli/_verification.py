"""
The verification of an installation, without a network and without an extra.

The generated package is compared with its provenance, and every installed file with RECORD. A wheel that was fetched on
another way can take the place of RECORD, and a fresh rendering that of the provenance.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import attrs

from gemini_clearing import ArgumentError

from ._installation import DISTRIBUTION, GENERATED, PROVENANCE, Installation, recorded_in_wheel, sha256_of

__all__ = ["Verification", "verify"]

_SPEC = "openapi/clearing.yaml"
_PACKAGED_SPEC = "gemini_clearing_contract/clearing.yaml"
_TEMPLATES = "generator/gemini_clearing_generator"
_GENERATOR = "gemini_clearing_generator"


@attrs.frozen
class Verification:
    """The result: every difference, and the number of compared files."""

    installation: Installation
    provenance: Mapping[str, Mapping[str, str]]
    differences: tuple[str, ...]
    """One line each: `changed`, `missing`, `stray`, `shadowed` or `rendered`, the path, and the contradicted source."""
    compared: Mapping[str, int]
    """The number of compared files, by the source: provenance or RECORD."""

    def as_json(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        checkout = self.installation.checkout
        return {
            "version": self.installation.version,
            "kind": "editable" if checkout else "wheel",
            "folder": str(checkout or self.installation.folder),
            "tools": dict(self.provenance["tools"]),
            "sources": dict(self.provenance["sources"]),
            "compared": dict(self.compared),
            "differences": list(self.differences),
        }


def verify(installation: Installation, *, wheel: Path | None = None, render: bool = False) -> Verification:
    """
    Compare an installation with its provenance and its RECORD.

    Args:
        installation: what `find_installation` has returned.
        wheel: a wheel whose RECORD replaces the installed one.
        render: also render the spec, and compare the result; needs the generator.

    Raises:
        ArgumentError: the provenance, the wheel or the generator cannot be used.
    """
    if wheel and installation.checkout:
        raise ArgumentError("--wheel: this is an editable install. Compare an installed wheel, as with --path.")
    provenance = installation.provenance()
    recorded = recorded_in_wheel(wheel) if wheel else installation.recorded
    differences = [*_generated(installation, provenance["files"]), *_sources(installation, provenance["sources"])]
    differences += _recorded(installation, recorded)
    if installation.checkout is None:
        differences += _strays(installation, recorded)
    if render:
        differences += _rendered(installation)
    compared = {"provenance": len(provenance["files"]), "RECORD": len(recorded)}
    return Verification(installation, provenance, tuple(dict.fromkeys(differences)), compared)


def _generated(installation: Installation, files: Mapping[str, str]) -> Iterator[str]:
    """Compare the generated files with the provenance, which names each of them."""
    for name, digest in files.items():
        yield from _compared(installation.generated / name, f"{GENERATED}/{name}", digest, "provenance")
    for name in _names_in(installation.generated):
        if name not in files and name != PROVENANCE:
            yield f"stray: {GENERATED}/{name} (not in the provenance)"


def _sources(installation: Installation, sources: Mapping[str, str]) -> Iterator[str]:
    """Compare the spec with the provenance; a wheel has it in the contract suite, a checkout has the templates too."""
    if installation.checkout is None:
        yield from _compared(installation.folder / _PACKAGED_SPEC, _PACKAGED_SPEC, sources.get(_SPEC, ""), "provenance")
        return
    for name, digest in sources.items():
        path = installation.checkout / (name if name == _SPEC else f"{_TEMPLATES}/{name}")
        yield from _compared(path, path.relative_to(installation.checkout).as_posix(), digest, "provenance")


def _recorded(installation: Installation, recorded: Mapping[str, str]) -> Iterator[str]:
    for name, digest in recorded.items():
        yield from _compared(installation.folder / name, name, digest, "RECORD")


def _compared(path: Path, name: str, expected: str, by: str) -> Iterator[str]:
    found = sha256_of(path)
    if found is None:
        yield f"missing: {name} ({by})"
    elif found != expected:
        yield f"changed: {name} ({by})"


def _strays(installation: Installation, recorded: Mapping[str, str]) -> Iterator[str]:
    """Find files in the packages that RECORD does not name, and packages that Python imports from elsewhere."""
    for package in sorted(installation.packages()):
        folder = installation.folder / package
        for name in _names_in(folder):
            if f"{package}/{name}" not in recorded:
                yield f"stray: {package}/{name} (not in RECORD)"
        found = find_spec(package) if installation.is_running else None
        if found and found.origin and Path(found.origin).resolve().parent != folder:
            yield f"shadowed: {package} is imported from {Path(found.origin).parent}"


def _names_in(folder: Path) -> list[str]:
    """Return the paths of the files below a folder, without Python's caches."""
    paths = (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    names = (path.relative_to(folder) for path in paths)
    return sorted(name.as_posix() for name in names if "__pycache__" not in name.parts)


def _rendered(installation: Installation) -> Iterator[str]:
    """Render the spec with the generator of this environment, and compare the installed package with the result."""
    if find_spec(_GENERATOR) is None:
        raise ArgumentError(
            "--render: the generator is not installed; it is never shipped. In a checkout of the release, run "
            f"`make setup`, then `.venv/bin/gemini-clearing verify --render --path <folder with {DISTRIBUTION}>`."
        )
    checkout = installation.checkout
    spec = checkout / _SPEC if checkout else installation.folder / _PACKAGED_SPEC
    command = [
        sys.executable,
        "-m",
        _GENERATOR,
        "--check",
        "--spec",
        str(spec),
        "--output",
        str(installation.generated),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  (no shell, and this interpreter)
    if done.returncode not in (0, 1):
        raise ArgumentError(f"--render: the spec cannot be rendered: {done.stderr.strip()}")
    if done.returncode:
        yield from (f"rendered: {line.strip()}" for line in done.stderr.splitlines() if line.startswith("  "))
