"""Fixtures: a checkout with one commit, in which a test changes the spec."""

import copy
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[3]
FILES = ("openapi/clearing.yaml", "client_runtime/gemini_clearing_runtime/_version.py")
CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n## [{version}] - 2026-11-20\n"


@pytest.fixture(scope="module", autouse=True)
def _texts_parsed_once() -> Iterator[None]:
    """Parse each text of a module's tests once: the spec takes 0.3 s, and each command reads it and that of BASE."""
    load = YAML.load
    parsed = cache(lambda text: load(YAML(typ="safe"), text))

    def load_once(self: YAML, stream: Any) -> Any:
        is_known = isinstance(stream, str) and self.typ == ["safe"]
        return copy.deepcopy(parsed(stream)) if is_known else load(self, stream)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(YAML, "load", load_once)
        yield


@pytest.fixture(scope="session")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the checkout that a test must not change: the copies of `checkout` are for changes."""
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
def checkout(committed: Path, tmp_path: Path) -> Path:
    """Return a checkout whose only commit has the version 0.1.0."""
    return shutil.copytree(committed, tmp_path / "checkout")
