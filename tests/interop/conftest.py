"""Fixtures: a new mock exchange for each client, and the npm packages that some clients use."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.interop.interpreters import PATH, npm

HERE = Path(__file__).parent
INSTALL_TIMEOUT_S = 120


@pytest.fixture
def mock() -> Iterator[dict[str, Any]]:
    """The JSON line that a running mock prints: its base URL and its accounts."""
    command = [sys.executable, "-m", "gemini_clearing_mock", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def npm_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the published clients, installed from the lock file."""
    command = npm()
    if not command:
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("npm")
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(HERE / "npm" / name, folder)
    done = subprocess.run(
        [*command, "ci", "--no-progress"],
        cwd=folder,
        env=os.environ | {"PATH": PATH},
        capture_output=True,
        text=True,
        timeout=INSTALL_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"npm could not install the published clients: {done.stderr.strip()[-300:]}")
    return folder
