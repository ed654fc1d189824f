"""The rehearsal of a release finds builds that differ, a tag that does not fit, and an audit that looked up nothing."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from gemini_clearing_release import _wheel
from gemini_clearing_release._build import differences
from gemini_clearing_release._errors import ReleaseError
from gemini_clearing_release._inventory import audit_line
from gemini_clearing_release._version import released_version
from tests.project.reading import ROOT

AUDITED = {"name": "httpx", "version": "0.28.1", "vulns": []}


def _wheel_of(folder: Path, text: str, mode: int = 0o644) -> Path:
    folder.mkdir()
    member = zipfile.ZipInfo("package/module.py", (2020, 2, 2, 0, 0, 0))
    member.external_attr = mode << 16
    with zipfile.ZipFile(folder / "a.whl", "w") as archive:
        archive.writestr(member, text)
    return folder


@pytest.mark.parametrize(("text", "mode"), [("b", 0o644), ("a", 0o600)])
def test_member_that_differs_is_named(text: str, mode: int, tmp_path: Path) -> None:
    """Content and permissions of each member must be equal."""
    one, other = _wheel_of(tmp_path / "one", "a"), _wheel_of(tmp_path / "other", text, mode)

    assert differences(one, other) == ["a.whl: package/module.py"]


def test_equal_builds_do_not_differ(tmp_path: Path) -> None:
    """Equal bytes are accepted; a file in only one build is a difference."""
    one, other = _wheel_of(tmp_path / "one", "a"), _wheel_of(tmp_path / "other", "a")

    assert differences(one, other) == []

    (other / "b.tar.gz").write_bytes(b"")

    assert differences(one, other) == ["b.tar.gz: only in one build"]


def test_tag_must_be_the_version() -> None:
    """The version file, the changelog and the tag agree."""
    version = released_version(ROOT, None)

    assert released_version(ROOT, f"v{version}") == version
    with pytest.raises(ReleaseError, match=r"tag v99\.0\.0: the version is"):
        released_version(ROOT, "v99.0.0")


def test_changelog_must_have_the_version(tmp_path: Path) -> None:
    """A version without an entry cannot be released."""
    for name in ("CHANGELOG.md", "client_runtime/gemini_clearing_runtime/_version.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "CHANGELOG.md").write_text("## [0.0.1] - 2026-01-01\n", encoding="utf-8")

    with pytest.raises(ReleaseError, match=r"CHANGELOG\.md: newest version 0\.0\.1, but"):
        released_version(tmp_path, None)


def test_audit_passes_only_if_every_dependency_was_looked_up() -> None:
    """A dependency that is not in the database is a skipped audit, although pip-audit succeeds."""
    missed = {"name": "attrs", "skip_reason": "Dependency not found"}

    assert audit_line(json.dumps({"dependencies": [AUDITED]}), "") == (
        "pip-audit: no known vulnerability in 1 dependencies"
    )
    assert audit_line(json.dumps({"dependencies": [AUDITED, missed]}), "").startswith("SKIPPED: pip-audit (1 of 2")
    assert audit_line("", "no network") == "SKIPPED: pip-audit (no network)"


def test_vulnerable_dependency_stops_the_release() -> None:
    """The error names the dependency and the entry of the database."""
    found = {**AUDITED, "vulns": [{"id": "GHSA-1"}]}

    with pytest.raises(ReleaseError, match=r"httpx 0\.28\.1: GHSA-1"):
        audit_line(json.dumps({"dependencies": [found]}), "")


def test_missing_interpreter_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each version of the classifiers is listed, also a missing one; the running version is never missing."""
    monkeypatch.setattr("shutil.which", lambda _: None)

    found = dict(_wheel.interpreters(ROOT))

    assert list(found) == ["3.11", "3.12", "3.13"]
    assert sorted(map(bool, found.values())) == [False, False, True]
