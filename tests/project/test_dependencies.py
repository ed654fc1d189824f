"""The lock files are complete and have hashes; dependencies of users have permissive licenses."""

import json
import re
from importlib.metadata import metadata, requires

from packaging.requirements import Requirement

from tests.project.reading import PYPROJECT, ROOT

LOCK = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
PERMISSIVE = re.compile(r"\b(MIT|BSD|Apache|PSF|MPL|ISC)", flags=re.IGNORECASE)


def _entries() -> dict[str, str]:
    """Return the entries of the lock file by package name."""
    return {
        entry.split("==")[0]: entry for entry in re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE) if "==" in entry
    }


def _name(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9_.-]", requirement)[0].lower().replace("_", "-").replace(".", "-")


def test_lock_file_has_a_hash_for_every_package() -> None:
    """Every package in the lock file has a hash, so that setup installs exactly the reviewed files."""
    assert [name for name, entry in _entries().items() if "--hash=sha256:" not in entry] == []


def test_lock_file_contains_every_dependency() -> None:
    """Every dependency in pyproject.toml is in the lock file; `make lock` adds it."""
    project = PYPROJECT["project"]
    named = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
        *PYPROJECT["dependency-groups"]["dev"],
    ]

    assert {_name(requirement) for requirement in named} - set(_entries()) == set()


def test_npm_lock_file_has_a_hash_for_every_package_and_no_address() -> None:
    """The npm lock file pins versions and hashes, without the address of a registry."""
    lock = json.loads((ROOT / "requirements" / "npm" / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}

    assert packages
    assert all("integrity" in entry and "resolved" not in entry for entry in packages.values())


def _license(name: str) -> str:
    """Return the license of a package from the three metadata fields that may contain it."""
    about = metadata(name).json
    classifiers = [text for text in about.get("classifier", []) if text.startswith("License")]
    return " ".join([str(about.get("license_expression", "")), str(about.get("license", ""))[:40], *classifiers])


def _shipped(name: str = "gemini-clearing") -> set[str]:
    """Return all packages that a user installs with the extras `mock`, `redis`, `cli` and `otel`."""
    found: set[str] = set()
    for requirement in map(Requirement, requires(name) or []):
        marker, needed = requirement.marker, _name(requirement.name)
        wanted = marker is None or any(
            marker.evaluate({"extra": extra}) for extra in ("", "mock", "redis", "cli", "otel")
        )
        if wanted and needed not in found and needed in _entries():
            found |= {needed} | _shipped(needed)
    return found


def test_dependencies_of_users_have_permissive_licenses() -> None:
    """No dependency imposes license terms on the code of users."""
    licenses = {name: _license(name) for name in sorted(_shipped())}

    assert {"httpx", "msgspec", "attrs", "redis", "uvicorn"} <= set(licenses)
    assert {name: text for name, text in licenses.items() if not PERMISSIVE.search(text)} == {}
