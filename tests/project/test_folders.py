"""Every folder is explained where a newcomer looks for it."""

import re

from tests.project.reading import ROOT, committed


def _explained(document: str) -> set[str]:
    """The folders in the first column of a document's tables."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return set(re.findall(r"^\| \[?`([\w./-]+)/`", text, flags=re.MULTILINE))


def test_tests_readme_explains_every_folder_of_tests() -> None:
    """One row for each; none for a folder that is gone."""
    folders = {path.relative_to(ROOT / "tests").parts[0] for path in committed() if (ROOT / "tests") in path.parents}

    assert _explained("tests/README.md") == {name for name in folders if (ROOT / "tests" / name).is_dir()}


def test_architecture_explains_every_folder_of_code() -> None:
    """One row for each top-level folder, dot folders aside."""
    folders = {path.relative_to(ROOT).parts[0] for path in committed() if path.parent != ROOT}

    assert _explained("ARCHITECTURE.md") == {name for name in folders if not name.startswith(".")}
