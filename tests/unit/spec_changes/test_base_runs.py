"""The tests of BASE are run with today's packages; a failure that BASE's own packages do not cause is a change."""

from pathlib import Path
from typing import Any

import pytest

from gemini_clearing_changes import Change, Place, Weight, _base_runs
from gemini_clearing_changes._base_runs import run_tests, selection
from gemini_clearing_changes._base_tree import BaseTree
from gemini_clearing_changes._errors import ChangesError
from gemini_clearing_changes._pytest_run import Failure, Run, run_pytest

FILE = "tests/client/test_order.py"
CLIENT = "def create_order(side, note=''):\n    return side\n"
TODAY = "def create_order(side, note):\n    return side.upper()\n"
TESTS = """
import pytest
from gemini_clearing import create_order

def test_call():
    create_order("buy")

def test_result():
    assert create_order("buy", "x") == "buy"

def test_unchanged():
    assert create_order("BUY", "x") == "BUY"

def test_fails_at_base():
    assert create_order("sell", "x") == "buy"
"""


@pytest.fixture
def without_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a pytest that needs no plugin start in a quarter of the time."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def _tree(folder: Path, files: dict[str, str]) -> BaseTree:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return BaseTree("v1", folder / "base", folder / "checkout", folder / "today")


def _small(folder: Path) -> BaseTree:
    return _tree(
        folder,
        {
            f"base/{FILE}": TESTS,
            "base/tests/client/test_gone.py": "import gemini_clearing\nfrom gemini_clearing import _gone\n",
            "base/generated_client/gemini_clearing/__init__.py": CLIENT,
            "today/gemini_clearing/__init__.py": TODAY,
        },
    )


def test_failure_that_only_todays_packages_cause_is_found(tmp_path: Path) -> None:
    """A call that raises, and a result that changed, are major; what fails at BASE too is counted in the remark."""
    changes, remark = run_tests(_small(tmp_path))

    assert [(one.weight, str(one.place), one.source) for one in changes] == [
        (Weight.MAJOR, f"test of BASE `{FILE}::test_{name}`", "runs") for name in ("call", "result")
    ]
    assert "no longer passes: TypeError: create_order() missing 1 required positional argument" in changes[0].what
    assert remark == (
        "4 tests in 1 files of v1 were run with today's packages. New failures: 2. "
        "Not counted, because they also fail with the packages of BASE, or not each time: 1."
    )


