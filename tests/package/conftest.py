"""The built distribution, and a clean environment that it is installed in; each is made once per run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent


def run(*command: str | Path, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end and keep what it printed."""
    return subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)


def _succeed(*command: str | Path) -> None:
    done = run(*command)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the sdist and the wheel that was built from it; no network is used."""
    folder = tmp_path_factory.mktemp("dist")
    _succeed(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    return folder


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    """The wheel."""
    [path] = dist.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that holds the wheel, its extra `mock`, and what these declare."""
    home = tmp_path_factory.mktemp("clean")
    pins = home / "pins.txt"
    lock = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    pins.write_text("\n".join(re.findall(r"^[a-z0-9][^\\\s]*==[^\\\n]*", lock, flags=re.MULTILINE)), encoding="utf-8")
    _succeed(TOOLS / "uv", "venv", "--quiet", "--python", sys.executable, home / "venv")
    python = home / "venv" / "bin" / "python"
    arguments = ["--constraint", str(pins), f"{wheel}[mock]"]
    by_uv = run(TOOLS / "uv", "pip", "install", "--quiet", "--python", python, *arguments)
    if by_uv.returncode != 0:
        # As in the Makefile: pip may know a package index that uv does not.
        _succeed(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", *arguments)
    return python
