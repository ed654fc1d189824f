"""The version of a release: the version file, the newest entry of the changelog, and the tag."""

import re
from pathlib import Path

from ._errors import ReleaseError

__all__ = ["released_version"]

_FILE = Path("client_runtime/gemini_clearing_runtime/_version.py")


def released_version(root: Path, tag: str | None) -> str:
    """
    Return the version.

    Raises:
        ReleaseError: version file, changelog and tag do not agree.
    """
    version = re.findall(r'^__version__ = "(.+)"$', (root / _FILE).read_text(encoding="utf-8"), flags=re.MULTILINE)[0]
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.findall(r"^## \[(\d[\d.]*)\]", changelog, flags=re.MULTILINE)[0]
    if version != newest:
        raise ReleaseError(f"CHANGELOG.md: newest version {newest}, but {_FILE} has {version}. Add an entry.")
    if tag is not None and tag != f"v{version}":
        raise ReleaseError(f"tag {tag}: the version is {version}. Tag the commit of the release v{version}.")
    return str(version)
