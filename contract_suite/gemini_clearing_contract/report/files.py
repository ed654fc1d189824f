"""The report files: each is written as a whole, and independently of the others."""

import io
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from rich.console import Console

from .html import write_html
from .junit import write_junit
from .summary import Summary, write_json
from .terminal import UNLIMITED, print_summary

__all__ = ["write_reports"]


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
            _write(folder / name, render(summary))
        except Exception as error:
            failed.append((folder / name, error))
    return failed


def _write(file: Path, text: str) -> None:
    """Write a file as a whole: on a full disk, or when the process is killed, no part of it remains."""
    part = file.with_name(f".{file.name}.part")
    try:
        part.write_text(text, encoding="utf-8", errors="backslashreplace")
        part.replace(file)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def _write_text(folder: Path, summary: Summary) -> str:
    text = io.StringIO()
    print_summary(Console(file=text, width=UNLIMITED, highlight=False, soft_wrap=True), summary, str(folder))
    return text.getvalue()
