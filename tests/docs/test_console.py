"""Every command in a `console` block prints what the document shows."""

from pathlib import Path

import pytest

from gemini_clearing_cli._exit_codes import ExitCode
from tests.docs.console import DOCUMENTS
from tests.docs.console import rendered as render
from tests.docs.reading import ROOT, rows


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_console_blocks_show_what_the_commands_print(document: Path) -> None:
    """`make docs` writes the output of the commands; the committed document has the same."""
    assert render(document) == document.read_text(encoding="utf-8"), "Run `make docs`, and commit the result."


def test_exit_codes_are_documented() -> None:
    """The table has each exit code, in order."""
    listed = [row[0] for row in rows(ROOT / "docs" / "command-line.md", "Exit codes")]

    assert listed == [f"{code:d}" for code in ExitCode]
