"""The built distribution, a clean environment with the wheel, and a served mock; each is created once per run."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent


def run(*command: str | Path, cwd: Path = ROOT, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run a command, and return its exit status and its output."""
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env or None, capture_output=True, text=True, check=False
    )


def succeed(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a command that must succeed."""
    done = run(*command, cwd=cwd)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def install(folder: Path, *requirements: str, cwd: Path = ROOT) -> Path:
    """Create an environment with the locked versions of the dependencies, and return its interpreter."""
    pins = folder / "pins.txt"
    lock = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    pins.write_text("\n".join(re.findall(r"^[a-z0-9][^\\\s]*==[^\\\n]*", lock, flags=re.MULTILINE)), encoding="utf-8")
    succeed(TOOLS / "uv", "venv", "--quiet", "--python", sys.executable, folder / "venv")
    python = folder / "venv" / "bin" / "python"
    arguments = ["--constraint", str(pins), *requirements]
    by_uv = run(TOOLS / "uv", "pip", "install", "--quiet", "--python", python, *arguments, cwd=cwd)
    if by_uv.returncode != 0:
        # As in the Makefile: pip may be configured for a package index that uv does not use.
        succeed(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", *arguments, cwd=cwd)
    return python


@pytest.fixture(scope="module", autouse=True)
def few_certificates() -> None:
    """Keep the authorities of the system: these tests install packages."""


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the sdist and the wheel that was built from it, without network."""
    folder = tmp_path_factory.mktemp("dist")
    succeed(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    return folder


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    """The wheel."""
    [path] = dist.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the wheel, the extras `mock` and `contract`, and what these declare."""
    return install(tmp_path_factory.mktemp("clean"), f"{wheel}[contract,mock]")


@pytest.fixture(scope="session")
def commands(python: Path) -> Path:
    """The folder with the commands of that environment."""
    return python.parent


@pytest.fixture
def served_mock(commands: Path, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a mock that the installed command serves, and its credentials file."""
    command = [str(commands / "gemini-clearing-mock"), "--port", "0", "--json"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        credentials = tmp_path / "accounts.json"
        credentials.write_text(line, encoding="utf-8")
        yield json.loads(line)["base_url"], credentials
    finally:
        process.terminate()
        process.wait(30)
        if process.stdout:
            process.stdout.close()
