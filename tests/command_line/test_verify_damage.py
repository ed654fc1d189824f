"""`gemini-clearing verify` runs on any damaged installation, and names every file that is not the recorded one."""

import os
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from gemini_clearing_cli import VerificationError, find_installation, verify
from gemini_clearing_cli.verification._files import UnusableFileError, content_of
from gemini_clearing_cli.verification._record import read_record, record_of_wheel
from tests.command_line.installed import INFO, SPEC, change_one_byte, differences, record, unpack

MODULE = "gemini_clearing_auth/_signature.py"
# What `verify` itself consists of; everything else may be missing.
NEEDED = {"__init__.py", "__main__.py", "_exit_codes.py", "_stdout.py"}
PROGRAM = (
    "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module(sys.argv.pop(1), None, '__main__', True)"
)


def _recorded(folder: Path) -> list[str]:
    return list(read_record((folder / INFO / "RECORD").read_text("utf-8"), f"{INFO}/RECORD").entries)


def _run(folder: Path, module: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a module of the folder with the standard library only: `-S` hides all installed packages."""
    command = [sys.executable, "-I", "-S", "-B", "-c", PROGRAM, str(folder), module, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("place", [0.0, 0.37, 1.0])
def test_one_changed_byte_is_found_in_every_file(place: float, tmp_path: Path) -> None:
    """Each file that RECORD lists is named as changed, at the first, a middle and the last byte, and no other file."""
    installed = tmp_path / "complete"
    unpack(installed)
    names = _recorded(installed)
    for path in (installed / name for name in names):
        if path.stat().st_size:
            change_one_byte(path, place)
        else:
            path.write_bytes(b"\n")

    found = [line for line in differences(installed) if line.endswith("(RECORD)")]

    assert found == [f"changed: {name} (RECORD)" for name in names]
    assert len(names) > 300


def test_one_changed_byte_is_found_in_record_itself(installed: Path) -> None:
    """A RECORD with any byte changed is not read as the same list without a problem."""
    name = f"{INFO}/RECORD"
    rows = (installed / name).read_text("utf-8").splitlines(keepends=True)
    text = "".join([*rows[:2], rows[-1]])
    before = read_record(text, name)
    changed = [text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :] for place in range(len(text))]

    assert (len(before.entries), before.problems) == (2, ())
    assert [one for one in changed if read_record(one, name) == before] == []


def test_compiled_file_in_record_has_its_module(installed: Path) -> None:
    """pip lists compiled files without a hash: a row for one is read only if RECORD has its module."""
    path = installed / INFO / "RECORD"
    path.write_text("gemini_clearing/__pycache__/__init__.cpython-311.pyc,,\n" + path.read_text("utf-8"))

    assert differences(installed) == []

    path.write_text("gemini_clearing/__pycache__/_gone.cpython-311.pyc,,\n" + path.read_text("utf-8"))

    assert differences(installed) == [
        f"changed: {INFO}/RECORD (gemini_clearing/__pycache__/_gone.cpython-311.pyc has no module)"
    ]


@pytest.mark.parametrize("module", ["gemini_clearing_cli", "gemini_clearing_cli.verification"])
def test_everything_but_the_verification_may_be_missing(module: str, installed: Path) -> None:
    """The command names all missing files, without the client, and without any dependency."""
    kept = {f"gemini_clearing_cli/{name}" for name in NEEDED}
    missing = [name for name in _recorded(installed) if name not in kept and "cli/verification/" not in name]
    for name in missing:
        (installed / name).unlink()

    ended = _run(installed, module, *(["verify"] if module == "gemini_clearing_cli" else []))

    assert (7, "") == (ended.returncode, ended.stderr)
    assert set(ended.stdout.splitlines()) >= {f"missing: {name} (RECORD)" for name in missing}


@pytest.mark.parametrize(
    "damage", [Path.unlink, lambda path: path.write_text("def", "utf-8")], ids=["no", "not Python"]
)
def test_damaged_verification_is_one_line(damage: Callable[[Path], object], installed: Path) -> None:
    """If a module of the command itself is damaged, it prints one line, and its exit code is not that of success."""
    damage(installed / "gemini_clearing_cli/verification/_record.py")

    ended = _run(installed, "gemini_clearing_cli", "verify")

    assert (2, "", 1) == (ended.returncode, ended.stdout, ended.stderr.count("\n"))
    assert "_record" in ended.stderr
    assert "`gemini-clearing verify` in this or in an intact environment" in ended.stderr


def test_public_names_need_no_client(installed: Path) -> None:
    """`find_installation` and `verify` can be imported where the client is missing."""
    for name in ("gemini_clearing", "gemini_clearing_auth", "gemini_clearing_runtime"):
        shutil.rmtree(installed / name)
    (installed / "use.py").write_text("from gemini_clearing_cli import find_installation, verify\nprint('ok')\n")

    assert _run(installed, "use").stdout == "ok\n"


def _replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _replace_by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (Path.unlink, f"missing: {MODULE} (RECORD)"),
        (_replace_by_folder, f"changed: {MODULE} (RECORD: a folder)"),
        (_replace_by_pipe, f"changed: {MODULE} (RECORD: not a file)"),
        (lambda path: path.chmod(0o666), f"writable: {MODULE} (every user of this machine can change it)"),
        (
            lambda path: path.parent.chmod(0o777),
            "writable: gemini_clearing_auth (every user of this machine can change it)",
        ),
    ],
    ids=["missing", "folder", "pipe", "writable file", "writable folder"],
)
def test_damaged_file_is_one_line(damage: Callable[[Path], object], expected: str, installed: Path) -> None:
    """Each way to damage a file is one line with its kind and reason."""
    damage(installed / MODULE)

    assert differences(installed) == [expected]


def test_permissions_of_a_group_are_no_difference(installed: Path) -> None:
    """Many machines give each user an own group: only a permission for all users is reported."""
    (installed / MODULE).chmod(0o664)

    assert differences(installed) == []


@pytest.mark.parametrize("name", [MODULE, "gemini_clearing_auth"])
def test_link_is_a_difference_even_with_the_same_content(name: str, installed: Path, tmp_path: Path) -> None:
    """A wheel has no links: what a link leads to can be changed outside of the installation. A folder is one line."""
    (installed / name).rename(tmp_path / "elsewhere")
    (installed / name).symlink_to(tmp_path / "elsewhere")

    assert differences(installed) == [
        f"linked: {name} (a wheel has no links; this one leads to {tmp_path / 'elsewhere'})"
    ]


def test_unreadable_file_is_named_with_its_reason(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be read is neither missing nor unchanged."""

    def locked(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", locked)
    with pytest.raises(UnusableFileError) as caught:
        content_of(installed / MODULE)

    assert caught.value.line(MODULE, "RECORD") == f"unreadable: {MODULE} (RECORD: Permission denied)"


def test_wheel_without_record_is_not_verified(installed: Path, tmp_path: Path) -> None:
    """Without RECORD the hand-written files are not compared, which is a difference; a wheel can replace it."""
    wheel = tmp_path / "a.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(installed / INFO / "RECORD", f"{INFO}/RECORD")
    (installed / INFO / "RECORD").unlink()

    assert differences(installed) == [
        f"missing: {INFO}/RECORD (without it only the generated package is compared. Pass --wheel)"
    ]
    assert differences(installed, wheel) == []


def test_files_of_the_installer_are_no_strays_with_a_wheel(installed: Path, tmp_path: Path) -> None:
    """The wheel does not list what pip adds to the metadata; any other file there is stray."""
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as archive:
        archive.write(installed / INFO / "RECORD", f"{INFO}/RECORD")
    for name in ("INSTALLER", "entry_points.txt"):
        (installed / INFO / name).write_text("pip\n", "utf-8")

    assert differences(installed, tmp_path / "a.whl") == [f"stray: {INFO}/entry_points.txt (not in RECORD)"]


def test_metadata_of_another_version_is_stray(installed: Path) -> None:
    """An upgrade that was not finished leaves two versions."""
    shutil.copytree(installed / INFO, installed / "gemini_clearing-0.0.9.dist-info")

    assert differences(installed) == ["stray: gemini_clearing-0.0.9.dist-info (of another version)"]


def test_command_that_pip_has_moved_is_compared(installed: Path) -> None:
    """`pip install --target` records `../../bin`, and moves the commands into the folder."""
    command = installed / "bin/gemini-clearing"
    command.parent.mkdir()
    command.write_text("#!/usr/bin/python\n")
    text = record(installed).replace("bin/gemini-clearing,", "../../bin/gemini-clearing,")
    (installed / INFO / "RECORD").write_text(text)

    assert differences(installed) == []

    change_one_byte(command)

    assert differences(installed) == ["changed: ../../bin/gemini-clearing (RECORD)"]


@pytest.fixture
def archive(installed: Path, tmp_path: Path) -> Path:
    """A ZIP archive with the installation, as `python -m zipapp` makes one."""
    rows = "../../../bin/gemini-clearing,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n"
    path = installed / INFO / "RECORD"
    path.write_text(rows + path.read_text("utf-8"), "utf-8")
    return Path(shutil.make_archive(str(tmp_path / "app"), "zip", installed))


def test_archive_is_verified(archive: Path, installed: Path) -> None:
    """Python can import from an archive: its files are compared, and a change is found. It has no commands."""
    done = verify(find_installation(archive))

    assert (done.differences, done.as_json()["kind"]) == ((), "archive")

    change_one_byte(installed / SPEC)
    changed = Path(shutil.make_archive(str(archive.with_name("changed")), "zip", installed))

    assert f"changed: {SPEC} (RECORD)" in differences(changed)


def test_archive_verifies_itself(archive: Path) -> None:
    """The command runs from the archive, and finds that Python imports the packages from there."""
    ended = _run(archive, "gemini_clearing_cli", "verify")

    assert (0, "") == (ended.returncode, ended.stderr), ended.stdout
    assert ended.stdout.startswith(f"gemini-clearing 0.1.0, in the archive {archive}\n")


def test_damaged_archive_is_an_error(archive: Path) -> None:
    """An archive that cannot be unpacked is not verified."""
    change_one_byte(archive, 0.1)

    with pytest.raises(VerificationError, match=r"app\.zip: a damaged archive \([\w.]+\)\. Install"):
        verify(find_installation(archive))


@pytest.mark.parametrize("error", [zlib.error, EOFError, NotImplementedError, RuntimeError])
def test_any_error_of_a_damaged_archive_is_reported(
    archive: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """Each error that `zipfile` raised for an archive with one changed byte is one message, for a wheel too."""

    def failing(*arguments: object) -> None:
        raise error("damaged")

    installation = find_installation(archive)
    monkeypatch.setattr(zipfile.ZipFile, "extractall", failing)
    monkeypatch.setattr(zipfile.ZipFile, "read", failing)

    with pytest.raises(VerificationError, match=error.__name__):
        verify(installation)
    with pytest.raises(VerificationError, match=error.__name__):
        record_of_wheel(archive)


def test_closed_stdout_is_no_traceback(installed: Path) -> None:
    """`gemini-clearing verify | head` ends silently, with the exit code of the result if there are differences."""
    (installed / MODULE).unlink()
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-I", "-S", "-B", "-c", PROGRAM, str(installed), "gemini_clearing_cli", "verify"]
    ended = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)

    assert (7, "") == (ended.returncode, ended.stderr)
