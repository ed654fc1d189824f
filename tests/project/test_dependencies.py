"""The lock files are complete and hashed, and what users get is free to use."""

import json
import re
from importlib.metadata import metadata, requires

from tests.project.reading import PYPROJECT, ROOT

LOCK = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
PERMISSIVE = re.compile(r"\b(MIT|BSD|Apache|PSF|MPL|ISC)", flags=re.IGNORECASE)


def _entries() -> dict[str, str]:
    """The entries of the lock file: name, and all that belongs to it."""
    return {
        entry.split("==")[0]: entry for entry in re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE) if "==" in entry
    }


def _name(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9_.-]", requirement)[0].lower().replace("_", "-").replace(".", "-")


def test_lock_file_has_a_hash_for_every_package() -> None:
    """Set-up installs exactly what was reviewed."""
    assert [name for name, entry in _entries().items() if "--hash=sha256:" not in entry] == []


def test_lock_file_covers_what_pyproject_names() -> None:
    """A dependency that was added without `make lock` is missing here."""
    project = PYPROJECT["project"]
    named = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
        *PYPROJECT["dependency-groups"]["dev"],
    ]

    assert {_name(requirement) for requirement in named} - set(_entries()) == set()


def test_npm_lock_file_has_a_hash_for_every_package_and_no_address() -> None:
    """Versions and hashes say what is installed; where it comes from is the machine's business."""
    lock = json.loads((ROOT / "requirements" / "npm" / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}

    assert packages
    assert all("integrity" in entry and "resolved" not in entry for entry in packages.values())


def _licence(name: str) -> str:
    """What a package's metadata says of its licence, in whichever of the three fields it says it."""
    about = metadata(name).json
    classifiers = [text for text in about.get("classifier", []) if text.startswith("License")]
    return " ".join([str(about.get("license_expression", "")), str(about.get("license", ""))[:40], *classifiers])


def _shipped(name: str = "gemini-clearing") -> set[str]:
    """Everything that a user's install brings, with the extra `mock`."""
    found: set[str] = set()
    for requirement in requires(name) or []:
        marker = requirement.partition(";")[2]
        needed = _name(requirement)
        if ("extra" in marker and "mock" not in marker) or needed in found or needed not in _entries():
            continue
        found |= {needed} | _shipped(needed)
    return found


def test_what_users_install_has_permissive_licences() -> None:
    """No dependency forces terms on the code of those who use the client."""
    licences = {name: _licence(name) for name in sorted(_shipped())}

    assert {"httpx", "msgspec", "attrs", "uvicorn"} <= set(licences)
    assert {name: licence for name, licence in licences.items() if not PERMISSIVE.search(licence)} == {}
