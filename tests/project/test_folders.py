"""Every folder is described in the documents."""

import re

from tests.project.reading import ROOT, committed
from tests.project.test_layers import ALLOWED


def _listed(document: str) -> set[str]:
    """Return the folders in the first column of the tables of a document."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return set(re.findall(r"^\| \[?`([\w./-]+)/`", text, flags=re.MULTILINE))


def test_tests_readme_lists_every_folder_of_tests() -> None:
    """tests/README.md has one row for each existing folder of tests."""
    folders = {path.relative_to(ROOT / "tests").parts[0] for path in committed() if (ROOT / "tests") in path.parents}

    assert _listed("tests/README.md") == {name for name in folders if (ROOT / "tests" / name).is_dir()}


def test_architecture_lists_the_allowed_third_party_packages() -> None:
    """The row of a shipped folder names every third-party package that `test_layers.py` allows for it."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    columns = dict(re.findall(r"^\| `(\w+)/` \|.*\| ([^|]+) \|$", text, flags=re.MULTILINE))
    missing = {
        folder: name
        for folder, names in ALLOWED.items()
        for name in names
        if folder != "generator" and not re.search(rf"\b(?:py)?{name.replace('_', '-')}\b", columns[folder])
    }

    assert missing == {}


def test_architecture_lists_every_top_level_folder() -> None:
    """ARCHITECTURE.md has one row for each top-level folder, except dot folders."""
    folders = {path.relative_to(ROOT).parts[0] for path in committed() if path.parent != ROOT}

    assert _listed("ARCHITECTURE.md") == {name for name in folders if not name.startswith(".")}
