"""Specmatic is run offline and within a limit; without Java, its jar or an answer, the reason is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from gemini_clearing_changes import __main__
from gemini_clearing_changes.__main__ import main
from gemini_clearing_changes.second_opinion._output import NoResult, SpecmaticResult
from gemini_clearing_changes.second_opinion._specmatic import readable, specmatic_jar, specmatic_opinion
from gemini_clearing_generator import Spec
from tests.spec.reading import DOCUMENT
from tests.unit.spec_changes.edits import EDITS
from tests.unit.spec_changes.specmatic_output import COMPATIBLE

TABLE = Path(__file__).with_name("second_opinion.tsv")
GUIDE = Path(__file__).parents[3] / "docs" / "changing-the-spec.md"
CHANGED = {**DOCUMENT, "info": {"title": "x", "version": "9"}}


@pytest.fixture
def jar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a file instead of the jar, and let PATH have nothing but its folder."""
    monkeypatch.delenv("SPECMATIC_JAR", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "specmatic.jar").touch()
    return tmp_path / "specmatic.jar"


def _java(jar: Path, script: str) -> None:
    """Write a command `java` that runs a shell script."""
    java = jar.with_name("java")
    java.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    java.chmod(0o755)


def _reason(jar: Path, after: Any = CHANGED, limit_s: float = 30) -> str:
    found = specmatic_opinion(DOCUMENT, after, jar, limit_s)
    assert isinstance(found, NoResult)
    return found.reason


def test_java_runs_with_both_specs_and_without_the_network(jar: Path) -> None:
    """Java gets both specs in an empty folder, resolves no name, and Specmatic's telemetry is off."""
    seen = jar.with_name("seen")
    _java(jar, f'echo "$@ $SPECMATIC_DISABLE_TELEMETRY" *.json > {seen}\n/bin/cp old.json new.json {jar.parent}')
    with jar.with_name("java").open("a", encoding="utf-8") as script:
        script.write(f"echo '{COMPATIBLE}'\n")

    assert specmatic_opinion(DOCUMENT, CHANGED, jar) == SpecmaticResult("2.55.3", True, ())
    words = f"-Djdk.net.hosts.file=none -jar {jar} compare old.json new.json true new.json old.json\n"
    assert seen.read_text("utf-8").endswith(words)
    specs = [json.loads(jar.with_name(name).read_text("utf-8")) for name in ("old.json", "new.json")]
    assert [spec["info"]["version"] for spec in specs] == [DOCUMENT["info"]["version"], "9"]


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (None, "not run, Java is not installed"),
        ("exec /bin/sleep 60", "run, but it did not end within 0.3 s"),
        ("echo 'Unable to locate a Java Runtime.' >&2; exit 1", "its last line: Unable to locate a Java Runtime."),
        ("printf '\\377'; exit 3", "run, but it gave no result (exit status 3"),
    ],
    ids=["no Java", "too long", "a stub", "garbage"],
)
def test_missing_opinion_has_its_reason(script: str | None, reason: str, jar: Path) -> None:
    """Whatever is missing or fails, the reason is named, and it is never an opinion."""
    if script:
        _java(jar, script)

    assert reason in _reason(jar, limit_s=0.3 if script and "sleep" in script else 30)


def test_java_that_cannot_be_started_is_named(jar: Path) -> None:
    """A `java` that this machine cannot run is reported, without a traceback."""
    _java(jar, "")
    jar.with_name("java").write_bytes(b"\x7fELF\x00")

    assert _reason(jar) == "run, but Java did not start: Exec format error"


def test_missing_jar_is_named_with_its_remedy(jar: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that installs Specmatic is named, or the file that does not exist."""
    _java(jar, "exit 9")
    missing = specmatic_jar(jar.parent)

    assert _reason(missing) == "not run, Specmatic is not installed (`make specmatic` installs it)"
    monkeypatch.setenv("SPECMATIC_JAR", str(jar.with_name("other.jar")))
    assert _reason(specmatic_jar(jar.parent)) == (
        f"not run, SPECMATIC_JAR names a file that does not exist: {jar.with_name('other.jar')}"
    )


def test_equal_specs_are_not_compared(jar: Path) -> None:
    """Specmatic is not run if the spec has not changed."""
    _java(jar, "exit 9")

    assert _reason(jar, DOCUMENT) == "not run, the spec has not changed"


def test_specmatic_gets_a_spec_that_it_can_read() -> None:
    """Neither `3XX` nor links are left, all else is, and the original is unchanged."""
    document = {
        "paths": {
            "/a": {"parameters": [], "post": {"responses": {"3XX": {}, "200": {"links": {}, "description": "x"}}}}
        }
    }
    original = json.dumps(document)

    assert readable(document)["paths"]["/a"] == {"parameters": [], "post": {"responses": {"200": {"description": "x"}}}}
    assert json.dumps(document) == original


def test_commands_get_a_second_opinion_only_for_the_diff(
    jar: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`diff` names the second opinion, and its exit status stays 0; the other commands do not wait for it."""
    runs = []

    def opinion(*arguments: object) -> NoResult:
        runs.append(arguments)
        return NoResult("not run, a test")

    monkeypatch.undo()
    monkeypatch.setattr(__main__, "load_spec", lambda path: Spec(path, CHANGED))
    monkeypatch.setattr(__main__, "_compare_python", lambda *arguments: ([], ()))
    monkeypatch.setattr(__main__, "specmatic_opinion", opinion)

    statuses = [main(["--root", str(checkout), command]) for command in ("version-check", "release-notes", "diff")]

    assert (len(runs), statuses[1:]) == (1, [0, 0])
    assert "Second opinion, Specmatic: not run, a test." in capsys.readouterr().out


def rows() -> list[dict[str, str]]:
    """Return the recorded table."""
    head, *lines = [line.split("\t") for line in TABLE.read_text("utf-8").splitlines()]
    return [dict(zip(head, line, strict=True)) for line in lines]


def test_recorded_table_has_every_edit_and_a_reason_for_each_disagreement() -> None:
    """The table has the edits in their order, with the reviewer's weights; `make second-opinion` checks its results."""
    table = rows()

    assert [(row["edit"], row["weight"]) for row in table] == [(edit.name, edit.weight) for edit in EDITS]
    assert [row["edit"] for row in table if bool(row["why"]) != (row["only us"] + row["only specmatic"] != "00")] == []


def test_guide_states_the_recorded_counts() -> None:
    """The counts in the guide are those of the table."""
    table, text = rows(), GUIDE.read_text("utf-8")
    other = [row for row in table if (row["weight"] == "major") != (row["specmatic"] == "incompatible")]
    reasons = [row["why"] for row in table if row["why"]]

    assert (
        f"{len(table)} edits: the results are the same for {len(table) - len(other)}, and differ for {len(other)}"
        in text
    )
    assert [why for why in set(reasons) if f"| {why} | {reasons.count(why)} |" not in text] == []
