"""Source edits find their text in every module of a package, and fail if it is missing."""

import sys
from importlib import import_module
from pathlib import Path

import pytest

from tests.faults.source_edits import PlantingError, SourceEdits, sources_of


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package with a subpackage, importable for one test."""
    name = f"edited_{tmp_path.name}"
    sources = {"__init__.py": "A = 1\n", "one.py": "B = 1\n", "sub/__init__.py": "", "sub/two.py": "C = 1\n"}
    for file, source in sources.items():
        (tmp_path / name / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name / file).write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    return name


def test_sources_of_includes_subpackages(package: str) -> None:
    """Every module below the package's folder has its source, under its import name."""
    expected = {package: "A = 1\n", f"{package}.one": "B = 1\n", f"{package}.sub": "", f"{package}.sub.two": "C = 1\n"}

    assert expected == sources_of(package)


def test_add_edits_every_module_with_the_text(package: str) -> None:
    """A module is imported with the replacement, in the package itself and in its subpackages."""
    edits = SourceEdits()
    edits.add(package, " = 1", " = 2")
    edits.install()

    two = import_module(f"{package}.sub.two")

    assert (2, 2) == (import_module(package).A, two.C)


def test_add_rejects_a_text_that_no_module_contains(package: str) -> None:
    """The error names the package and the text."""
    with pytest.raises(PlantingError, match=f"no module of {package} contains 'D = 1'"):
        SourceEdits().add(package, "D = 1", "D = 2")


def test_add_rejects_a_module_that_is_imported(package: str) -> None:
    """An edit after the import would have no effect."""
    import_module(package)

    with pytest.raises(PlantingError, match=f"{package} is already imported"):
        SourceEdits().add(package, "A = 1", "A = 2")
