"""The required version follows from the weight, and the declared version from version file and changelog."""

import pytest

from gemini_clearing_changes import Weight
from gemini_clearing_changes._errors import ChangesError
from gemini_clearing_changes._version import declared_version, inconsistencies, required_version

FILE = '__version__ = "0.1.0"\n'
CHANGELOG = "# Changelog\n\n## [Unreleased]\n{next}\n### Added\n\n- A line.\n\n## [0.1.0] - 2026-11-20\n"


@pytest.mark.parametrize(
    ("base", "weight", "expected"),
    [
        ("0.1.0", Weight.NONE, "0.1.0"),
        ("0.1.0", Weight.PATCH, "0.1.1"),
        ("0.1.0", Weight.MINOR, "0.1.1"),
        ("0.1.9", Weight.MAJOR, "0.2.0"),
        ("1.2.3", Weight.PATCH, "1.2.4"),
        ("1.2.3", Weight.MINOR, "1.3.0"),
        ("1.2.3", Weight.MAJOR, "2.0.0"),
        ("1.9.3", Weight.MINOR, "1.10.0"),
    ],
)
def test_required_version_follows_from_the_weight(base: str, weight: Weight, expected: str) -> None:
    """Before 1.0.0 the second number counts as major, and the third as minor."""
    assert required_version(base, weight) == expected


@pytest.mark.parametrize(
    ("announced", "expected"),
    [("", "0.1.0"), ("\nThe next version is 0.2.0.\n", "0.2.0"), ("\nThe next version is 0.0.9.\n", "0.1.0")],
)
def test_declared_version_is_the_larger_one(announced: str, expected: str) -> None:
    """The changelog can announce the next version before the version file has it."""
    assert declared_version(FILE, CHANGELOG.format(next=announced)) == expected


@pytest.mark.parametrize(
    ("file", "changelog", "expected"),
    [
        (FILE, CHANGELOG.format(next=""), []),
        ('__version__ = "0.2.0"\n', CHANGELOG.format(next=""), ["newest version 0.1.0", "make release-notes"]),
        (FILE, "# Changelog\n", ["newest version missing", "make release-notes"]),
        (
            FILE,
            CHANGELOG.format(next="\nThe next version is 0.1.0.\n"),
            ["next version 0.1.0", "Announce a larger one"],
        ),
        (FILE, f"{CHANGELOG.format(next='')}\n## [0.3.0] - 2026-12-01\n", ["out of order", "newest first"]),
    ],
)
def test_disagreement_names_both_versions_and_the_remedy(file: str, changelog: str, expected: list[str]) -> None:
    """Version file and changelog have the same newest version, and versions are in order."""
    found = "\n".join(inconsistencies(file, changelog))

    assert [part for part in expected if part not in found] == []
    assert bool(found) == bool(expected)


def test_unreadable_version_is_an_error() -> None:
    """The message names the file and the form."""
    with pytest.raises(ChangesError, match="no version of the form"):
        declared_version("x = 1\n", "")
