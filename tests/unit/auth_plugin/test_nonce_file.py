"""`FileNonces` and its file: modes, other files at the path, disks that fail, files that are replaced."""

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from gemini_clearing_auth import FileNonces
from gemini_clearing_auth._nonce_record import SIZE, parse
from gemini_clearing_auth.errors import NonceError
from tests.unit.auth_plugin.leasing import HOUR_NS, KEY, NOW_NS, drawn


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The path of a nonce file that does not exist yet."""
    return tmp_path / "desk.nonces"


def test_new_file_has_mode_0600(path: Path) -> None:
    """A new file can be read and written by its owner only, under any umask."""
    before = os.umask(0)
    try:
        drawn(FileNonces(path))
    finally:
        os.umask(before)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_size == SIZE


def test_file_contains_no_api_key(path: Path) -> None:
    """The file identifies its key by a hash."""
    drawn(FileNonces(path))

    assert KEY not in path.read_text()
    assert "AbCdEfGhIjKl1234" not in path.read_text()


def test_file_of_another_key_is_rejected(path: Path) -> None:
    """One file serves one key."""
    drawn(FileNonces(path))

    with pytest.raises(NonceError, match=r"belongs to another API key\. Use one file per key"):
        drawn(FileNonces(path), key="account-other")


def test_file_of_another_mode_is_rejected(path: Path) -> None:
    """A key has one mode."""
    drawn(FileNonces(path))

    with pytest.raises(NonceError, match="mode 'incremental', not 'time-based'"):
        drawn(FileNonces(path, mode="time-based"))


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"x" * SIZE, "not a nonce file, or damaged"), (b"gemini-clearing-nonces 2 {}", "newer"), (b"\n", "damaged")],
)
def test_file_that_cannot_be_used_is_rejected_at_construction(path: Path, content: bytes, problem: str) -> None:
    """A damaged, foreign or newer file is named, with what to do."""
    path.write_bytes(content)

    with pytest.raises(NonceError, match=f"{path.name} cannot be used: .*{problem}.*Use another path"):
        FileNonces(path)
    assert path.read_bytes() == content


def test_empty_file_is_a_new_one(path: Path) -> None:
    """A file that was made and never written, as after a full disk, is used."""
    path.touch(mode=0o600)

    assert drawn(FileNonces(path))


@pytest.mark.parametrize(
    ("place", "problem"),
    [
        ("missing/desk.nonces", "No such file or directory.*Create the folder"),
        (".", "Is a directory.*path of a file"),
        ("file/desk.nonces", "Not a directory.*below a folder"),
    ],
)
def test_path_that_cannot_be_opened_is_named(tmp_path: Path, place: str, problem: str) -> None:
    """The error names the path, the problem and the remedy."""
    (tmp_path / "file").touch()

    with pytest.raises(NonceError, match=f"cannot open .*{problem}"):
        FileNonces(tmp_path / place)


def test_file_that_everyone_can_write_is_rejected(path: Path) -> None:
    """Other users could put the nonces back."""
    path.touch()
    path.chmod(0o606)

    with pytest.raises(NonceError, match="only its owner can write"):
        FileNonces(path)


def test_device_is_rejected() -> None:
    """A device keeps no nonces."""
    with pytest.raises(NonceError, match="must be a regular file"):
        FileNonces("/dev/null")


def failing(number: int) -> Callable[..., int]:
    """Return a system call that fails."""

    def call(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    return call


DISK_ERRORS = [
    ("pwrite", errno.ENOSPC, "cannot write .*No space left on device.*Free disk space"),
    ("pwrite", errno.EDQUOT, "cannot write .*Free disk space"),
    ("pwrite", errno.EROFS, "cannot write .*Read-only file system.*not read-only"),
    ("fsync", errno.EIO, "cannot write .*Input/output error.*Check the file system"),
    ("fsync", errno.ENOSPC, "cannot write .*No space left on device"),
    ("pread", errno.EIO, "cannot read .*Input/output error"),
]


@pytest.mark.parametrize(("call", "number", "problem"), DISK_ERRORS)
@pytest.mark.parametrize("existing", [True, False])
def test_disk_that_fails_raises_and_recovers(
    path: Path, call: str, number: int, problem: str, existing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full or failing disk is reported before anything is sent; the next draw succeeds once the disk works again."""
    now_ns = NOW_NS
    source = FileNonces(path, clock_ns=lambda: now_ns)
    before = int(drawn(source)) if existing else 0
    now_ns += HOUR_NS  # beyond what is reserved, so that the record must reach the disk

    with monkeypatch.context() as patch:
        patch.setattr(f"gemini_clearing_auth._nonce_file.os.{call}", failing(number))
        with pytest.raises(NonceError, match=problem):
            drawn(source)

    assert int(drawn(FileNonces(path, clock_ns=lambda: now_ns))) > before
    assert int(drawn(source)) > before


