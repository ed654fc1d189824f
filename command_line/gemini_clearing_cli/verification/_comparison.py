"""The comparison of an installation with its provenance, with RECORD, and with a new rendering of the spec."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ._errors import VerificationError
from ._files import UnusableFileError, content_of, files_below
from ._folders import FolderComparison, writable
from ._installation import DISTRIBUTION, GENERATED, Installation
from ._provenance import PROVENANCE, Provenance, read_provenance, sha256_of
from ._record import Record, read_record, record_of_wheel

__all__ = ["Verification", "verify"]

_SPEC = "openapi/clearing.yaml"
_PACKAGED_SPEC = "gemini_clearing_contract/clearing.yaml"
_TEMPLATES = "generator/gemini_clearing_generator"
_GENERATOR = "gemini_clearing_generator"
# An installer adds these to the files of the wheel.
_OF_INSTALLER = ("INSTALLER", "REQUESTED", "direct_url.json", "uv_build.json", "uv_cache.json")


@dataclass(frozen=True, slots=True)
class Verification:
    """The result: every difference, and the number of compared files."""

    installation: Installation
    provenance: Provenance
    differences: tuple[str, ...]
    """
    One line each: `changed`, `missing`, `stray`, `linked`, `writable`, `unreadable`, `shadowed` or `rendered`, the
    path, and the contradicted source.
    """
    compared: Mapping[str, int]
    """The number of compared files, by the source: provenance or RECORD."""
    uncompared: int
    """The number of compiled files that this Python does not load, so that they were not compared."""

    def as_json(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        installation = self.installation
        return {
            "version": installation.version,
            "kind": installation.kind,
            "folder": str(installation.checkout or installation.folder),
            "tools": dict(self.provenance.tools),
            "sources": dict(self.provenance.sources),
            "compared": dict(self.compared),
            "uncompared_byte_code": self.uncompared,
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
        VerificationError: the archive, the wheel or the generator cannot be used.
    """
    if wheel and installation.checkout:
        raise VerificationError("--wheel: this is an editable install. Compare an installed wheel, as with --path.")
    if render and find_spec(_GENERATOR) is None:
        raise VerificationError(
            "--render: the generator is not installed; it is never shipped. In a checkout of the release, run "
            f"`make setup`, then `.venv/bin/gemini-clearing verify --render --path <folder with {DISTRIBUTION}>`."
        )
    with installation.files() as root:
        provenance = read_provenance(_generated(installation, root))
        record = record_of_wheel(wheel) if wheel else _installed_record(installation, root)
        by_installer = ("RECORD", *_OF_INSTALLER) if wheel else ("RECORD",)
        expected = {*record.entries, *(f"{installation.info}/{name}" for name in by_installer)}
        folders = FolderComparison(root, expected)
        compared_folders = [*_packages(record), installation.info] if record.entries else []
        found = [
            *_compared_with_provenance(installation, root, provenance),
            *record.problems,
            *_compared_with_record(root, record),
            *folders.differences(compared_folders),
            *(f"stray: {name} (of another version)" for name in installation.others),
            *_shadowed(installation, record),
            *(_rendered(installation, root) if render else ()),
        ]
    compared = {"provenance": len(provenance.files), "RECORD": len(record.entries)}
    return Verification(installation, provenance, tuple(dict.fromkeys(found)), compared, folders.uncompared)


def _generated(installation: Installation, root: Path) -> Path:
    """Return the folder of the generated package."""
    return (installation.checkout / "generated_client" if installation.checkout else root) / GENERATED


def _packages(record: Record) -> list[str]:
    """Return the names of the import packages that RECORD has."""
    names = (name.partition("/")[0] for name in record.entries)
    return sorted({name for name in names if name.startswith(GENERATED) and "." not in name})


