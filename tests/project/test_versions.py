"""The version is the same in all packages and in the changelog."""

import re

import gemini_clearing
import gemini_clearing_runtime
from tests.project.reading import ROOT

CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_version_is_the_newest_in_the_changelog() -> None:
    """The newest version in the changelog is the version of the package."""
    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", CHANGELOG, flags=re.MULTILINE)

    assert versions[0] == gemini_clearing.__version__


def test_version_is_the_same_in_all_packages() -> None:
    """All packages of the distribution report the same version."""
    assert gemini_clearing.__version__ == gemini_clearing_runtime.__version__


def test_changelog_has_the_documented_format() -> None:
    """Headings are `Unreleased` or `[version] - date`; sections are the ones that Keep a Changelog defines."""
    headings = re.findall(r"^## (.+)$", CHANGELOG, flags=re.MULTILINE)
    kinds = set(re.findall(r"^### (.+)$", CHANGELOG, flags=re.MULTILINE))

    assert all(re.fullmatch(r"\[Unreleased\]|\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", heading) for heading in headings)
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
