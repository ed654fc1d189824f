"""The commands compare the working tree with a commit."""

import json
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from gemini_clearing_changes import __main__
from gemini_clearing_changes.__main__ import _compare, main
from gemini_clearing_changes._base import default_base
from gemini_clearing_changes._report import FORMATS
from gemini_clearing_generator import Spec, load_spec

SPEC = "openapi/clearing.yaml"
OLD, NEW = "maximum: 300", "maximum: 200"


@pytest.fixture(autouse=True)
def _spec_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare the specs only, without validation: `test_python_api.py` renders them."""
    monkeypatch.setattr(__main__, "load_spec", lambda path: Spec(path, YAML(typ="safe").load(path)))
    monkeypatch.setattr(__main__, "_compare_python", lambda base, before, after: ([], ()))


def _edit(checkout: Path, old: str, new: str, file: str = SPEC) -> None:
    path = checkout / file
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")


def _run(checkout: Path, *arguments: str) -> int:
    return main(["--root", str(checkout), *arguments])


def test_unchanged_spec_needs_no_new_version(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a change the version of BASE is large enough."""
    assert _run(checkout, "version-check") == 0
    assert ": none. The version must be at least 0.1.0; 0.1.0 is declared." in capsys.readouterr().out


def test_diff_reports_place_values_and_reason(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Text, JSON and Markdown have the same change."""
    _edit(checkout, OLD, NEW)

    assert _run(checkout, "diff", "--base", "HEAD", "--format", "json") == 0
    report = json.loads(capsys.readouterr().out)
    comparison = _compare(checkout, "HEAD")
    text, markdown = FORMATS["text"](comparison), FORMATS["markdown"](comparison)

    assert "major  list_trades, request field `limit_per_account`: `maximum` changed (300 → 200)" in text
    assert (report["weight"], report["required_version"]) == ("major", "0.2.0")
    assert report["changes"] == [
        {
            "weight": "major",
            "places": ["list_trades, request field `limit_per_account`"],
            "what": "`maximum` changed",
            "reason": "values that were accepted are rejected",
            "before": 300,
            "after": 200,
            "source": "spec",
        }
    ]
    assert "| major | list_trades, request field `limit_per_account` | `maximum` changed (300 → 200) |" in markdown


def test_release_notes_name_method_and_argument(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The entry has the next version, and the change as users see it."""
    _edit(checkout, OLD, NEW)

    assert _run(checkout, "release-notes") == 0
    assert capsys.readouterr().out == (
        "## [Unreleased]\n\nThe next version is 0.2.0.\n\n### Changed\n\n"
        "- **Breaking:** argument `limit_per_account` of `list_trades()`: `maximum` changed from `300` to `200`; "
        "values that were accepted are rejected.\n"
    )


def test_announced_version_passes(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A breaking change passes as soon as the changelog announces a large enough version."""
    _edit(checkout, OLD, NEW)
    _edit(checkout, "## [Unreleased]\n", "## [Unreleased]\n\nThe next version is 0.2.0.\n", "CHANGELOG.md")

    assert _run(checkout, "version-check") == 0
    assert "0.2.0 is declared" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("break_it", "code", "messages"),
    [
        (
            lambda root: _edit(root, OLD, NEW), 1,
            ["Undeclared major change", "`make spec-diff`", "`make release-notes`"],
        ),
        (
            lambda root: (root / "CHANGELOG.md").write_text("## [0.0.9] - 2026-01-01\n", "utf-8"), 1,
            ["newest version 0.0.9", "0.1.0", "`make release-notes`"],
        ),
    ],
    ids=["undeclared", "changelog"],
)  # fmt: skip
def test_version_check_names_the_remedy(
    break_it, code: int, messages: list[str], checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 1 is a version that does not fit."""
    break_it(checkout)

    assert _run(checkout, "version-check") == code
    error = capsys.readouterr().err
    assert [message for message in messages if message not in error] == []


def test_invalid_spec_is_not_compared(
    checkout: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit status 2 is a spec that cannot be compared; the message has file and line."""
    monkeypatch.setattr(__main__, "load_spec", load_spec)
    (checkout / SPEC).write_text("[", "utf-8")

    assert _run(checkout, "version-check") == 2
    assert f"{SPEC}:1:2: not YAML" in capsys.readouterr().err


def test_release_is_compared_with_the_release_before(checkout: Path) -> None:
    """On its own tag, a release is not compared with itself; the next edit is compared with it."""

    def git(*words: str) -> None:
        identity = ("-c", "user.name=Test", "-c", "user.email=test@example.test", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *identity, *words], cwd=checkout, check=True, capture_output=True)

    git("tag", "v0.1.0")
    _edit(checkout, OLD, NEW)
    git("commit", "-q", "-a", "-m", "Change the spec")
    git("tag", "v0.2.0")

    assert default_base(checkout) == "v0.1.0"
    assert _run(checkout, "version-check") == 1

    _edit(checkout, NEW, OLD)

    assert default_base(checkout) == "v0.2.0"


def test_unknown_base_is_reported(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The message is git's, and says what to do."""
    assert _run(checkout, "diff", "--base", "no-such-ref") == 2
    assert "Choose another BASE, or fetch the history" in capsys.readouterr().err
