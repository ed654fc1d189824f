"""`gemini-clearing verify` finds each file that is not the recorded one, and names it."""

import hashlib
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from gemini_clearing_cli import VerificationError, find_installation, verify
from gemini_clearing_cli._app import run
from gemini_clearing_cli._exit_codes import ExitCode
from gemini_clearing_cli.verification import _comparison
from gemini_clearing_cli.verification._command import run_verify
from tests.command_line.installed import INFO, SPEC, Edit, change_one_byte, differences, record, unpack
from tests.project.reading import ROOT

GENERATED = "gemini_clearing/_models.py"
BY_HAND = "gemini_clearing_auth/_signature.py"


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like `site-packages` with the unpacked wheel of this checkout."""
    folder = tmp_path_factory.mktemp("site-packages")
    unpack(folder)
    return folder


@pytest.fixture
def edit(unpacked: Path, request: pytest.FixtureRequest) -> Edit:
    """Return the path of a file that the test may change, and restore the file afterwards."""

    def of(name: str) -> Path:
        path = unpacked / name
        content = path.read_bytes() if path.exists() else None
        request.addfinalizer(lambda: path.unlink(missing_ok=True) if content is None else path.write_bytes(content))
        return path

    return of


def test_unchanged_installation_has_nodifferences(unpacked: Path) -> None:
    """Every file of a new installation is the recorded one."""
    done = verify(find_installation(unpacked))

    assert done.differences == ()
    assert done.compared["RECORD"] > 100
    assert done.compared["provenance"] == 8


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (GENERATED, [f"changed: {GENERATED} (provenance)", f"changed: {GENERATED} (RECORD)"]),
        (BY_HAND, [f"changed: {BY_HAND} (RECORD)"]),
        (SPEC, [f"changed: {SPEC} (provenance)", f"changed: {SPEC} (RECORD)"]),
        ("gemini_clearing/PROVENANCE.json", None),
        (f"{INFO}/METADATA", None),
    ],
)
def test_one_changed_byte_is_named(name: str, expected: list[str] | None, unpacked: Path, edit: Edit) -> None:
    """A generated file disagrees with provenance and RECORD, any other file with RECORD."""
    path = edit(name)
    if name.endswith((".json", "METADATA")):
        path.write_bytes(path.read_bytes() + b"\n")
    else:
        change_one_byte(path)

    assert differences(unpacked) == (expected or [f"changed: {name} (RECORD)"])


@pytest.mark.parametrize("name", [GENERATED, BY_HAND])
def test_missing_file_is_named(name: str, unpacked: Path, edit: Edit) -> None:
    """A file that RECORD or the provenance has must exist."""
    edit(name).unlink()

    assert f"missing: {name} (RECORD)" in differences(unpacked)


@pytest.mark.parametrize("name", ["gemini_clearing/_patch.py", "gemini_clearing_auth/hook.so"])
def test_stray_file_is_named(name: str, unpacked: Path, edit: Edit) -> None:
    """A file in a package that nothing records is a difference; Python's caches are ignored."""
    edit(name).write_text("", encoding="utf-8")
    cache = edit("gemini_clearing_auth/__pycache__/_signature.cpython-399.pyc")
    cache.parent.mkdir(exist_ok=True)
    cache.write_bytes(b"")

    found = differences(unpacked)

    assert f"stray: {name} (not in RECORD)" in found
    assert [line for line in found if "__pycache__" in line] == []


def test_wheel_reveals_a_changed_record(unpacked: Path, edit: Edit, tmp_path: Path) -> None:
    """If file and RECORD were both changed, the published wheel shows it."""
    wheel = tmp_path / "gemini_clearing-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(unpacked / INFO / "RECORD", f"{INFO}/RECORD")
    change_one_byte(edit(BY_HAND))
    edit(f"{INFO}/RECORD").write_text(record(unpacked), encoding="utf-8")

    assert f"changed: {BY_HAND} (RECORD)" not in differences(unpacked)
    assert f"changed: {BY_HAND} (RECORD)" in differences(unpacked, wheel=wheel)


