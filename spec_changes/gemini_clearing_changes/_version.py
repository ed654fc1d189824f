"""The version that a change requires, and the version that the project declares."""

import re

from ._base import version_in
from ._change import Weight
from ._errors import ChangesError

__all__ = ["declared_version", "inconsistencies", "required_version", "smaller"]

_HEADING = re.compile(r"^## \[(Unreleased|\d+\.\d+\.\d+)\]", flags=re.MULTILINE)
_NEXT = re.compile(r"^The next version is (\d+\.\d+\.\d+)\.$", flags=re.MULTILINE)


def required_version(base: str, weight: Weight) -> str:
    """
    Return the smallest version that a change of BASE's version may have.

    Before 1.0.0 the second number counts as major and the third as minor, as pip's `~=0.1.0` assumes.
    """
    major, minor, patch = _numbers(base)
    if weight is Weight.NONE:
        return base
    if major == 0:
        return f"0.{minor + 1}.0" if weight is Weight.MAJOR else f"0.{minor}.{patch + 1}"
    if weight is Weight.MAJOR:
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if weight is Weight.MINOR else f"{major}.{minor}.{patch + 1}"


def declared_version(version_file: str, changelog: str) -> str:
    """Return the version of the version file, or the larger version in the changelog's line below `Unreleased`."""
    stated = version_in(version_file)
    announced = _NEXT.search(_unreleased(changelog))
    return max(stated, announced[1], key=_numbers) if announced else stated


def inconsistencies(version_file: str, changelog: str) -> list[str]:
    """Return one message for each way in which version file and changelog disagree."""
    stated, released = version_in(version_file), [name for name in _HEADING.findall(changelog) if name != "Unreleased"]
    found = []
    if not released or released[0] != stated:
        newest = released[0] if released else "missing"
        found.append(
            f"CHANGELOG.md: newest version {newest}, but the version file states {stated}. "
            "Run `make release-notes`, and add its entry under the version that you release."
        )
    if sorted(released, key=_numbers, reverse=True) != released:
        found.append("CHANGELOG.md: versions out of order. Sort the entries, newest first.")
    announced = _NEXT.search(_unreleased(changelog))
    if announced and _numbers(announced[1]) <= _numbers(stated):
        found.append(f"CHANGELOG.md: next version {announced[1]}, but {stated} is released. Announce a larger one.")
    return found


def smaller(one: str, other: str) -> bool:
    """Return whether a version is smaller than another."""
    return _numbers(one) < _numbers(other)


def _unreleased(changelog: str) -> str:
    parts = _HEADING.split(changelog)
    return next((text for name, text in zip(parts[1::2], parts[2::2], strict=True) if name == "Unreleased"), "")


def _numbers(version: str) -> tuple[int, int, int]:
    found = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", version)
    if not found:
        raise ChangesError(f"version: {version}. Use the form 1.2.3")
    return int(found[1]), int(found[2]), int(found[3])
