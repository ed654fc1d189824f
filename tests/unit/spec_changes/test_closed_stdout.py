"""The commands end without a traceback if the reader of stdout closes it, as `head` does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
VENDOR = str(Path(__file__).with_name("vendor.yaml"))


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("gemini_clearing_changes", ["diff"]),
        ("gemini_clearing_changes", ["version-check"]),
        ("gemini_clearing_changes", ["release-notes"]),
        ("gemini_clearing_changes.drift", [VENDOR]),
    ],
    ids=lambda one: one[0] if isinstance(one, list) and one[0] != VENDOR else None,
)
def test_closed_stdout_is_no_traceback(module: str, arguments: list[str], checkout: Path) -> None:
    """The exit status is that of a program that ends by SIGPIPE; stderr is empty."""
    root = ROOT if VENDOR in arguments else checkout
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", module, *(["--root", str(root)] if root == checkout else []), *arguments],
        cwd=root, stdout=writer, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    os.close(writer)

    assert (141, "") == (done.returncode, done.stderr)
