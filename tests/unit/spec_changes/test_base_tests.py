"""
The tests of BASE are type-checked with today's client.

An error that BASE's own client does not give is a major change.
"""

import copy
import json
import os
import subprocess
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from gemini_clearing_changes import Change, Place, Weight, _base_tests, _base_tree
from gemini_clearing_changes import __main__ as command
from gemini_clearing_changes._base import Base
from gemini_clearing_changes._base_tests import TypeProblem, check_types, new_problems, problems_in
from gemini_clearing_changes._base_tree import extracted
from gemini_clearing_changes._errors import ChangesError
from gemini_clearing_changes._report import FORMATS
from gemini_clearing_generator import Spec
from tests.spec.reading import DOCUMENT
from tests.unit.spec_changes.edits import EDITS, Edit
from tests.unit.spec_changes.test_edits import SPEC

ROOT = SPEC.parents[1]
SMALL = {
    "generated_client/gemini_clearing/__init__.py": "def create_order(side: str, note: str = '') -> int: ...\n",
    "tests/test_order.py": (
        "from gemini_clearing import create_order\n\n\ndef test_order():\n"
        "    create_order('buy')\n    create_order('sell')\n    create_order(1)\n    create_order('buy', note='x')\n"
    ),
    "tests/test_other.py": "from missing import anything\n",
}
PROBLEM = TypeProblem(
    "tests/test_order.py", 5, "call-arg", 'Missing positional argument "note" in call to "create_order"'
)
CHANGE = Change(
    Weight.MAJOR, Place(None, "test of BASE", "tests/a.py:1"), "no longer type-checks: x", "why", source="tests"
)
# Those that a type checker must see, and one that it must not.
TYPED = {
    "request field becomes required": 1,
    "request field removed": 0,
    "response field removed": 1,
    "optional request field added": 0,
}  # fmt: skip


def _committed(root: Path, files: dict[str, str]) -> Base:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.test", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q"], ["add", "-A"], [*identity, "commit", "-q", "-m", "Start"]):
        subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)
    return Base(root, "HEAD")


def _render(text: str) -> Any:
    """Return a generator that writes a text as the client."""
    return lambda spec, package: (package / "__init__.py").write_text(text, "utf-8")


def _checked(base: Base, document: Any = DOCUMENT) -> tuple[list[Change], str]:
    with extracted(base, Spec(SPEC, document)) as tree:
        return check_types(tree)


def test_argument_that_becomes_required_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal messages are one change with all lines; what BASE's own client reports as well is not a change."""
    monkeypatch.setattr(_base_tree, "render", _render("def create_order(side: str, note: str) -> int: ...\n"))

    [change], remark = _checked(_committed(tmp_path, SMALL))

    assert [str(place) for place in (change.place, *change.also)] == [
        f"test of BASE `tests/test_order.py:{line}`" for line in (5, 6, 7)
    ]
    assert (change.weight, change.source) == (Weight.MAJOR, "tests")
    assert change.what == f"no longer type-checks: {PROBLEM.message} [call-arg]"
    assert remark == "1 test files of HEAD were type-checked with today's client. New errors: 3."


def test_base_without_tests_is_named(tmp_path: Path) -> None:
    """Tests that do not exist are not reported as checked."""
    base = _committed(tmp_path, {"tests/test_other.py": SMALL["tests/test_other.py"]})

    assert _checked(base) == (
        [], "No test at HEAD uses the client: nothing was type-checked.",
    )  # fmt: skip


def test_type_checker_that_fails_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of mypy that did not end is never read as a run without errors."""
    monkeypatch.setattr(_base_tree, "render", _render(""))
    monkeypatch.setattr(_base_tests, "_OPTIONS", ("--no-such-option",))

    with pytest.raises(ChangesError, match=r"(?s)mypy: exit status 2: .*no-such-option.*Choose a BASE"):
        _checked(_committed(tmp_path, SMALL))


def test_only_errors_in_the_tests_count() -> None:
    """Remarks of mypy, and errors in BASE's other packages, are omitted."""
    error = {"file": "tests/a.py", "line": 1, "code": "arg-type", "message": "no", "severity": "error"}
    other = {**error, "file": "mock_exchange/b.py"}
    remark = {**error, "code": None, "severity": "note"}
    printed = "\n".join(["Success", *(json.dumps(one) for one in (error, other, remark))])

    assert problems_in(printed, ["tests/a.py"]) == [TypeProblem("tests/a.py", 1, "arg-type", "no")]


