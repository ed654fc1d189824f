"""One run of pytest on files of BASE, with the packages of some folders, and within a limit of time."""

import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence, Set
from pathlib import Path

import attrs

from ._errors import ChangesError

__all__ = ["Failure", "Run", "run_pytest"]

# A new warning of today's packages does not end a program of a user.
_OPTIONS = (
    "-q", "--continue-on-collection-errors", "-p", "no:cacheprovider", "-p", "no:schemathesis",
    "-o", "junit_family=xunit1", "-o", "filterwarnings=default",
)  # fmt: skip
_REPORT = "results.xml"
_END_S = 30.0
# The exit statuses of pytest with a report: passed, failed, interrupted.
_WITH_REPORT = {0, 1, 2}


@attrs.frozen
class Failure:
    """A test that failed, or that could not be prepared."""

    file: str
    message: str
    """The first lines of the failure, with the class of the exception."""


@attrs.frozen
class Run:
    """The result of a run; tests are named as by pytest."""

    passed: Set[str]
    failures: Mapping[str, Failure]
    seconds: float
    is_cut: bool
    """Whether the limit of time ended the run."""


def run_pytest(root: Path, packages: Sequence[Path], files: Sequence[str], limit_s: float) -> Run:
    """
    Run test files below a folder, with the packages of other folders in front of all installed ones.

    Raises:
        ChangesError: pytest did not run.
    """
    report, start_s = root.parent / _REPORT, time.monotonic()
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", *_OPTIONS, f"--junit-xml={report}", *files]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, packages))}
    with subprocess.Popen(  # noqa: S603  (pytest of this environment, on files that git has)
        command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        printed, is_cut = _ended(process, limit_s)
    if process.returncode not in _WITH_REPORT or not report.is_file():
        if is_cut:
            return Run(frozenset(), {}, time.monotonic() - start_s, is_cut)
        raise ChangesError(
            f"pytest: exit status {process.returncode}: {printed.strip()[-500:]}. Choose a BASE whose tests can be run"
        )
    passed, failures = _read(report)
    return Run(passed, failures, time.monotonic() - start_s, is_cut)


def _ended(process: "subprocess.Popen[str]", limit_s: float) -> tuple[str, bool]:
    """Return the output, and whether the run was ended. After SIGINT pytest still writes its report."""
    try:
        return process.communicate(timeout=max(limit_s, 0))[0], False
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
    try:
        return process.communicate(timeout=_END_S)[0], True
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()[0], True


def _read(report: Path) -> tuple[Set[str], dict[str, Failure]]:
    passed: set[str] = set()
    failures: dict[str, Failure] = {}
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314  (written by pytest a moment ago)
        file = case.get("file") or f"{case.get('name', '').replace('.', '/')}.py"
        name = f"{file}::{case.get('name')}" if case.get("file") else file
        problems = [one for one in case if one.tag in {"failure", "error"}]
        if problems:
            failures[name] = Failure(file, _message(problems[0]))
        elif not case.findall("skipped"):
            passed.add(name)
    return passed - failures.keys(), failures


def _message(problem: ElementTree.Element) -> str:
    """Return the message of a failure; for a file that cannot be imported, the last line of the traceback."""
    message, text = problem.get("message") or "", (problem.text or "").strip()
    return text.splitlines()[-1].removeprefix("E   ").strip() if message == "collection failure" and text else message
