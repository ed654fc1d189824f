"""`gemini-clearing verify` runs on any damaged installation, and names every file that is not the recorded one."""

import os
import py_compile
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gemini_clearing_cli import VerificationError, find_installation, verify
from gemini_clearing_cli.verification import _byte_code, _files
from gemini_clearing_cli.verification._record import read_record
from tests.command_line.installed import INFO, SPEC, change_one_byte, differences, record, unpack

MODULE = "gemini_clearing_auth/_signature.py"
# What `verify` itself consists of; everything else may be missing.
NEEDED = {"__init__.py", "__main__.py", "_exit_codes.py", "_stdout.py"}
PROGRAM = (
    "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module(sys.argv.pop(1), None, '__main__', True)"
)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the unpacked wheel of this checkout."""
    folder = tmp_path_factory.mktemp("site-packages")
    unpack(folder)
    return folder


@pytest.fixture
def installed(original: Path, tmp_path: Path) -> Path:
    """A copy that the test may damage."""
    return shutil.copytree(original, tmp_path / "installed")


def _recorded(folder: Path) -> list[str]:
    return list(read_record((folder / INFO / "RECORD").read_text("utf-8"), f"{INFO}/RECORD").entries)


def _run(folder: Path, module: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a module of the folder with the standard library only: `-S` hides all installed packages."""
    command = [sys.executable, "-I", "-S", "-B", "-c", PROGRAM, str(folder), module, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("place", [0.0, 0.37, 1.0])
def test_one_changed_byte_is_found_in_every_file(place: float, installed: Path) -> None:
    """Each file that RECORD lists is named as changed, wherever the byte is, and no other file."""
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
def test_damaged_verification_is_one_line(damage, installed: Path) -> None:
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
def test_damaged_file_is_one_line(damage, expected: str, installed: Path) -> None:
    """Each way to damage a file is reported once, in its own words."""
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

    class Locked(type(installed)):  # type: ignore[misc]  (the class depends on the system)
        def read_bytes(self) -> bytes:
            raise PermissionError(13, "Permission denied")

    with pytest.raises(_files.UnusableFileError) as caught:
        _files.content_of(Locked(installed / MODULE))

    assert caught.value.line(MODULE, "RECORD") == f"unreadable: {MODULE} (RECORD: Permission denied)"


def _compile(installed: Path, tag: str = "") -> Path:
    path = installed / MODULE
    target = path.parent / "__pycache__" / f"{path.stem}.{tag or sys.implementation.cache_tag}.pyc"
    return Path(str(py_compile.compile(str(path), cfile=str(target), doraise=True)))


def test_own_byte_code_is_no_difference(installed: Path) -> None:
    """What this Python compiles from the module is compared; the files of another Python and of pytest are counted."""
    for tag in ("", f"{sys.implementation.cache_tag}.opt-1", "cpython-399", f"{sys.implementation.cache_tag}-pytest-9"):
        _compile(installed, tag)

    done = verify(find_installation(installed))

    # py_compile has compiled without optimization: the name of the second file is that of another content.
    assert done.uncompared == 2
    assert [line for line in done.differences if ".opt-1." not in line] == []


@pytest.mark.parametrize("is_checked", [True, False])
def test_byte_code_of_another_source_is_found(is_checked: bool, installed: Path) -> None:
    """Python would load a compiled file whose header fits its module, or is never checked, whatever is in it."""
    path = installed / MODULE
    source, times = path.read_bytes(), (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    path.write_bytes(source.replace(b"sha384", b"sha256"))
    os.utime(path, ns=times)
    mode = py_compile.PycInvalidationMode.TIMESTAMP if is_checked else py_compile.PycInvalidationMode.UNCHECKED_HASH
    compiled = Path(str(py_compile.compile(str(path), doraise=True, invalidation_mode=mode)))
    path.write_bytes(source)
    os.utime(path, ns=times)

    assert differences(installed) == [
        f"changed: {compiled.relative_to(installed).as_posix()} (not the code of its module. Delete it)"
    ]


def test_one_changed_byte_is_found_in_byte_code(installed: Path) -> None:
    """Neither a shortened nor a changed file passes, as long as Python would load it."""
    compiled = _compile(installed)
    content = compiled.read_bytes()
    [name] = [b"hexdigest"] if b"hexdigest" in content else [b"hmac"]
    for damaged in (content[:-1], content[:16], content.replace(name, name.upper())):
        compiled.write_bytes(damaged)

        assert len(differences(installed)) == 1


def test_outdated_byte_code_is_not_loaded_and_no_difference(installed: Path) -> None:
    """A compiled file that is older than its module is compiled again by Python."""
    _compile(installed)
    os.utime(installed / MODULE, (1, 1))

    done = verify(find_installation(installed))

    assert (done.differences, done.uncompared) == ((), 1)


def test_byte_code_without_a_module_is_stray(installed: Path) -> None:
    """A compiled file in a cache folder belongs to a recorded module."""
    (installed / "gemini_clearing_auth/__pycache__").mkdir()
    for name in ("_gone.cpython-311.pyc", "run.so"):
        (installed / "gemini_clearing_auth/__pycache__" / name).write_bytes(b"")

    assert differences(installed) == [
        f"stray: gemini_clearing_auth/__pycache__/{name} (no module)" for name in ("_gone.cpython-311.pyc", "run.so")
    ]


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


def test_files_of_the_installer_are_no_strays_beside_a_wheel(installed: Path, tmp_path: Path) -> None:
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

    with pytest.raises(VerificationError, match=r"app\.zip: a damaged archive \(BadZipFile\)\. Install"):
        verify(find_installation(archive))


def test_closed_stdout_is_no_traceback(installed: Path) -> None:
    """`gemini-clearing verify | head` ends silently, with the exit code of the result if there are differences."""
    (installed / MODULE).unlink()
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-I", "-S", "-B", "-c", PROGRAM, str(installed), "gemini_clearing_cli", "verify"]
    ended = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)

    assert (7, "") == (ended.returncode, ended.stderr)


def test_levels_of_optimization_are_told_apart(installed: Path) -> None:
    """A compiled file of `python -O` is compared with what that level compiles."""
    path = installed / MODULE
    path.write_text("assert __debug__\n", "utf-8")
    tag = sys.implementation.cache_tag
    for level, suffix in ((0, ""), (1, ".opt-1"), (1, "")):
        target = path.parent / "__pycache__" / f"_signature.{tag}{suffix}.pyc"
        py_compile.compile(str(path), cfile=str(target), doraise=True, optimize=level)
        expected = "" if bool(level) is bool(suffix) else "not the code of its module. Delete it"

        assert _byte_code.difference_of(target, path) == expected
