"""
The client's tests at BASE, run with today's packages: a test that fails shows a program that no longer works.

A failure counts if it is repeated, and if the test passes with the packages of BASE.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ._base import CLIENT
from ._base_tree import BaseTree
from ._change import Change, Place, Weight
from ._pytest_run import Failure, Run, run_pytest

__all__ = ["LIMIT_S", "run_tests", "selection"]

LIMIT_S = 300
"""The time that all runs may take together, in seconds."""

# Only what a user could have written is run: the tests of the client's public names against the mock, and the blocks of
# the documents. The other tests are those of private modules, or take minutes.
_CLIENT_TESTS = "tests/client"
_DOCUMENTS = "tests/docs/test_examples.py"
_USES_PRIVATE = re.compile(r"^\s*(?:from|import) gemini_clearing\w*(?:\._| import .*\b_[a-z])", flags=re.MULTILINE)
_PRIVATE = re.compile(r"(?:ImportError|ModuleNotFoundError|AttributeError)\b.*['.]_(?!_)\w+")
_TEXT_ONLY = re.compile(r"^AssertionError: (?:Regex pattern|Pattern) ", flags=re.MULTILINE)
_SHIPPED = (CLIENT.parent, *map(Path, ("client_runtime", "auth_plugin", "mock_exchange", "command_line")))


def selection(tree: BaseTree) -> list[str]:
    """Return the test files of BASE that are run."""
    tests = [name for name in tree.tests(_CLIENT_TESTS) if Path(name).name.startswith("test_")]
    public = [name for name in tests if not _USES_PRIVATE.search((tree.root / name).read_text("utf-8"))]
    return [*public, *([_DOCUMENTS] if (tree.root / _DOCUMENTS).is_file() else [])]


def run_tests(tree: BaseTree, limit_s: float = LIMIT_S) -> tuple[list[Change], str]:
    """
    Return a change for each failure that only today's packages cause, and a remark on the tests that were run.

    Raises:
        ChangesError: pytest did not run.
    """
    files = selection(tree)
    if not files:
        return [], f"No test at {tree.ref} uses the client: nothing was run."
    today = [tree.rendered, *(tree.checkout / path for path in _SHIPPED[1:])]
    of_base = [tree.root / path for path in _SHIPPED]
    first = run_pytest(tree.root, today, files, limit_s)
    suspects = {name: one for name, one in first.failures.items() if not _is_of_tests(one, tree)}
    if not suspects:
        return [], _remark(tree.ref, len(files), [first], 0, len(first.failures), limit_s)
    doubtful = sorted({one.file for one in suspects.values()})
    base = run_pytest(tree.root, of_base, doubtful, limit_s - first.seconds)
    again = run_pytest(tree.root, today, doubtful, limit_s - first.seconds - base.seconds)
    found = {name: again.failures[name] for name in suspects if name in base.passed and name in again.failures}
    own = len(first.failures) - len(suspects)
    return list(_changes(found)), _remark(tree.ref, len(files), [first, base, again], len(found), own, limit_s)


def _is_of_tests(failure: Failure, tree: BaseTree) -> bool:
    """Return whether a test fails because of a private name that is gone, or because of the folders of this run."""
    return bool(_PRIVATE.search(failure.message)) or str(tree.root.parent) in failure.message


def _remark(ref: str, files: int, runs: Sequence[Run], found: int, own: int, limit_s: float) -> str:
    first = runs[0]
    count = len(first.passed) + len(first.failures)
    text = f"{count} tests in {files} files of {ref} were run with today's packages. New failures: {found}."
    if known := len(first.failures) - found - own:
        text += f" Not counted, because they also fail with the packages of BASE, or not each time: {known}."
    if own:
        text += f" Not counted, because of private names that are gone, or of the folders of the run: {own}."
    if any(run.is_cut for run in runs):
        text += f" SKIPPED: the rest of the tests (the limit of {limit_s:g} seconds was reached)."
    return text


def _changes(found: Mapping[str, Failure]) -> Iterator[Change]:
    """Yield one change for each message; the other tests with the same message are its further places."""
    groups: dict[str, list[Place]] = {}
    for name, one in found.items():
        groups.setdefault(one.message, []).append(Place(None, "test of BASE", name))
    for message, (first, *others) in groups.items():
        yield _change(message, first, others)


def _change(message: str, first: Place, others: Iterable[Place]) -> Change:
    is_text = bool(_TEXT_ONLY.search(message))
    weight = Weight.PATCH if is_text else Weight.MAJOR
    reason = "only the text of a message is another one" if is_text else "code of users like it needs a change"
    return Change(weight, first, f"no longer passes: {_short(message)}", reason, source="runs", also=tuple(others))


def _short(message: str) -> str:
    text = " ".join(message.split())
    return text if len(text) <= 300 else f"{text[:299]}…"
