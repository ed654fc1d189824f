"""A mock exchange of its own for each client, and the npm packages that some of them need."""

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
PATIENCE_S = 120


@pytest.fixture
def mock() -> Iterator[dict[str, Any]]:
    """What the mock says of itself in its one JSON line."""
    command = [sys.executable, "-m", "gemini_clearing_mock", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def npm_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which Node finds the published clients, installed from the lock file."""
    command = npm()
    if not command:
        pytest.skip("npm is not on this machine")
    folder = tmp_path_factory.mktemp("npm")
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(HERE / "npm" / name, folder)
    done = subprocess.run(
        [*command, "ci", "--no-progress"],
        cwd=folder,
        env=os.environ | {"PATH": PATH},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"npm cannot install the published clients: {done.stderr.strip()[-300:]}")
    return folder
