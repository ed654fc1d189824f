"""
Run pytest with the suite's plugin inside this process.

A new process of pytest takes two seconds, most of them to import what the process of the tests has already imported.
"""

import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from attrs import frozen

__all__ = ["OPTIONS", "Done", "run_pytest", "write_own_test"]

# Without the plugin of schemathesis, whose import takes half of a start.
OPTIONS = ("-p", "no:cacheprovider", "-p", "no:schemathesis", "-v", "-rs")
OWN_TEST = "test_own"


@frozen
class Done:
    """The exit status of a run of pytest, and the output it printed."""

    returncode: int
    stdout: str
    stderr: str


def write_own_test(folder: Path) -> None:
    """Write one test of the user, which passes."""
    (folder / f"{OWN_TEST}.py").write_text("def test_own():\n    pass\n", encoding="utf-8")


def run_pytest(folder: Path, *options: str) -> Done:
    """Run pytest in a folder with one test of the user."""
    write_own_test(folder)
    output, errors = StringIO(), StringIO()
    with chdir(folder), redirect_stdout(output), redirect_stderr(errors):
        # By default pytest adds the folder to `sys.path`, where it would remain.
        status = pytest.main([*OPTIONS, "--capture=sys", "--import-mode=importlib", *options])
    sys.modules.pop(OWN_TEST, None)
    return Done(int(status), output.getvalue(), errors.getvalue())
