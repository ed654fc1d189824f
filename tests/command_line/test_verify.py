"""`gemini-clearing verify` finds each file that is not the recorded one, and names it."""

import base64
import csv
import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from gemini_clearing import ArgumentError
from gemini_clearing_cli import _verification
from gemini_clearing_cli._app import run
from gemini_clearing_cli._exit_codes import ExitCode
from gemini_clearing_cli._installation import find_installation
from gemini_clearing_cli._verification import verify
from gemini_clearing_cli._verify_command import run_verify
from tests.project.reading import PYPROJECT, ROOT

PACKAGES = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
INFO = "gemini_clearing-0.1.0.dist-info"
GENERATED = "gemini_clearing/_models.py"
BY_HAND = "gemini_clearing_auth/_signature.py"
SPEC = "gemini_clearing_contract/clearing.yaml"
Edit = Callable[[str], Path]


def _record(folder: Path) -> str:
    """Return the RECORD of a folder."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "RECORD"):
        digest = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).rstrip(b"=").decode()
        writer.writerow([path.relative_to(folder).as_posix(), f"sha256={digest}", path.stat().st_size])
    writer.writerow([f"{INFO}/RECORD", "", ""])
    return text.getvalue()


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like `site-packages` with the unpacked wheel of this checkout."""
    folder = tmp_path_factory.mktemp("site-packages")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / Path(package).name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "openapi" / "clearing.yaml", folder / SPEC)
    (folder / INFO).mkdir()
    (folder / INFO / "METADATA").write_text("Metadata-Version: 2.4\nName: gemini-clearing\nVersion: 0.1.0\n")
    (folder / INFO / "RECORD").write_text(_record(folder), encoding="utf-8")
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


def _differences(folder: Path, wheel: Path | None = None) -> list[str]:
    return list(verify(find_installation(folder), wheel=wheel).differences)


def _change_one_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_unchanged_installation_has_no_differences(unpacked: Path) -> None:
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
        _change_one_byte(path)

    assert _differences(unpacked) == (expected or [f"changed: {name} (RECORD)"])


@pytest.mark.parametrize("name", [GENERATED, BY_HAND])
def test_missing_file_is_named(name: str, unpacked: Path, edit: Edit) -> None:
    """A file that RECORD or the provenance has must exist."""
    edit(name).unlink()

    assert f"missing: {name} (RECORD)" in _differences(unpacked)


@pytest.mark.parametrize("name", ["gemini_clearing/_patch.py", "gemini_clearing_auth/hook.so"])
def test_stray_file_is_named(name: str, unpacked: Path, edit: Edit) -> None:
    """A file in a package that nothing records is a difference; Python's caches are ignored."""
    edit(name).write_text("", encoding="utf-8")
    cache = edit("gemini_clearing_auth/__pycache__/_signature.cpython-399.pyc")
    cache.parent.mkdir(exist_ok=True)
    cache.write_bytes(b"")

    found = _differences(unpacked)

    assert f"stray: {name} (not in RECORD)" in found
    assert [line for line in found if "__pycache__" in line] == []


def test_wheel_reveals_a_changed_record(unpacked: Path, edit: Edit, tmp_path: Path) -> None:
    """If file and RECORD were both changed, the published wheel shows it."""
    wheel = tmp_path / "gemini_clearing-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(unpacked / INFO / "RECORD", f"{INFO}/RECORD")
    _change_one_byte(edit(BY_HAND))
    edit(f"{INFO}/RECORD").write_text(_record(unpacked), encoding="utf-8")

    assert f"changed: {BY_HAND} (RECORD)" not in _differences(unpacked)
    assert f"changed: {BY_HAND} (RECORD)" in _differences(unpacked, wheel=wheel)


def test_shadowed_package_is_named(unpacked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The verified files are the files that Python imports."""
    installation = find_installation(unpacked)
    running = type(installation)(
        installation.version, installation.folder, None, installation.recorded, is_running=True
    )

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
    _change_one_byte(path)
    provenance = edit("gemini_clearing/PROVENANCE.json")
    facts = json.loads(provenance.read_text(encoding="utf-8"))
    facts["files"]["_models.py"] = hashlib.sha256(path.read_bytes()).hexdigest()
    provenance.write_text(json.dumps(facts), encoding="utf-8")
    edit(f"{INFO}/RECORD").write_text(_record(unpacked), encoding="utf-8")

    assert _differences(unpacked) == []
    assert any("_models.py" in line for line in verify(find_installation(unpacked), render=True).differences)


def test_missing_generator_is_an_error(unpacked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the generator, `--render` cannot pass."""
    monkeypatch.setattr(_verification, "_GENERATOR", "gemini_clearing_generator_that_is_missing")

    with pytest.raises(ArgumentError, match=r"generator is not installed.*make setup"):
        verify(find_installation(unpacked), render=True)


def test_command_has_exit_code_and_json(unpacked: Path, edit: Edit, capsys: pytest.CaptureFixture[str]) -> None:
    """Differences are exit code 7, and `--json` has them as a list; the command also works as one of the others."""
    _change_one_byte(edit(BY_HAND))

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


def test_damaged_provenance_is_an_error(unpacked: Path, edit: Edit) -> None:
    """An installation without a readable provenance is not verified."""
    edit("gemini_clearing/PROVENANCE.json").write_text("{}", encoding="utf-8")

    with pytest.raises(ArgumentError, match=r"PROVENANCE\.json: no provenance \(KeyError\)\. Install"):
        verify(find_installation(unpacked))


def test_other_file_is_no_wheel(unpacked: Path) -> None:
    """A file that is not a wheel cannot take the place of RECORD."""
    with pytest.raises(ArgumentError, match=r"LICENSE: not a wheel"):
        verify(find_installation(unpacked), wheel=ROOT / "LICENSE")
