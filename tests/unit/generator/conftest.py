"""Packages rendered from the small spec: one that tests only read, and one of a test's own."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.generator.specs import SMALL, Rendered


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    rendered = Rendered(tmp_path_factory.mktemp("small"), SMALL)
    assert rendered.code == 0
    return rendered


@pytest.fixture
def small(_template: Rendered, tmp_path: Path) -> Rendered:
    """A fresh copy of the package of the small spec."""
    shutil.copytree(_template.package.parent, tmp_path, dirs_exist_ok=True)
    copy = Rendered.__new__(Rendered)
    copy.spec, copy.package, copy.code = tmp_path / "clearing.yaml", tmp_path / "gemini_clearing", 0
    return copy


@pytest.fixture
def render(tmp_path: Path) -> Callable[[str], Rendered]:
    """Render a spec into a folder of the test's own."""
    return lambda spec: Rendered(tmp_path, spec)