def _installed_record(installation: Installation, root: Path) -> Record:
    """Return the RECORD of the installation. An archive has no commands, which are outside of the folder."""
    name = f"{installation.info}/RECORD"
    try:
        record = read_record(content_of(root / name).decode("utf-8"), name)
    except UnusableFileError as error:
        return Record({}, (f"{error.kind}: {name} (without it only the generated package is compared. Pass --wheel)",))
    except ValueError:
        return Record({}, (f"changed: {name} (not UTF-8)",))
    if installation.kind != "archive":
        return record
    inside = {path: entry for path, entry in record.entries.items() if not path.startswith("../")}
    return Record(inside, record.problems)


def _compared_with_provenance(installation: Installation, root: Path, provenance: Provenance) -> Iterator[str]:
    """Compare the generated files and their sources with the provenance, which names each of them."""
    generated = _generated(installation, root)
    if provenance.problem:
        yield f"unreadable: {GENERATED}/{PROVENANCE} (not a provenance: {provenance.problem})"
        return
    for name, digest in provenance.files.items():
        yield from _differing(generated / name, f"{GENERATED}/{name}", digest)
    for path in files_below(generated, []):
        below = path.relative_to(generated)
        if "__pycache__" not in below.parts and below.as_posix() not in {*provenance.files, PROVENANCE}:
            yield f"stray: {GENERATED}/{below.as_posix()} (not in the provenance)"
    if installation.checkout is None:
        # A wheel has the spec in the contract suite, and no templates.
        yield from _differing(root / _PACKAGED_SPEC, _PACKAGED_SPEC, provenance.sources.get(_SPEC, ""))
        return
    for name, digest in provenance.sources.items():
        place = name if name == _SPEC else f"{_TEMPLATES}/{name}"
        yield from _differing(installation.checkout / place, place, digest)


def _differing(path: Path, name: str, digest: str) -> Iterator[str]:
    try:
        if sha256_of(content_of(path)) != digest:
            yield f"changed: {name} (provenance)"
    except UnusableFileError as error:
        yield error.line(name, "provenance")


def _compared_with_record(root: Path, record: Record) -> Iterator[str]:
    for name, entry in record.entries.items():
        path = _located(root, name)
        try:
            if not entry.describes(content_of(path)):
                yield f"changed: {name} (RECORD)"
        except UnusableFileError as error:
            yield error.line(name, "RECORD")
        if "/" not in name or name.startswith("../"):
            yield from writable(path, name)


def _located(root: Path, name: str) -> Path:
    """Return the path of a recorded file. `pip install --target` moves the commands without a change of RECORD."""
    path = root / name
    moved = root / path.parent.name / path.name
    return moved if name.startswith("../") and not path.exists() and moved.exists() else path


def _shadowed(installation: Installation, record: Record) -> Iterator[str]:
    """Find packages that Python imports from elsewhere."""
    if not installation.is_running:
        return
    folder = installation.folder
    homes = dict.fromkeys(_packages(record), folder)
    if installation.checkout:
        homes = {GENERATED: installation.checkout / "generated_client"}
    for package, home in homes.items():
        found = find_spec(package)
        if found and found.origin and Path(found.origin).resolve().parents[1] != home.resolve():
            yield f"shadowed: {package} is imported from {Path(found.origin).parent}"


def _rendered(installation: Installation, root: Path) -> Iterator[str]:
    """Render the spec with the generator of this environment, and compare the installed package with the result."""
    spec = installation.checkout / _SPEC if installation.checkout else root / _PACKAGED_SPEC
    options = ("--check", "--spec", str(spec), "--output", str(_generated(installation, root)))
    command = [sys.executable, "-m", _GENERATOR, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  (a list of arguments, no shell; the program is this interpreter)
    if done.returncode not in (0, 1):
        raise VerificationError(f"--render: the spec cannot be rendered: {done.stderr.strip()}")
    if done.returncode:
        yield from (f"rendered: {line.strip()}" for line in done.stderr.splitlines() if line.startswith("  "))