@pytest.mark.usefixtures("without_plugins")
def test_limit_of_time_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that takes too long is ended, its remark says that tests are missing, and nothing is invented."""
    waiting = "import time\nfrom gemini_clearing import create_order\n\ndef test_wait():\n    time.sleep(600)\n"
    tree = _tree(tmp_path, {f"base/{FILE}": waiting, "today/gemini_clearing/__init__.py": CLIENT})

    changes, remark = run_tests(tree, limit_s=3)

    assert changes == []
    assert remark.endswith("SKIPPED: the rest of the tests (the limit of 3 seconds was reached).")


@pytest.mark.usefixtures("without_plugins")
def test_pytest_that_does_not_run_is_an_error(tmp_path: Path) -> None:
    """A run without a report is never read as a run without failures."""
    with pytest.raises(ChangesError, match=r"(?s)pytest: exit status 4: .*no_such_file.*Choose a BASE"):
        run_pytest(_small(tmp_path).root, [], ["no_such_file.py"], 60)


def test_only_tests_of_public_names_are_run(tmp_path: Path) -> None:
    """A test that imports a private name shows no program of a user; the documents do."""
    texts = {
        "test_public.py": "from gemini_clearing import GeminiClearing",
        "test_private.py": "import gemini_clearing\nfrom gemini_clearing_runtime import _time",
        "test_module.py": "import gemini_clearing\nfrom gemini_clearing_runtime._call import run_call",
        "test_other.py": "import httpx",
        "helper.py": "import gemini_clearing",
    }
    files = {f"base/tests/client/{name}": text for name, text in texts.items()}
    tree = _tree(tmp_path, {**files, "base/tests/docs/test_examples.py": ""})

    assert selection(tree) == ["tests/client/test_public.py", "tests/docs/test_examples.py"]


def test_base_without_tests_is_named(tmp_path: Path) -> None:
    """Tests that do not exist are not reported as run."""
    assert run_tests(_tree(tmp_path, {"base/tests/test_a.py": ""})) == (
        [], "No test at v1 uses the client: nothing was run.",
    )  # fmt: skip


def _replace_runs(monkeypatch: pytest.MonkeyPatch, *results: dict[str, str]) -> None:
    """Let each run return its failures; the test `t` passes in every run without it."""
    runs = iter(results)

    def run(root: Path, packages: Any, files: Any, limit_s: float) -> Run:
        failures = {f"{FILE}::{name}": Failure(FILE, message) for name, message in next(runs).items()}
        return Run({f"{FILE}::t"} - failures.keys(), failures, 1.0, False)

    monkeypatch.setattr(_base_runs, "run_pytest", run)


@pytest.mark.parametrize(
    ("message", "remark"),
    [
        ("ImportError: cannot import name '_gone' from 'gemini_clearing'", "because of private names"),
        ("ModuleNotFoundError: No module named 'gemini_clearing_runtime._old'", "because of private names"),
        ("AttributeError: module 'gemini_clearing_runtime._time' has no attribute '_x'", "because of private names"),
        ("AssertionError: assert '{folder}/today' == 'x'", "of the folders of the run: 1."),
    ],
)
def test_failure_of_the_test_itself_does_not_count(
    message: str, remark: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Private names and the temporary folder do not belong to the API."""
    _replace_runs(monkeypatch, {"t": message.format(folder=tmp_path)})

    changes, text = run_tests(_small(tmp_path))

    assert changes == []
    assert remark in text


@pytest.mark.parametrize(
    ("results", "count"),
    [
        (({"t": "TypeError: a"}, {}, {"t": "TypeError: a"}), 1),
        (({"t": "TypeError: a"}, {"t": "TypeError: a"}, {"t": "TypeError: a"}), 0),
        (({"t": "TypeError: a"}, {}, {}), 0),
    ],
    ids=["new", "fails at BASE", "fails once"],
)
def test_failure_counts_if_it_is_new_and_repeated(
    results: tuple[dict[str, str], ...], count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three runs decide: today's packages, those of BASE, and today's again."""
    _replace_runs(monkeypatch, *results)

    assert len(run_tests(_small(tmp_path))[0]) == count


def test_equal_messages_are_one_change_and_a_text_is_a_patch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failing `match=` shows that only the text of a message changed."""
    text = "AssertionError: Regex pattern did not match.\n  Expected regex: 'a'"
    failing = Failure(FILE, "TypeError: b")
    run = Run({"a", "b", "c"}, {"a": failing, "b": failing, "c": Failure(FILE, text)}, 1.0, False)
    monkeypatch.setattr(_base_runs, "run_pytest", lambda *arguments: run)

    first, second = run_tests(_small(tmp_path))[0]

    assert (first.weight, first.place, first.also) == (
        Weight.MAJOR, Place(None, "test of BASE", "a"), (Place(None, "test of BASE", "b"),),
    )  # fmt: skip
    assert (second.weight, second.what) == (
        Weight.PATCH, "no longer passes: AssertionError: Regex pattern did not match. Expected regex: 'a'",
    )  # fmt: skip


def test_change_has_its_evidence_in_the_report() -> None:
    """The JSON of a change names the tests, and the comparison that found it."""
    place = Place(None, "test of BASE", "tests/a.py::test_b")
    change = Change(Weight.MAJOR, place, "no longer passes: x", "why", source="runs")

    assert change.as_json()["places"] == ["test of BASE `tests/a.py::test_b`"]
    assert change.as_json()["source"] == "runs"
