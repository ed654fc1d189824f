"""
The pytest plugin adds one test for each layer, and costs nothing while it is not used.

Most tests run pytest in this process, which has imported the suite; the first and the last test start a process.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gemini_clearing_contract.targets.http import HttpTarget
from tests.contract.interceptors import success
from tests.contract.proxy import proxy
from tests.contract.running_pytest import OPTIONS, run_pytest, write_own_test
from tests.contract.test_targets import accounts_of, after

QUICK = "--clearing-options=--profile quick --layers {}"


def start_pytest(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """Start pytest as a user does, in a folder with one test."""
    write_own_test(folder)
    command = [sys.executable, "-m", "pytest", *OPTIONS, *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def credentials(folder: Path, mock: HttpTarget) -> str:
    """Write the mock's credentials file, and return its path."""
    path = folder / "accounts.json"
    path.write_text(json.dumps({"accounts": accounts_of(mock)}), encoding="utf-8")
    return str(path)


def test_each_layer_is_a_test(tmp_path: Path, mock: HttpTarget) -> None:
    """The layers run in addition to the user's own tests; a skipped layer is a skipped test."""
    options = ("--clearing-credentials", credentials(tmp_path, mock), QUICK.format("examples,over_http"))

    done = start_pytest(tmp_path, "--clearing-target", mock.name, *options)

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "clearing_contract::examples PASSED" in done.stdout
    assert "clearing_contract::over_http SKIPPED" in done.stdout
    assert "it tests the embedded mock, and this run has another target" in done.stdout
    assert "3 passed, 1 skipped" in done.stdout


def test_finding_is_a_failure(tmp_path: Path, mock: HttpTarget) -> None:
    """The failure contains the title, both values, the steps and the command, and no traceback of the suite."""
    options = ("--clearing-credentials", credentials(tmp_path, mock), QUICK.format("examples"))
    with proxy(mock.name, success("create_order", lambda body: body.pop("clearing_id", None))) as changed:
        done = run_pytest(tmp_path, "--clearing-target", changed.url, *options)

    assert 1 == done.returncode, done.stdout
    assert "clearing_contract::examples FAILED" in done.stdout
    assert "test_own.py::test_own PASSED" in done.stdout
    assert "create_order · schema: required · clearing_id\nexpected required ['clearing_id']\nactual {" in done.stdout
    assert "initiator: POST /v1/clearing/new {" in done.stdout
    assert "-m gemini_clearing_contract --layers examples --profile quick --only" in done.stdout
    assert "Traceback" not in done.stdout
    assert "pytest_items.py" not in done.stdout


def test_target_that_stops_is_a_failure(tmp_path: Path, mock: HttpTarget) -> None:
    """A layer that could not test the server has not passed."""
    options = ("--clearing-credentials", credentials(tmp_path, mock), QUICK.format("examples,corpus"))
    with proxy(mock.name, after(5, lambda: None)) as changed:
        done = run_pytest(tmp_path, "--clearing-target", changed.url, *options)

    assert 1 == done.returncode
    assert "clearing_contract::examples FAILED" in done.stdout
    assert "The target could not be tested" in done.stdout
    assert "the layer examples stopped before it" in done.stdout


def test_marker_selects_the_layers(tmp_path: Path) -> None:
    """The layers can be run without the user's own tests."""
    done = run_pytest(tmp_path, "--clearing-target=mock", QUICK.format("examples"), "-m", "clearing_contract")

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "2 passed, 1 deselected" in done.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--clearing-target=http://127.0.0.1:1"], "--credentials is missing"),
        (["--clearing-target="], "--clearing-target is empty. Give an address or `mock`, or leave out the option."),
        (["--clearing-target=mock", "--clearing-options=--nope"], "unrecognized arguments: --nope"),
        (["--clearing-target=mock", "--clearing-options=--layers 'x"], "--clearing-options cannot be split"),
        (["--clearing-target=mock", "-n", "2"], "--clearing-target needs a single process. Add `-n 0`."),
    ],
)
def test_wrong_options_are_one_line(tmp_path: Path, options: list[str], message: str) -> None:
    """A wrong option ends pytest with its usage error."""
    done = run_pytest(tmp_path, *options)

    assert 4 == done.returncode
    assert message in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_unused_plugin_imports_nothing(tmp_path: Path) -> None:
    """Without the option, pytest imports only the plugin's own module."""
    (tmp_path / "conftest.py").write_text(
        "import sys\n\ndef pytest_sessionfinish():\n"
        "    print('LOADED', sorted(name for name in sys.modules if name.startswith('gemini_clearing_contract')))\n",
        encoding="utf-8",
    )

    done = start_pytest(tmp_path, "-s")

    assert "LOADED ['gemini_clearing_contract', 'gemini_clearing_contract.pytest_plugin']" in done.stdout
