"""Run the command of the suite in this process, and read what it prints."""

from pathlib import Path

import pytest

from gemini_clearing_contract.cli import main

__all__ = ["FILES", "only_line", "run"]

FILES = {"report.json", "report.html", "junit.xml", "summary.txt"}
"""The files of a report."""


def run(folder: Path, *options: str) -> int:
    """Run the shortest layer, and return the exit status."""
    return main(["--layers", "examples", "--profile", "quick", "--report-dir", str(folder), *options])


def only_line(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the output, which is a single line."""
    output = capsys.readouterr().out
    assert 1 == output.count("\n"), output
    return output
