"""Fixtures: packages rendered from the small spec, or from a spec of the test."""

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
    """Return a copy of the package of the small spec."""
    shutil.copytree(_template.package.parent, tmp_path, dirs_exist_ok=True)
    copy = Rendered.__new__(Rendered)
    copy.spec, copy.package, copy.code = tmp_path / "clearing.yaml", tmp_path / "gemini_clearing", 0
    return copy


@pytest.fixture
def render(tmp_path: Path) -> Callable[[str], Rendered]:
    """Return a function that renders a spec."""
    return lambda spec: Rendered(tmp_path, spec)


@pytest.fixture
def error_of(small: Rendered, capsys: pytest.CaptureFixture[str]) -> Callable[[str | bytes | None], str]:
    """Return a function that generates from an invalid spec, and returns the message."""

    def attempt(spec: str | bytes | None) -> str:
        before = small.files()
        if isinstance(spec, str):
            small.spec.write_text(spec, "utf-8")
        elif isinstance(spec, bytes):
            small.spec.write_bytes(spec)
        assert small.run() == 2
        assert small.files() == before
        out, err = capsys.readouterr()
        assert out == ""
        message, last = err.rstrip("\n").rsplit("\n", 1)
        assert last == "The client was not changed."
        assert message.startswith(f"{small.spec}")
        return message.removeprefix(f"{small.spec}")

    return attempt
