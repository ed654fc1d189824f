"""An installation of the distribution: its folder, its kind, its RECORD and its provenance."""

import base64
import csv
import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import attrs

from gemini_clearing import ArgumentError

__all__ = [
    "DISTRIBUTION",
    "GENERATED",
    "PROVENANCE",
    "Installation",
    "find_installation",
    "recorded_in_wheel",
    "sha256_of",
]

DISTRIBUTION = "gemini-clearing"
GENERATED = "gemini_clearing"
PROVENANCE = "PROVENANCE.json"


@attrs.frozen
class Installation:
    """An installation: a wheel that was unpacked, or an editable install that leads to a checkout."""

    version: str
    folder: Path
    """The folder with the metadata, in general `site-packages`."""
    checkout: Path | None
    """The checkout of an editable install; None for a wheel."""
    recorded: Mapping[str, str]
    """The SHA-256 of each file, by its path relative to `folder`, from RECORD."""

    is_running: bool
    """Whether this interpreter uses the installation."""

    @property
    def generated(self) -> Path:
        """The folder of the generated package."""
        root = self.checkout / "generated_client" if self.checkout else self.folder
        return root / GENERATED

    def provenance(self) -> Mapping[str, Mapping[str, str]]:
        """
        Return the provenance of the generated package.

        Raises:
            ArgumentError: the file is missing or damaged.
        """
        path = self.generated / PROVENANCE
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return {part: dict(found[part]) for part in ("tools", "sources", "files")}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ArgumentError(
                f"{path}: no provenance ({type(error).__name__}). Install {DISTRIBUTION} again."
            ) from None

    def packages(self) -> set[str]:
        """Return the names of the import packages that RECORD has."""
        return {
            name.split("/")[0] for name in self.recorded if name.startswith(GENERATED) and ".dist-info/" not in name
        }


def find_installation(folder: Path | None) -> Installation:
    """
    Return the installation in a folder, or the one of this interpreter.

    Raises:
        ArgumentError: the distribution is not installed.
    """
    found = _distribution(folder)
    located = Path(str(found.locate_file(""))).resolve()
    recorded = dict(_recorded((found.read_text("RECORD") or "").splitlines()))
    return Installation(found.version, located, _checkout(found), recorded, folder is None)


def _checkout(found: Distribution) -> Path | None:
    """Return the checkout of an editable install (https://packaging.python.org/specifications/direct-url/)."""
    address = json.loads(found.read_text("direct_url.json") or "{}")
    is_editable = address.get("dir_info", {}).get("editable", False)
    return Path(url2pathname(urlsplit(address["url"]).path)) if is_editable else None


def _distribution(folder: Path | None) -> Distribution:
    try:
        if folder is None:
            return distribution(DISTRIBUTION)
        return next(iter(distributions(name=DISTRIBUTION, path=[str(folder)])))
    except (PackageNotFoundError, StopIteration):
        place = f"in {folder}" if folder else "for this interpreter"
        raise ArgumentError(f"{DISTRIBUTION} is not installed {place}. Install it, or pass --path.") from None


def recorded_in_wheel(wheel: Path) -> dict[str, str]:
    """
    Return the hashes of a wheel's RECORD, for a comparison with a file that was fetched on another way.

    Raises:
        ArgumentError: the file is not a wheel of this distribution.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            [record] = [name for name in archive.namelist() if name.endswith(".dist-info/RECORD")]
            lines = archive.read(record).decode("utf-8").splitlines()
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise ArgumentError(
            f"{wheel}: not a wheel ({type(error).__name__}). Pass the file that was published."
        ) from None
    return dict(_recorded(lines))


def _recorded(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Yield path and hex digest of the lines with a hash; compiled files and RECORD itself are listed without one."""
    for name, digest, *_ in csv.reader(lines):
        kind, _, value = digest.partition("=")
        if kind == "sha256":
            yield name, base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).hex()


def sha256_of(path: Path) -> str | None:
    """Return the SHA-256 of a file in hex; None if it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None
