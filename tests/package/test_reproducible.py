"""The distribution depends on the commit only."""

from pathlib import Path

from gemini_clearing_release._build import build_twice
from tests.package.conftest import ROOT


def test_two_builds_have_the_same_bytes(tmp_path: Path) -> None:
    """Builds in two folders, with different permissions, have equal wheels and sdists."""
    built = build_twice(ROOT, tmp_path)

    assert sorted(path.suffix for path in built.iterdir()) == [".gz", ".whl"]
