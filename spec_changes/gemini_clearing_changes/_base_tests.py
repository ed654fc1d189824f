"""
The client's tests at BASE, type-checked against today's client: each call in them is one that a user may have.

Only an error counts that BASE's own client does not give, so the state of the tests and the version of mypy do not
matter. `_base_runs.py` runs the tests.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

from ._base import CLIENT
from ._base_tree import BaseTree
from ._change import Change, Place, Weight
from ._errors import ChangesError

__all__ = ["TypeProblem", "check_types", "new_problems", "problems_in"]

_PRIVATE = re.compile(r'[".]_(?!_)\w+')
_IMPORT_CODES = ("import-not-found", "attr-defined")
_OPTIONS = (
    "--config-file=", "--check-untyped-defs", "--explicit-package-bases", "--namespace-packages", "--output=json",
    "--no-error-summary", "--python-executable", sys.executable,
)  # fmt: skip


@attrs.frozen
class TypeProblem:
    """An error of mypy in a test."""

    file: str
    line: int
    code: str
    message: str

    @property
    def is_private(self) -> bool:
        """Whether a test uses a private name that is gone; users have no such code."""
        return self.code in _IMPORT_CODES and bool(_PRIVATE.search(self.message))


def check_types(tree: BaseTree) -> tuple[list[Change], str]:
    """
    Return one major change for each message that only today's client causes, and a remark on what was checked.

    Raises:
        ChangesError: mypy did not run.
    """
    files = tree.tests()
    if not files:
        return [], f"No test at {tree.ref} uses the client: nothing was type-checked."
    now = _mypy(tree.root, tree.client_today, files)
    # Only a file with an error has something to compare.
    doubtful = sorted({one.file for one in now})
    was = _mypy(tree.root, tree.client_of_base, doubtful)
    found = new_problems(was, now)
    remark = f"{len(files)} test files of {tree.ref} were type-checked with today's client. New errors: {len(found)}."
    return list(_changes(found)), remark


def _mypy(tree: Path, client: list[Path], files: list[str]) -> list[TypeProblem]:
    """Return the errors in the files, with the packages of the client in other folders; the rest is BASE's."""
    if not files:
        return []
    rest = sorted(path for path in tree.iterdir() if path.is_dir() and path.name not in {"tests", CLIENT.parent.name})
    search = [*client, *rest, tree]
    done = subprocess.run(  # noqa: S603  (mypy of this environment, on files that git has)
        [sys.executable, "-m", "mypy", *_OPTIONS, f"--cache-dir={tree.with_suffix('.mypy')}", *files],
        cwd=tree,
        env={**os.environ, "MYPYPATH": os.pathsep.join(map(str, search))},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in {0, 1}:
        problem = (done.stderr or done.stdout).strip()
        raise ChangesError(f"mypy: exit status {done.returncode}: {problem}. Choose a BASE whose tests can be checked")
    return problems_in(done.stdout, files)


def problems_in(printed: str, files: Iterable[str]) -> list[TypeProblem]:
    """Return the errors in some files from mypy's JSON lines. Remarks, and errors in other files, are omitted."""
    wanted = set(files)
    facts = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    return [
        TypeProblem(one["file"], one["line"], one["code"] or "", one["message"])
        for one in facts
        if one["severity"] == "error" and one["file"] in wanted
    ]


def new_problems(was: Iterable[TypeProblem], now: Iterable[TypeProblem]) -> list[TypeProblem]:
    """Return the problems with today's client that BASE's client does not have, without those of private names."""
    known = set(was)
    return [one for one in dict.fromkeys(now) if one not in known and not one.is_private]


def _changes(found: Iterable[TypeProblem]) -> Iterator[Change]:
    """Yield one change for each message; the other lines with the same message are its further places."""
    groups: dict[tuple[str, str], list[Place]] = {}
    for one in found:
        place = Place(None, "test of BASE", f"{one.file}:{one.line}")
        groups.setdefault((one.message, one.code), []).append(place)
    for (message, code), (first, *others) in groups.items():
        what = f"no longer type-checks: {message} [{code}]"
        reason = "code of users like it needs a change"
        yield Change(Weight.MAJOR, first, what, reason, source="tests", also=tuple(others))
