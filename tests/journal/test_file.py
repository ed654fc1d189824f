"""The file of a journal: how it is created, shared, checked and refused."""

import contextlib
import os
import sqlite3
import stat
import subprocess
import sys

import pytest

from gemini_clearing import Journal, JournalError, WriteEnd
from tests.journal.programs import begin, end, run_python


def modes(folder):
    """Return the modes of the files in a folder."""
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


def test_files_are_for_their_owner_only(path):
    """The journal, its write-ahead log, its index and its lock file have mode 0600 with every umask."""
    former = os.umask(0)
    try:
        with Journal(path) as journal:
            begin(journal)

            assert modes(path.parent) == dict.fromkeys(
                ("desk.db", "desk.db-wal", "desk.db-shm", "desk.db-owners"), 0o600
            )
    finally:
        os.umask(former)


def test_existing_file_is_closed_to_others(path):
    """A file that others can read gets mode 0600."""
    path.touch(mode=0o644)

    with Journal(path) as journal:
        begin(journal)

        assert set(modes(path.parent).values()) == {0o600}


def test_intent_waits_for_the_disk_once(path):
    """An intent is committed with synchronous=FULL in WAL mode; an end does not wait for the disk."""
    with Journal(path) as journal:
        entry = begin(journal)
        connection = journal._file._connection
        assert connection is not None
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)

        end(journal, entry, WriteEnd.REJECTED)

        assert connection.execute("PRAGMA synchronous").fetchone() == (1,)


def test_missing_folder_is_named(tmp_path):
    """A folder is never created."""
    with pytest.raises(JournalError, match=r"the folder \S*/missing does not exist. Create it\."):
        Journal(tmp_path / "missing" / "desk.db")


def test_folder_is_no_journal(tmp_path):
    """The path must lead to a regular file."""
    with pytest.raises(JournalError, match="not a regular file"):
        Journal(tmp_path)


@pytest.mark.parametrize("content", [b"not a database, but longer than a header of one\n" * 100, b"\0" * 5000])
def test_other_file_is_rejected(path, content):
    """A file that is not a database is rejected, and not changed."""
    path.write_bytes(content)

    with pytest.raises(JournalError, match=r"not a journal, or damaged.*Keep it, and use another path"):
        Journal(path)

    assert path.read_bytes() == content


def test_other_database_is_rejected(path):
    """A database of another program is refused, and not changed."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE customers (name TEXT)")

    with pytest.raises(JournalError, match="an SQLite database of another program"):
        Journal(path)

    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (2, "its format 2 is newer than 1, the one of this version. Update gemini-clearing"),
        (0, "its format 0 is older than 1, the one of this version. Use another path"),
    ],
)
def test_other_format_is_named(path, version, message):
    """A file of another format is refused with both versions."""
    Journal(path).close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")

    with pytest.raises(JournalError, match=message):
        Journal(path)


def test_empty_file_becomes_a_journal(path):
    """A process that is killed while it creates the file leaves a file that the next one completes."""
    path.touch()
    with Journal(path) as journal:
        begin(journal)

        assert len(list(journal.entries())) == 1


def test_damaged_file_is_named_before_anything_is_sent(path):
    """An intent that meets a damaged page is not acknowledged."""
    with Journal(path) as journal:
        for number in range(50):
            begin(journal, number)
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xaa" * (len(content) - 4096)
    path.write_bytes(content)

    with pytest.raises(JournalError, match="damaged"), Journal(path) as journal:
        begin(journal)


@pytest.mark.parametrize("suffix", ["", "-wal"])
@pytest.mark.parametrize("replace", [False, True])
def test_removed_file_is_noticed(path, suffix, replace):
    """Nothing is acknowledged into a file that other processes cannot read."""
    file = path.with_name(path.name + suffix)
    with Journal(path) as journal:
        begin(journal)
        copy = file.read_bytes()
        file.unlink()
        if replace:
            file.write_bytes(copy)

        with pytest.raises(JournalError, match=r"nothing was sent.*moved, removed or replaced while in use"):
            begin(journal, 2)


def test_symbolic_link_leads_to_the_file(path, tmp_path):
    """A link is followed, also to a file that does not exist yet; a link that is changed is noticed."""
    target = tmp_path / "disk" / "real.db"
    target.parent.mkdir()
    path.symlink_to(target)
    with Journal(path) as journal:
        begin(journal)
        assert modes(target.parent)["real.db"] == 0o600
        assert path.is_symlink()
        path.unlink()
        other = tmp_path / "other.db"
        other.touch()
        path.symlink_to(other)

        with pytest.raises(JournalError, match="replaced"):
            begin(journal, 2)


def test_parent_of_a_linked_folder_is_that_of_its_target(tmp_path):
    """As in every other program, `..` behind a link leads to the folder above the target, not above the link."""
    (tmp_path / "disk" / "desk").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "disk" / "desk")

    with Journal(tmp_path / "link" / ".." / "desk.db") as journal:
        begin(journal)

    assert (tmp_path / "disk" / "desk.db").exists()


def test_relative_path_is_kept_when_the_folder_changes(path, monkeypatch):
    """A relative path is resolved once."""
    monkeypatch.chdir(path.parent)
    with Journal("desk.db") as journal:
        monkeypatch.chdir("/")
        begin(journal)

        assert journal.path == path


FULL = """
path, kind = sys.argv[1:]
journal = Journal(path)
begin(journal)
if kind == "limit":
    limit = Path(f"{path}-wal").stat().st_size + 100
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
else:
    journal._file._connection.execute("PRAGMA max_page_count = 4")
