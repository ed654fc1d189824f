"""The version is stated once, and the changelog follows it."""

import re

import gemini_clearing
import gemini_clearing_runtime
from tests.project.reading import ROOT

CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_version_is_the_newest_in_the_changelog() -> None:
    """A release without an entry, or an entry without a release, is a mistake."""
    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", CHANGELOG, flags=re.MULTILINE)

    assert versions[0] == gemini_clearing.__version__


def test_version_is_one_for_all_packages() -> None:
    """One distribution has one version."""
    assert gemini_clearing.__version__ == gemini_clearing_runtime.__version__


def test_changelog_keeps_its_form() -> None:
    """Headings are `Unreleased` or `[version] - date`, and below them only the kinds of change that the form knows."""
    headings = re.findall(r"^## (.+)$", CHANGELOG, flags=re.MULTILINE)
    kinds = set(re.findall(r"^### (.+)$", CHANGELOG, flags=re.MULTILINE))

    assert all(re.fullmatch(r"\[Unreleased\]|\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", heading) for heading in headings)
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
