"""`gemini-clearing verify` compares the byte code that Python would load with the modules that are verified."""

import os
import py_compile
import sys
from pathlib import Path

import pytest

from gemini_clearing_cli import find_installation, verify
from gemini_clearing_cli.verification import _byte_code
from tests.command_line.installed import differences

MODULE = "gemini_clearing_auth/_signature.py"


def _compile(installed: Path, tag: str = "") -> Path:
    path = installed / MODULE
    target = path.parent / "__pycache__" / f"{path.stem}.{tag or sys.implementation.cache_tag}.pyc"
    return Path(str(py_compile.compile(str(path), cfile=str(target), doraise=True)))


def test_own_byte_code_is_no_difference(installed: Path) -> None:
    """Files that this Python loads are compared; the files of another Python and of pytest are counted."""
    for tag in ("", f"{sys.implementation.cache_tag}.opt-1", "cpython-399", f"{sys.implementation.cache_tag}-pytest-9"):
        _compile(installed, tag)

    done = verify(find_installation(installed))

    # py_compile has compiled without optimization: the name of the second file is that of another content.
    assert done.uncompared == 2
    assert [line for line in done.differences if ".opt-1." not in line] == []


@pytest.mark.parametrize("is_checked", [True, False])
def test_byte_code_of_another_source_is_found(is_checked: bool, installed: Path) -> None:
    """Python would load a compiled file of any content if its header fits its module, or is never checked."""
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


def test_byte_code_has_an_optimization_level(installed: Path) -> None:
    """A compiled file of `python -O` is compared with the code of that level."""
    path = installed / MODULE
    path.write_text("assert __debug__\n", "utf-8")
    tag = sys.implementation.cache_tag
    for level, suffix in ((0, ""), (1, ".opt-1"), (1, "")):
        target = path.parent / "__pycache__" / f"_signature.{tag}{suffix}.pyc"
        py_compile.compile(str(path), cfile=str(target), doraise=True, optimize=level)
        expected = "" if bool(level) is bool(suffix) else "not the code of its module. Delete it"

        assert _byte_code.difference_of(target, path) == expected