count = 1
try:
    while count < 1000:
        begin(journal, count + 1, payload='{"nonce": 1, "text": "%s"}' % ("x" * 1000))
        count += 1
except JournalError as error:
    print(count, error)
print(len(list(journal.entries())))
"""


@pytest.mark.parametrize("kind", ["limit", "pages"])
def test_full_disk_is_named_before_anything_is_sent(path, kind):
    """The intent that does not fit is not acknowledged; all others are in the file."""
    first, entries = run_python(FULL, path, kind).splitlines()
    count, message = first.split(" ", 1)

    assert "nothing was sent" in message
    assert "disk" in message
    assert count == entries


NO_SPACE = """
folder, client_error = Path(sys.argv[1]), None
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "none", folder], check=True)
exchange = Exchange()
account = exchange.account("initiator")
options = dict(api_key=account.api_key, api_secret=account.api_secret, base_url="http://127.0.0.1")
logging.getLogger("gemini_clearing").addHandler(logging.NullHandler())
with GeminiClearing(**options, transport=exchange.transport(), journal=folder / "desk.db") as client:
    placed = [client.create_order(**BUY).clearing_id for _ in range(3)]
    try:
        (folder / "ballast").write_bytes(bytes(1_000_000))
    except OSError:
        pass
    try:
        for _ in range(2000):
            placed.append(client.create_order(**BUY).clearing_id)
    except JournalError as error:
        print(type(error).__name__, "|", error)
    assert len(exchange.log) == len(placed)
    (folder / "ballast").unlink()
    placed.append(client.create_order(**BUY).clearing_id)
    ids = [entry.order_id for entry in Journal(folder / "desk.db").entries() if entry.end == "executed"]
    print(ids == placed)
subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
try:
    Journal(folder / "desk.db")
except JournalError as error:
    print(type(error).__name__, "|", error)
"""


def can_mount():
    """Return whether this user may mount its own file system."""
    command = ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    return sys.platform == "linux" and subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_full_and_read_only_file_systems(tmp_path):
    """A full disk stops writes before they are sent, until there is space again; a read-only one at construction."""
    if not can_mount():
        pytest.skip("this user may not mount a file system")

    full, same, read_only = run_python(NO_SPACE, tmp_path, prefix=("unshare", "--mount")).splitlines()

    assert full.startswith("JournalError | create_order: nothing was sent")
    assert "Free disk space" in full or "free space" in full
    assert same == "True"
    assert read_only.startswith("JournalError | ")
    assert "read-only" in read_only or "cannot be opened" in read_only