def test_shadowed_package_is_named(unpacked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The verified files are the files that Python imports."""
    running = replace(find_installation(unpacked), is_running=True)

    found = [line for line in verify(running).differences if line.startswith("shadowed: gemini_clearing_auth ")]

    assert found == [f"shadowed: gemini_clearing_auth is imported from {ROOT / 'auth_plugin/gemini_clearing_auth'}"]


def test_editable_install_is_compared_with_the_checkout(capsys: pytest.CaptureFixture[str]) -> None:
    """The checkout's client, spec and templates are those of the provenance; the text says what is not recorded."""
    assert run_verify([]) == ExitCode.OK

    printed = capsys.readouterr().out
    assert f"editable install of {ROOT}" in printed
    assert "templates/_client.py.jinja" in printed
    assert "not recorded" in printed


def test_rendering_is_compared(unpacked: Path, edit: Edit) -> None:
    """`--render` finds a file that was changed together with its provenance and RECORD."""
    path = edit(GENERATED)
    change_one_byte(path)
    provenance = edit("gemini_clearing/PROVENANCE.json")
    facts = json.loads(provenance.read_text(encoding="utf-8"))
    facts["files"]["_models.py"] = hashlib.sha256(path.read_bytes()).hexdigest()
    provenance.write_text(json.dumps(facts), encoding="utf-8")
    edit(f"{INFO}/RECORD").write_text(record(unpacked), encoding="utf-8")

    assert differences(unpacked) == []
    assert any("_models.py" in line for line in verify(find_installation(unpacked), render=True).differences)


def test_missing_generator_is_an_error(unpacked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the generator, `--render` cannot pass."""
    monkeypatch.setattr(_comparison, "_GENERATOR", "gemini_clearing_generator_that_is_missing")

    with pytest.raises(VerificationError, match=r"generator is not installed.*make setup"):
        verify(find_installation(unpacked), render=True)


def test_command_has_exit_code_and_json(unpacked: Path, edit: Edit, capsys: pytest.CaptureFixture[str]) -> None:
    """Differences are exit code 7, and `--json` has them as a list; the command also works as one of the others."""
    change_one_byte(edit(BY_HAND))

    assert run_verify(["--path", str(unpacked), "--json"]) == ExitCode.DIFFERENCES
    assert json.loads(capsys.readouterr().out)["differences"] == [f"changed: {BY_HAND} (RECORD)"]
    assert run(["verify", "--path", str(unpacked)]) == ExitCode.DIFFERENCES
    assert capsys.readouterr().out.endswith("1 differences\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--path", "nowhere"], "gemini-clearing is not installed in nowhere"),
        (["--wheel", "nowhere.whl"], "--wheel: this is an editable install"),
        (["--unknown"], "unrecognized arguments: --unknown"),
    ],
)
def test_unusable_option_is_exit_code_2(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An impossible verification is an error and not a success."""
    assert run_verify(arguments) == ExitCode.USAGE
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("text", ["{}", "[]", '{"tools": {}, "sources": {}, "files": {"a": "no hash"}}', "\x00"])
def test_damaged_provenance_is_a_difference(text: str, unpacked: Path, edit: Edit) -> None:
    """Without a readable provenance the other files are still compared with RECORD."""
    edit("gemini_clearing/PROVENANCE.json").write_text(text, encoding="utf-8")
    change_one_byte(edit(BY_HAND))

    first, *others = differences(unpacked)

    assert first.startswith("unreadable: gemini_clearing/PROVENANCE.json (not a provenance: ")
    assert others == [f"changed: {name} (RECORD)" for name in ("gemini_clearing/PROVENANCE.json", BY_HAND)]


def test_other_file_is_no_wheel(unpacked: Path) -> None:
    """A file that is not a wheel cannot take the place of RECORD."""
    with pytest.raises(VerificationError, match=r"LICENSE: not a wheel"):
        verify(find_installation(unpacked), wheel=ROOT / "LICENSE")
