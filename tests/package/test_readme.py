"""The examples of README.md run with the installed wheel, without the checkout."""

import re
from pathlib import Path

from tests.docs.reading import blocks
from tests.package.conftest import ROOT, run

README = blocks(ROOT / "README.md")


def test_quick_start_runs(python: Path, tmp_path: Path) -> None:
    """The first example prints the documented output."""
    example = next(block for block in README if block.language == "python")
    printed = next(block for block in README if block.language == "text")

    done = run(python, "-I", "-W", "error", "-c", example.text, cwd=tmp_path)

    assert (0, printed.text) == (done.returncode, done.stdout), done.stderr


def test_example_of_the_pytest_plugin_runs(python: Path, tmp_path: Path) -> None:
    """The example of a test uses the plugin's fixtures."""
    names = ((block, re.match(r"# (test_\w+\.py)\n", block.text)) for block in README if block.language == "python")
    block, name = next((block, match[1]) for block, match in names if match)
    (tmp_path / name).write_text(block.text, encoding="utf-8")

    done = run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", name, cwd=tmp_path)

    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout
