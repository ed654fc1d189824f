"""
`FileNonces` in one process: nonces, leases, forks, and every way in which the file cannot be used.

Two `FileNonces` objects simulate two processes: each opens the file itself, as a process would.
Real processes are tested in tests/shared_keys.
"""

import asyncio
import errno
import os
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from gemini_clearing_auth import Credentials, FileNonces, GeminiAuth
from gemini_clearing_auth._deadline import Deadline
from gemini_clearing_auth._leases import Lease
from gemini_clearing_auth._nonce_record import SIZE, parse
from gemini_clearing_auth.errors import DeadlineError, NonceError

KEY = "account-AbCdEfGhIjKl1234"
SECOND_NS = 1_000_000_000
NOW_NS = 1_800_000_000 * SECOND_NS
HOUR_NS = 3_600 * SECOND_NS
BASE_URL = "https://api.sandbox.gemini.com"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The path of a nonce file that does not exist yet."""
    return tmp_path / "desk.nonces"


def drawn(source: FileNonces, timeout_s: float | None = 0.0, key: str = KEY) -> int | str:
    """Return a nonce, and release the lease."""
    lease = source.lease(key)
    try:
        return lease.draw(Deadline(timeout_s))
    finally:
        lease.release()


def held(source: FileNonces, key: str = KEY) -> Lease:
    """Return a lease that has drawn its nonce."""
    lease = source.lease(key)
    lease.draw(Deadline(0))
    return lease


def test_nonces_of_two_processes_increase(path: Path) -> None:
    """Nonces increase, whichever process draws them."""
    one, two = FileNonces(path, clock_ns=lambda: NOW_NS), FileNonces(path, clock_ns=lambda: NOW_NS)

    nonces = [drawn(source) for source in (one, two, two, one, two)]

    assert nonces == [NOW_NS // 1000 + count for count in range(5)]


def test_nonces_survive_a_clock_that_was_put_back(path: Path) -> None:
    """A process that starts an hour earlier by the clock draws above all earlier nonces."""
    before = drawn(FileNonces(path, clock_ns=lambda: NOW_NS))

    assert drawn(FileNonces(path, clock_ns=lambda: NOW_NS - HOUR_NS)) == int(before) + 1


def test_time_based_nonces_are_text(path: Path) -> None:
    """A time-based key gets seconds with six decimals."""
    source = FileNonces(path, mode="time-based", clock_ns=lambda: NOW_NS)

    assert [drawn(source), drawn(source)] == ["1800000000.000000", "1800000000.000001"]


def test_nonces_start_above_after(path: Path) -> None:
    """Nonces start above a nonce that other software has used."""
    assert int(drawn(FileNonces(path, after=10**18))) > 10**18


def test_lease_excludes_other_processes_until_it_is_released(path: Path) -> None:
    """A second process draws only after the first has sent."""
    lease, other = held(FileNonces(path)), FileNonces(path)

    with pytest.raises(DeadlineError, match=r"^waited 0.02 s for other processes with this API key\."):
        drawn(other, 0.02)
    lease.release()

    assert drawn(other)


def test_release_may_be_repeated(path: Path) -> None:
    """A second release does not release another lease, nor does one without a draw."""
    one, two = FileNonces(path), FileNonces(path)
    first = held(one)
    first.release()
    second = held(two)
    first.release()
    one.lease(KEY).release()

    with pytest.raises(DeadlineError):
        drawn(one)
    second.release()


def test_stalled_owner_loses_the_lease_and_is_fenced_by_its_nonce(path: Path) -> None:
    """After the lease's time another process draws, with a nonce above that of the stalled owner."""
    stalled, other = FileNonces(path, lease_s=0.05).lease(KEY), FileNonces(path)
    early = stalled.draw(Deadline(0))

    started = time.monotonic()
    lease = other.lease(KEY)
    late = lease.draw(Deadline(5))

    assert int(late) > int(early)
    assert time.monotonic() - started < 2
    stalled.release()
    with pytest.raises(DeadlineError):
        drawn(FileNonces(path))
    lease.release()


def test_dead_owner_loses_the_lease_immediately(path: Path) -> None:
    """The kernel drops the lock of a process that dies, so no waiter waits for the end of the lease."""
    dead = FileNonces(path, lease_s=3600)
    dead.lease(KEY).draw(Deadline(0))
    os.close(dead._file.fd)
    dead._file.fd = -1

    assert drawn(FileNonces(path), 1)


def test_busy_process_does_not_starve_others(path: Path) -> None:
    """A process that draws in a loop does not starve another one."""
    stop, busy = threading.Event(), FileNonces(path)

    def loop() -> None:
        while not stop.is_set():
            lease = busy.lease(KEY)
            lease.draw(Deadline(5))
            time.sleep(0.002)
            lease.release()

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        other = FileNonces(path)
        started = time.monotonic()
        for _ in range(20):
            drawn(other, 5)
        took_s = time.monotonic() - started
    finally:
        stop.set()
        thread.join()

    assert took_s < 3


def test_waiter_that_stalls_does_not_block_the_others(path: Path) -> None:
    """A waiter that is next and stops polling is passed over."""
    owner, stalled, other = FileNonces(path), FileNonces(path).lease(KEY), FileNonces(path)
    lease = held(owner)
    assert stalled.attempt() is None
    lease.release()

    assert drawn(other, 2)


def test_unordered_nonces_need_no_lease(path: Path) -> None:
    """With time-based keys, a nonce is drawn while another call is in flight."""
    one, two = FileNonces(path, mode="time-based"), FileNonces(path, mode="time-based")
    lease = one.lease(KEY)
    early = lease.draw(Deadline(0))

    assert str(drawn(two)) > str(early)
    assert not one.ordered
    assert FileNonces(path, mode="time-based", ordered=True).ordered


def test_async_draw_waits_without_blocking_the_loop(path: Path) -> None:
    """Other tasks run while a task waits for the lease."""
    lease, other, steps = held(FileNonces(path)), FileNonces(path).lease(KEY), list[int]()

    async def count() -> None:
        for step in range(5):
            await asyncio.sleep(0.002)
            steps.append(step)
        lease.release()

    async def both() -> int | str:
        task = asyncio.create_task(count())
        nonce = await other.draw_async(Deadline(5))
        await task
        return nonce

    assert asyncio.run(both())
    assert steps == [0, 1, 2, 3, 4]
    other.release()


def test_signer_holds_the_lease_until_the_call_has_been_sent(path: Path, order: httpx.Request) -> None:
    """The lease covers draw and send, and ends with the flow."""
    auth = GeminiAuth(Credentials(KEY, "demo-secret"), base_url=BASE_URL, nonces=FileNonces(path))
    flow = auth.sync_auth_flow(order)
    next(flow)

    with pytest.raises(DeadlineError):
        drawn(FileNonces(path))
    flow.close()
    assert drawn(FileNonces(path))


def test_canceled_call_leaves_the_lease_free(path: Path) -> None:
    """A task that is canceled while it waits, or while it sends, leaves the lease to others."""
    auth = GeminiAuth(Credentials(KEY, "demo-secret"), base_url=BASE_URL, nonces=FileNonces(path))
    lease = held(FileNonces(path))

    async def hang(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(10)
        return httpx.Response(200)

    async def call() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(hang), auth=auth) as client:
            task = asyncio.create_task(client.post(f"{BASE_URL}/v1/x", content=b"{}"))
            await asyncio.sleep(0.02)
            lease.release()
            await asyncio.sleep(0.02)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(call())

    assert drawn(FileNonces(path), 1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform does not fork")
def test_forked_child_draws_while_the_parent_has_the_lease(path: Path) -> None:
    """A child waits for its parent's lease like any other process, and does not release it."""
    source = FileNonces(path, lease_s=3600)
    lease = held(source)

    child = os.fork()
    if child == 0:
        try:
            lease.release()
            drawn(source, 0.05)
        except DeadlineError:
            os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7

    with pytest.raises(DeadlineError):
        drawn(FileNonces(path))
    lease.release()
    assert drawn(FileNonces(path))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform does not fork")
def test_forked_child_draws_although_a_thread_was_drawing(path: Path) -> None:
    """A fork at the moment of a draw leaves no lock behind in the child."""
    source = FileNonces(path)
    with source._mutex:
        child = os.fork()
        if child == 0:
            os._exit(7 if drawn(source, 5) else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


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
    with pytest.raises(NonceError, match=r"unknown mode 'time'\. Valid modes|lease_s must be"):
        FileNonces(path, **arguments)  # type: ignore[arg-type]


def test_repr_names_the_file(path: Path) -> None:
    """A repr has the path and the mode."""
    assert repr(FileNonces(path)) == f"FileNonces('{path}', mode='incremental')"


def test_shared_source_has_no_nonce_without_a_lease(path: Path) -> None:
    """`next()` raises an error that names the classes which take the source."""
    with pytest.raises(NonceError, match="Pass it to a client or to GeminiAuth"):
        FileNonces(path).next()
