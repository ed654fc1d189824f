"""Every Python example of every document runs as it stands, and prints what the document says it prints."""

import contextlib
import io
from pathlib import Path

import pytest

from docs.reading import DOCUMENTS, ROOT, Block, blocks

WITH_PYTHON = [path for path in DOCUMENTS if any(block.language == "python" for block in blocks(path))]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _run(document: Path, block: Block, namespace: dict[str, object]) -> str:
    """Run a block at its own line numbers, so that a failure points into the document, and return what it printed."""
    printed = io.StringIO()
    code = compile("\n" * (block.line - 1) + block.text, str(document), "exec", dont_inherit=True)
    with contextlib.redirect_stdout(printed):
        exec(code, namespace)  # noqa: S102 - the documents are part of the project
    return printed.getvalue()


@pytest.mark.parametrize("document", WITH_PYTHON, ids=_name)
def test_examples_run_and_print_what_the_document_says(document: Path) -> None:
    """The blocks of a document run in order and share their names; a `text` block is what the one before printed."""
    namespace: dict[str, object] = {"__name__": "example"}
    printed = ""

    for block in blocks(document):
        if block.language == "python":
            printed = _run(document, block, namespace)
        elif block.language == "text":
            assert printed == block.text, f"{_name(document)}:{block.line}"


def test_readme_has_an_example_of_use_and_one_of_failure() -> None:
    """The first page shows both, and what they print."""
    assert [block.language for block in blocks(ROOT / "README.md") if block.language] == ["python", "text"] * 2
