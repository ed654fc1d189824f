"""Every Python example in every document runs, and prints the output that the document shows."""

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.reading import DOCUMENTS, ROOT, Block, blocks

WITH_PYTHON = [path for path in DOCUMENTS if any(block.language == "python" for block in blocks(path))]


# Without plugins that no document uses.
_OPTIONS = [word for name in ("cacheprovider", "schemathesis", "anyio") for word in ("-p", f"no:{name}")]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _run_as_test_file(block: Block, name: str, folder: Path) -> None:
    """Run a block that is a test file with pytest, in a separate folder and process."""
    (folder / name).write_text(block.text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *_OPTIONS, name],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def _run(document: Path, block: Block, namespace: dict[str, object]) -> str:
    """Run a block with the line numbers of the document, so that tracebacks point there; return what it printed."""
    printed = io.StringIO()
    code = compile("\n" * (block.line - 1) + block.text, str(document), "exec", dont_inherit=True)
    with contextlib.redirect_stdout(printed):
        exec(code, namespace)  # noqa: S102  (the documents are part of the project)
    return printed.getvalue()


@pytest.mark.parametrize("document", WITH_PYTHON, ids=_name)
def test_examples_run_and_print_what_the_document_says(document: Path, tmp_path: Path) -> None:
    """
    The blocks of a document run in order, in one namespace.

    A `text` block is the output of the block before it; a block that begins with `# test_….py` is a file for pytest.
    """
    namespace: dict[str, object] = {"__name__": "example"}
    printed = ""

    for block in blocks(document):
        test_file = re.match(r"# (test_\w+\.py)\n", block.text)
        if block.language == "python" and test_file:
            _run_as_test_file(block, test_file[1], tmp_path)
        elif block.language == "python":
            printed = _run(document, block, namespace)
        elif block.language == "text":
            assert printed == block.text, f"{_name(document)}:{block.line}"


def test_readme_has_examples_of_use_failure_and_test() -> None:
    """README.md has one example of each, and the output of the first two."""
    languages = [block.language for block in blocks(ROOT / "README.md") if block.language]

    assert languages == ["python", "text", "python", "text", "python"]