def test_reservation_that_did_not_reach_the_disk_is_repeated(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failed fsync the next draw waits for the disk again."""
    source = FileNonces(path, clock_ns=lambda: NOW_NS)
    with monkeypatch.context() as patch:
        patch.setattr("gemini_clearing_auth._nonce_file.os.fsync", failing(errno.EIO))
        with pytest.raises(NonceError):
            drawn(source)
        with pytest.raises(NonceError):
            drawn(source)


def test_short_write_is_an_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that was written in part is restored and does not count as damage."""
    source = FileNonces(path, clock_ns=lambda: NOW_NS)
    drawn(source)
    written = os.pwrite

    with monkeypatch.context() as patch:
        patch.setattr("gemini_clearing_auth._nonce_file.os.pwrite", lambda fd, data, at: written(fd, data[:100], at))
        with pytest.raises(NonceError, match="No space left"):
            drawn(source)
    parse(path.read_bytes())

    assert drawn(FileNonces(path))


def test_file_system_without_locks_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network file system without locks is reported, and is not used unlocked."""
    source = FileNonces(path)
    monkeypatch.setattr("gemini_clearing_auth._file_locks.fcntl.fcntl", failing(errno.ENOLCK))

    with pytest.raises(NonceError, match=r"cannot lock .*local file system"):
        drawn(source)


def test_platform_without_locks_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows the constructor raises, and names the alternatives."""
    monkeypatch.setattr("gemini_clearing_auth._file_locks.SUPPORTED", False)

    with pytest.raises(NonceError, match="Use RedisNonces, or one API key per process"):
        FileNonces(path)


@pytest.mark.parametrize("removed", [True, False])
def test_file_that_is_replaced_while_in_use_never_leads_to_a_used_nonce(
    path: Path, removed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """A file that was removed, or replaced by an old copy, is opened again, and nonces continue after the last one."""
    caplog.set_level("WARNING", logger="gemini_clearing")
    source = FileNonces(path, clock_ns=lambda: NOW_NS)
    drawn(source)
    copy = path.read_bytes()
    last = int([drawn(source) for _ in range(5)][-1])
    path.unlink()
    if not removed:
        path.write_bytes(copy)
        path.chmod(0o600)

    assert int(drawn(source)) == last + 1
    assert int(drawn(FileNonces(path, clock_ns=lambda: NOW_NS))) == last + 2
    assert "was removed or replaced while in use" in caplog.text


def test_permissions_that_are_taken_away_do_not_stop_an_open_file(path: Path) -> None:
    """A process keeps using the file that it has opened."""
    source = FileNonces(path)
    drawn(source)
    path.chmod(0)

    assert drawn(source)


@pytest.mark.parametrize("arguments", [{"mode": "time"}, {"lease_s": 0}, {"lease_s": float("nan")}])
def test_arguments_that_cannot_be_right_are_rejected(path: Path, arguments: dict[str, object]) -> None:
    """An unknown mode and a lease without a length raise at construction."""
    with pytest.raises(NonceError, match=r"unknown mode 'time'\. Valid modes|invalid lease_s: .*seconds above 0"):
        FileNonces(path, **arguments)  # type: ignore[arg-type]  # the wrong type is the case


def test_repr_names_the_file(path: Path) -> None:
    """A repr has the path and the mode."""
    assert repr(FileNonces(path)) == f"FileNonces('{path}', mode='incremental')"


def test_shared_source_has_no_nonce_without_a_lease(path: Path) -> None:
    """`next()` raises an error that names the classes which take the source."""
    with pytest.raises(NonceError, match="Pass it to a client or to GeminiAuth"):
        FileNonces(path).next()