@pytest.mark.parametrize(
    ("code", "message", "counts"),
    [
        (
            "import-not-found",
            'Cannot find implementation or library stub for module named "gemini_clearing._old"',
            False,
        ),
        ("attr-defined", 'Module "gemini_clearing_runtime._call" has no attribute "run"', False),
        ("attr-defined", 'Module "gemini_clearing" has no attribute "__version__"', True),
        ("attr-defined", 'Module "gemini_clearing" has no attribute "Side"', True),
        ("arg-type", 'Argument 1 has incompatible type "str"; expected "_Side"', True),
    ],
)
def test_private_names_do_not_count(code: str, message: str, counts: bool) -> None:
    """A test may import a private module, users may not."""
    assert bool(new_problems([], [TypeProblem("tests/a.py", 1, code, message)])) is counts


def _replace_checks(monkeypatch: pytest.MonkeyPatch, check: Any) -> None:
    """Replace everything that needs a rendered client."""
    monkeypatch.setattr(command, "_compare_python", lambda base, before, after: ([], ()))
    monkeypatch.setattr(command, "extracted", lambda base, after: nullcontext())
    monkeypatch.setattr(command, "check_types", check)
    monkeypatch.setattr(command, "run_tests", lambda tree: ([], "ran"))


@pytest.mark.parametrize(
    ("old", "new", "arguments", "expected"),
    [
        ("maximum: 300", "maximum: 400", ["version-check"], 1),
        ("maximum: 300", "maximum: 200", ["version-check"], 0),
        ("maximum: 300", "maximum: 200", ["diff"], 1),
        ("maximum: 300", "maximum: 300", ["diff"], 0),
        ("maximum: 300", "maximum: 200", ["diff", "--no-tests"], 0),
    ],
    ids=["weight could grow", "weight is known", "all evidence", "nothing changed", "omitted"],
)
def test_tests_are_checked_where_they_can_decide(
    old: str, new: str, arguments: list[str], expected: int, checkout: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """`make version-check` does not wait for evidence that cannot change the version."""
    calls: list[str] = []

    def check(tree: object) -> tuple[list[Change], str]:
        calls.append("checked")
        return [CHANGE], "remark"

    _replace_checks(monkeypatch, check)
    spec = checkout / "openapi/clearing.yaml"
    spec.write_text(spec.read_text("utf-8").replace(old, new), "utf-8")

    command.main(["--root", str(checkout), *arguments])

    assert len(calls) == expected
    assert ("SKIPPED: tests of BASE (--no-tests)" in capsys.readouterr().out) is ("--no-tests" in arguments)


def test_report_has_the_evidence_of_the_tests(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text, JSON and Markdown have place, message and remark; the weight is the largest of all evidence."""
    _replace_checks(monkeypatch, lambda tree: ([CHANGE], "a remark"))
    spec = checkout / "openapi/clearing.yaml"
    spec.write_text(spec.read_text("utf-8").replace("maximum: 300", "maximum: 400"), "utf-8")

    comparison = command._compare(checkout, "HEAD")
    report = json.loads(FORMATS["json"](comparison))

    assert (report["weight"], report["notes"], report["changes"][0]["source"]) == (
        "major",
        ["a remark", "ran"],
        "tests",
    )
    assert "a remark\nran\nmajor  test of BASE `tests/a.py:1`: no longer type-checks: x\n       why" in FORMATS["text"](
        comparison
    )
    assert "| major | test of BASE `tests/a.py:1` | no longer type-checks: x | why |" in FORMATS["markdown"](comparison)


@pytest.mark.skipif(os.environ.get("SPEC_EDITS") != "all", reason="a minute for each edit: make spec-edits")
@pytest.mark.parametrize("edit", [one for one in EDITS if one.name in TYPED], ids=lambda edit: edit.name)
def test_own_tests_type_check_as_the_edit_says(edit: Edit) -> None:
    """The tests of this commit fail to type-check exactly after an edit that breaks a call or an attribute in them."""
    document = copy.deepcopy(DOCUMENT)
    edit.apply(document)

    changes, _ = _checked(Base(ROOT, "HEAD"), document)

    assert len(changes) == TYPED[edit.name], changes
