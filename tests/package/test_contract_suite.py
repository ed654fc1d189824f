"""The installed contract suite: as a command, in pytest, as a pre-commit hook, and as a GitHub action."""

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points, metadata
from pathlib import Path
from typing import Any

import pytest
import yaml

from gemini_clearing_contract.cli import main
from tests.package.conftest import ROOT, run

Mock = tuple[str, Path]
QUICK = ("--profile", "quick", "--layers", "examples,client_decoding")


def declared_extras() -> set[str]:
    """Return the extras of the distribution."""
    return set(metadata("gemini-clearing").get_all("Provides-Extra") or ())


def test_command_tests_a_served_mock(commands: Path, served_mock: Mock, tmp_path: Path) -> None:
    """`gemini-clearing-contract --target URL --credentials FILE` works without the checkout."""
    base_url, credentials = served_mock
    options = ("--target", base_url, "--credentials", credentials, "--report-dir", tmp_path / "report", *QUICK)

    done = run(commands / "gemini-clearing-contract", *options, cwd=tmp_path)

    report = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert ("No findings", base_url) == (report["result"], report["target"])
    assert "No findings." in done.stdout


def test_command_tests_the_embedded_mock(commands: Path, tmp_path: Path) -> None:
    """Without `--target` the suite tests the mock of the extra `mock`."""
    done = run(commands / "gemini-clearing-contract", *QUICK, cwd=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Testing embedded mock" in done.stdout


def test_missing_extra_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the extra `mock` and without `--target`, the reason is one line, and the exit status is 2."""
    monkeypatch.setitem(sys.modules, "uvicorn", None)

    status = main(["--layers", "examples", "--report-dir", str(tmp_path)])

    reason = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["stopped"]
    assert (2, 1) == (status, reason.count("\n") + 1)
    assert 'pip install "gemini-clearing[contract,mock]"' in reason
    assert "extra `mock` is not installed" in " ".join(capsys.readouterr().out.split())


def test_layers_run_in_pytest(python: Path, served_mock: Mock, tmp_path: Path) -> None:
    """`pytest --clearing-target URL --clearing-credentials FILE` runs the layers without the checkout."""
    base_url, credentials = served_mock
    (tmp_path / "test_own.py").write_text("def test_own():\n    pass\n", encoding="utf-8")
    options = ("--clearing-credentials", credentials, "--clearing-options", " ".join(QUICK))

    done = run(python, "-m", "pytest", "-v", "--clearing-target", base_url, *options, cwd=tmp_path)

    assert done.returncode == 0, done.stdout
    assert "clearing_contract::examples PASSED" in done.stdout
    assert "4 passed" in done.stdout


def hook() -> dict[str, Any]:
    """Return the published pre-commit hook."""
    [found] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    return dict(found)


def test_hook_installs_the_extras() -> None:
    """pre-commit runs `pip install . <additional_dependencies>` in a clone of this repository."""
    scripts = {point.name for point in entry_points(group="console_scripts")}

    assert ("python", [".[contract,mock]"]) == (hook()["language"], hook()["additional_dependencies"])
    assert {"contract", "mock"} <= declared_extras()
    assert hook()["entry"] in scripts


def test_hook_runs_in_another_repository(commands: Path, served_mock: Mock, tmp_path: Path) -> None:
    """The hook's entry needs only its arguments, and no file of this checkout."""
    base_url, credentials = served_mock
    arguments = ("--target", base_url, "--credentials", str(credentials), *QUICK)
    environment = {"PATH": f"{commands}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)}

    done = subprocess.run(
        [hook()["entry"], *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )

    assert hook()["pass_filenames"] is False
    assert done.returncode == 0, done.stdout + done.stderr


def action() -> dict[str, Any]:
    """Return the composite action."""
    return dict(yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8")))


def step(name: str) -> dict[str, Any]:
    """Return a step of the action."""
    return next(dict(one) for one in action()["runs"]["steps"] if one.get("name") == name)


def test_action_installs_itself_with_the_extras() -> None:
    """The action installs the checked-out repository with the extras that the command needs."""
    assert 'python -m pip install --quiet "$GITHUB_ACTION_PATH[contract,mock]"' == step("Install")["run"]
    assert "composite" == action()["runs"]["using"]


@pytest.mark.parametrize("options", ["--profile quick --layers examples", ""])
def test_action_runs_the_command(options: str, commands: Path, served_mock: Mock, tmp_path: Path) -> None:
    """The script of the action passes its inputs to the command; without options it runs everything."""
    base_url, credentials = served_mock
    given = {"target": base_url, "credentials": str(credentials), "options": options, "report-dir": "my report"}
    environment = {
        name: given[value.removeprefix("${{ inputs.").removesuffix(" }}")]
        for name, value in step("Test")["env"].items()
    }
    fake = tmp_path / "bin" / "gemini-clearing-contract"
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', encoding="utf-8")
    fake.chmod(0o755)
    folder = fake.parent if not options else commands

    done = subprocess.run(
        ["bash", "-e", "-c", step("Test")["run"]],
        cwd=tmp_path,
        env={"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", **environment},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    if options:
        assert (tmp_path / "my report" / "report.html").exists()
    else:
        assert [
            "--target", base_url, "--credentials", str(credentials), "--report-dir", "my report",
        ] == done.stdout.splitlines()  # fmt: skip
