"""An accident of the machine is one line and exit status 2, or changes only the output, and never costs the reports."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.command import FILES, only_line, run

SUITE = (sys.executable, "-m", "gemini_clearing_contract", "--layers", "examples", "--profile", "quick")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be read: No such file or directory."),
        (b"openapi: [", "not YAML"),
        (b"\xff\xfe", "not YAML in UTF-8"),
        (b"openapi: 3.1.0", "not an OpenAPI document (`paths` is missing)."),
    ],
)
def test_unusable_spec_is_reported(
    content: bytes | None, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line names the file and its fault."""
    spec = tmp_path / "spec.yaml"
    if content is not None:
        spec.write_bytes(content)

    assert 2 == run(tmp_path / "reports", "--spec", str(spec))
    line = only_line(capsys)
    assert str(spec) in line
    assert problem in line


def test_binary_credentials_file_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not text is rejected like a file that is not JSON."""
    file = tmp_path / "credentials.json"
    file.write_bytes(b"\xff\xfe\x00")

    assert 2 == run(tmp_path, "--target", "http://127.0.0.1:1", "--credentials", str(file))
    assert "not a credentials file" in " ".join(capsys.readouterr().out.split())
    assert FILES <= {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1"])
def test_console_encoding_does_not_limit_the_run(
    encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A console that has no check marks shows other characters."""
    printed = io.BytesIO()
    with io.TextIOWrapper(printed, encoding) as console:
        monkeypatch.setattr(sys, "stdout", console)
        assert 0 == run(tmp_path)
        console.flush()
        output = printed.getvalue().decode(encoding)
        monkeypatch.undo()

    assert "+ examples" in output
    assert "No findings." in output


def test_console_encoding_of_the_environment_does_not_limit_the_run(tmp_path: Path) -> None:
    """Python's own console of another encoding shows other characters too, also at its exit."""
    command = [*SUITE, "--report-dir", str(tmp_path)]
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)

    assert (0, b"") == (done.returncode, done.stderr)
    assert "+ examples" in done.stdout.decode("cp1252")


def test_closed_pipe_does_not_end_the_run(tmp_path: Path) -> None:
    """After `| head -1` the run continues, writes its reports, and has its own exit status."""
    with subprocess.Popen(
        [*SUITE, "--report-dir", str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
        status = process.wait(60)

    assert (0, b"") == (status, errors)
    assert "No findings" == json.loads((tmp_path / "report.json").read_text())["result"]
    assert FILES <= {path.name for path in tmp_path.iterdir()}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_full_disk_under_the_output_does_not_end_the_run(tmp_path: Path) -> None:
    """An output file on a full disk does not cost the reports."""
    with Path("/dev/full").open("wb") as full:
        command = [*SUITE, "--report-dir", str(tmp_path)]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)

    assert (0, b"") == (done.returncode, done.stderr)
    assert FILES <= {path.name for path in tmp_path.iterdir()}


def test_python_without_standard_output_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python has no `sys.stdout` if the descriptor is closed, as by `>&-` or in a service."""
    monkeypatch.setattr(sys, "stdout", None)

    assert 0 == run(tmp_path)
    assert FILES <= {path.name for path in tmp_path.iterdir()}


@pytest.mark.skipif(os.name == "nt", reason="closes descriptors in a POSIX shell")
def test_closed_descriptors_are_not_given_to_files(tmp_path: Path) -> None:
    """With stdin, stdout and stderr closed, the run passes, and no output gets into a file of the run."""
    command = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *SUITE, "--report-dir", str(tmp_path)]

    assert 0 == subprocess.run(command, check=False, timeout=120).returncode
    assert "No findings" == json.loads((tmp_path / "report.json").read_text())["result"]
    assert FILES <= {path.name for path in tmp_path.iterdir()}
