"""The report files: the folder is checked before the run, and each file is written independently of the others."""

import io
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rich.console import Console

from ..errors import SetupError
from .html import write_html
from .junit import write_junit
from .summary import Summary, write_json
from .terminal import print_summary

__all__ = ["WIDTH", "prepare_folder", "write_reports"]

# The width of the tables, if the output is not a terminal.
WIDTH = 100


def prepare_folder(folder: Path) -> None:
    """
    Create the folder if it is missing, and check that files can be created in it.

    Raises:
        SetupError: The folder cannot be used.
    """
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            # Reports do not belong into the repository from which the suite is run.
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        message = f"{folder}: the report folder cannot be used: {error.strerror}."
        raise SetupError(f"{message} Choose another one with --report-dir.") from error


def write_reports(summary: Summary, folder: Path) -> list[tuple[Path, Exception]]:
    """Write every report; returns the files that could not be written, each with the error."""
    renderers: dict[str, Callable[[Summary], str]] = {
        "report.json": write_json,
        "junit.xml": write_junit,
        "report.html": write_html,
        "summary.txt": partial(_write_text, folder),
    }
    failed: list[tuple[Path, Exception]] = []
    for name, render in renderers.items():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(render(summary), encoding="utf-8", errors="backslashreplace")
        except Exception as error:
            failed.append((folder / name, error))
    return failed


def _write_text(folder: Path, summary: Summary) -> str:
    text = io.StringIO()
    print_summary(Console(file=text, width=WIDTH, highlight=False, soft_wrap=True), summary, str(folder))
    return text.getvalue()
