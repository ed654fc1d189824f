"""Fixtures: a checkout with one commit, in which a test changes the spec."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FILES = ("openapi/clearing.yaml", "client_runtime/gemini_clearing_runtime/_version.py")
CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n## [{version}] - 2026-11-20\n"


@pytest.fixture(scope="session")
def _committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("checkout")
    for name in FILES:
        (root / name).parent.mkdir(parents=True)
        shutil.copy(ROOT / name, root / name)
    (root / FILES[1]).write_text('__version__ = "0.1.0"\n', "utf-8")
    (root / "CHANGELOG.md").write_text(CHANGELOG.format(version="0.1.0"), "utf-8")
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.test", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q"], ["add", "-A"], [*identity, "commit", "-q", "-m", "Start"]):
        subprocess.run(["git", *command], cwd=root, check=True, capture_output=True)
    return root


@pytest.fixture
def checkout(_committed: Path, tmp_path: Path) -> Path:
    """Return a checkout whose only commit has the version 0.1.0."""
    return shutil.copytree(_committed, tmp_path / "checkout")
