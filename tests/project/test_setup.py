"""`make setup` on a machine that lacks something says what is missing, and leaves nothing half-made behind."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.reading import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As much of the project as set-up reads, without an environment."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    return tmp_path


def _setup(checkout: Path, python: str) -> "subprocess.CompletedProcess[str]":
    command = ["make", "setup", f"PYTHON={python}"]
    return subprocess.run(command, cwd=checkout, stdin=subprocess.DEVNULL, capture_output=True, text=True)


def test_setup_without_python_names_what_is_needed(checkout: Path) -> None:
    """The command that is not there, the version that is needed, and how to name another."""
    done = _setup(checkout, "no-such-python")

    assert done.returncode != 0
    assert "There is no no-such-python here. Python 3.11 or newer is needed: make PYTHON=<command>" in done.stdout


def test_setup_with_an_old_python_names_both_versions(checkout: Path) -> None:
    """An interpreter that calls itself 3.10 stands in for an old one."""
    old = checkout / "python3.10"
    code = "import sys; sys.version_info = (3, 10, 0); exec(sys.argv[2])"
    old.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{code}' \"$@\"\n", encoding="utf-8")
    old.chmod(0o755)

    done = _setup(checkout, str(old))

    assert done.returncode != 0
    assert f"Python 3.11 or newer is needed, and {old} is 3.10" in done.stderr


def test_setup_without_network_says_so_and_can_be_repeated(checkout: Path) -> None:
    """Neither uv nor pip finds a package; a stand-in for the environment's Python has pip fail as it does then."""
    python = checkout / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\ncase "$*" in "-m pip install"*) exit 1;; esac\n', encoding="utf-8")
    python.chmod(0o755)

    done = _setup(checkout, sys.executable)

    assert done.returncode != 0
    assert "uv cannot fetch the packages; trying pip" in done.stdout
    assert "The packages cannot be fetched. Is there a network" in done.stdout
    assert not (checkout / ".venv" / ".ready").exists()
