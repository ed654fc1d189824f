"""The report folder belongs to one run, and holds the reports of this run or none, whatever is in its place."""

import json
import os
from pathlib import Path

import pytest

from gemini_clearing_contract.cli import main
from gemini_clearing_contract.options import parse_options
from gemini_clearing_contract.report.folder import report_folder
from tests.contract.command import FILES, only_line, run


def test_report_folder_that_is_a_file_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The folder is checked before the run."""
    file = tmp_path / "file"
    file.touch()

    assert 2 == run(file)
    assert f"{file}: the report folder cannot be used: File exists. Choose another one with --report-dir." in only_line(
        capsys
    )


def test_report_folder_below_a_file_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that cannot be created is named with the reason."""
    (tmp_path / "file").touch()

    assert 2 == run(tmp_path / "file" / "reports")
    assert "the report folder cannot be used: Not a directory." in only_line(capsys)


def test_report_folder_without_permission_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder in which no file can be created is rejected; root may write anywhere, so the error is raised here."""

    def denied(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", denied)

    assert 2 == run(tmp_path)
    assert "the report folder cannot be used: Permission denied." in only_line(capsys)


def test_report_that_cannot_be_written_does_not_cost_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The other files and the result on the terminal are complete; a run without findings has not passed."""
    (tmp_path / "report.html").mkdir()

    assert 2 == run(tmp_path)
    assert {"report.json", "junit.xml", "summary.txt"} <= {path.name for path in tmp_path.iterdir()}
    output = capsys.readouterr().out
    assert "No findings." in output
    assert f"{tmp_path / 'report.html'} was not written: Is a directory." in output


def test_reports_are_written_to_a_folder_that_git_ignores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --report-dir the folder is `contract-report`, and another repository stays clean."""
    monkeypatch.chdir(tmp_path)

    assert Path("contract-report") == parse_options([]).report_dir
    assert 0 == main(["--layers", "examples", "--profile", "quick"])
    assert "*\n" == Path("contract-report/.gitignore").read_text()
    assert FILES <= {path.name for path in Path("contract-report").iterdir()}


def test_existing_folder_gets_no_gitignore(tmp_path: Path) -> None:
    """Only a folder that the suite creates is ignored."""
    assert 0 == run(tmp_path)
    assert not (tmp_path / ".gitignore").exists()


@pytest.mark.parametrize(
    ("target", "reason"), [("link", "Too many levels of symbolic links"), ("nowhere", "No such file or directory")]
)
def test_report_folder_that_is_a_broken_link_is_reported(
    target: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reason is where the link leads, and not that it exists."""
    (tmp_path / "link").symlink_to(tmp_path / target)

    assert 2 == run(tmp_path / "link")
    assert f"the report folder cannot be used: {reason}." in only_line(capsys)


def test_second_run_in_the_same_folder_is_rejected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The files of two simultaneous runs would be mixed."""
    with report_folder(tmp_path):
        assert 2 == run(tmp_path)
    assert f"{tmp_path}: another run writes its reports to this folder. " in only_line(capsys)
    assert 0 == run(tmp_path)


def test_reports_of_an_earlier_run_are_removed_first(tmp_path: Path) -> None:
    """A run that does not finish leaves no report that another run has written."""
    assert 0 == run(tmp_path)
    (tmp_path / "notes.txt").touch()

    assert 2 == run(tmp_path, "--spec", str(tmp_path / "missing.yaml"))
    assert ["notes.txt"] == [path.name for path in tmp_path.iterdir()]


def test_report_of_an_earlier_run_that_cannot_be_removed_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run does not begin: at its end the old report would be there."""

    def denied(path: Path, **options: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "unlink", denied)

    assert 2 == run(tmp_path)
    line = only_line(capsys)
    assert "report.json: the report of an earlier run cannot be removed: Operation not permitted." in line


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes in folders")
def test_pipes_in_the_folder_do_not_hang(tmp_path: Path) -> None:
    """A pipe in the place of a report is replaced, and one in the place of the detection rate is ignored."""
    os.mkfifo(tmp_path / "report.html")
    os.mkfifo(tmp_path / "recall.json")

    assert 0 == run(tmp_path)
    assert (tmp_path / "report.html").is_file()


def test_report_is_whole_or_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a disk that becomes full, no part of a report remains."""
    write_text = Path.write_text

    def full(path: Path, text: str, **options: str) -> int:
        write_text(path, text[:10], **options)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)

    assert 2 == run(tmp_path)
    assert [] == list(tmp_path.iterdir())


FAULT = {"name": "fault", "side": "mock", "expected_layer": "corpus", "layers": ["corpus"], "detected_by": ["corpus"]}


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "[" * 100_000,
        '{"layers": ["corpus"], "faults": [{"name": "of an old version"}]}',
        *(json.dumps({"layers": ["corpus"], "faults": [{**FAULT, name: 1}]}) for name in FAULT),
        json.dumps({"layers": 1, "faults": [FAULT]}),
        json.dumps({"layers": ["corpus"], "faults": {"fault": FAULT}}),
    ],
)
def test_unreadable_report_of_the_detection_rate_is_ignored(text: str, tmp_path: Path) -> None:
    """A file that another program or another version has left in the folder does not cost the reports."""
    (tmp_path / "recall.json").write_text(text)

    assert 0 == run(tmp_path)
    assert FILES <= {path.name for path in tmp_path.iterdir()}


def test_report_of_the_detection_rate_is_shown(tmp_path: Path) -> None:
    """The HTML report contains the faults of the last `make recall`."""
    (tmp_path / "recall.json").write_text(json.dumps({"layers": ["corpus"], "faults": [FAULT]}))

    assert 0 == run(tmp_path)
    assert "Seeded faults" in (tmp_path / "report.html").read_text()
