"""A journal that threads, processes and forked children use at the same time."""

import contextlib
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from gemini_clearing import Journal, JournalError, WriteEnd
from gemini_clearing_runtime import _journal_file, _time
from tests.journal.programs import begin, end, run_python


def test_threads_share_a_journal(path):
    """Every intent of every thread has its own entry."""
    with Journal(path) as journal, ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda number: begin(journal, number), range(40)))

        assert sorted(ids) == [entry.id for entry in journal.entries()]
        assert {entry.nonce for entry in journal.entries()} == set(range(40))


WRITE_MANY = """
with Journal(sys.argv[1]) as journal:
    for number in range(25):
        end(journal, begin(journal, number), WriteEnd.EXECUTED, order_id=f"{os.getpid()}-{number}")
"""


def test_processes_share_a_journal(path):
    """Processes that create and use a file at the same time lose nothing."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: run_python(WRITE_MANY, path), range(4)))

    with Journal(path) as journal:
        entries = list(journal.entries())
    assert len(entries) == 100
    assert len({entry.order_id for entry in entries}) == 100
    assert all(entry.end is WriteEnd.EXECUTED for entry in entries)


def test_file_that_another_process_is_creating_is_a_journal(path):
    """Its format is read from one state: without the tables and the mark of a journal, or with both."""
    with (
        contextlib.closing(sqlite3.connect(path, isolation_level=None)) as opening,
        contextlib.closing(sqlite3.connect(path, isolation_level=None)) as creating,
    ):
        opening.execute("PRAGMA journal_mode = WAL")
        statements: list[str] = []

        def create_before_the_second(statement: str) -> None:
            statements.append(statement)
            if len(statements) == 2:
                for sql in _journal_file._TABLES:
                    creating.execute(sql)

        opening.set_trace_callback(create_before_the_second)
        mark, version, tables = _journal_file._format(opening)

    assert (mark == 0, version == 0) == (tables == 0, tables == 0)


def test_wait_for_another_process_ends_with_the_call(path):
    """A lock that another process holds delays a write until its deadline at most; nothing is sent."""
    with Journal(path) as journal, contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        started_s = _time.monotonic()

        with pytest.raises(JournalError, match=r"nothing was sent.*held its lock for too long"):
            begin(journal, wait_s=0.2)

        assert 0.15 <= _time.monotonic() - started_s < 5
        other.execute("ROLLBACK")
        begin(journal)


FORK = """
journal = Journal(sys.argv[1])
mine = begin(journal, 1)
reading, writing = os.pipe()
pid = os.fork()
other = begin(journal, 2)
print(os.getpid(), [entry.nonce for entry in journal.in_doubt()], flush=True)
if pid == 0:
    os.close(writing)
    os.read(reading, 1)
    os._exit(0)
os.close(writing)
os.waitpid(pid, 0)
print(sorted(entry.nonce for entry in journal.entries()), [entry.nonce for entry in journal.in_doubt()])
end(journal, mine, WriteEnd.EXECUTED)
end(journal, other, WriteEnd.EXECUTED)
print([(entry.nonce, entry.end is None) for entry in journal.entries()])
with sqlite3.connect(sys.argv[1]) as connection:
    print(connection.execute("PRAGMA integrity_check").fetchone()[0])
"""


def test_fork_gives_each_process_its_own_connection(path):
    """Parent and child write on, and the parent's write in progress is not in doubt for the child, which is another."""
    lines = run_python(FORK, path).splitlines()

    assert {line.split(" ", 1)[1] for line in lines[:2]} == {"[]"}
    assert len({line.split(" ", 1)[0] for line in lines[:2]}) == 2
    assert lines[2] == "[1, 2, 2] [2]"  # the child has ended without an end of its write
    assert lines[3] in {"[(1, False), (2, False), (2, True)]", "[(1, False), (2, True), (2, False)]"}
    assert lines[4] == "ok"


FORK_IN_TRANSACTION = """
journal = Journal(sys.argv[1])
begin(journal, 1)
import gemini_clearing_runtime._journal_forks as forks
forks._files.clear()
pid = os.fork()
if pid == 0:
    try:
        begin(journal, 2)
    except JournalError as error:
        print(error, flush=True)
    os._exit(0)
os.waitpid(pid, 0)
begin(journal, 3)
print(sorted(entry.nonce for entry in journal.entries()))
"""


def test_connection_is_never_used_after_a_fork(path):
    """If the file could not be closed before a fork, the child refuses to use it."""
    message, nonces = run_python(FORK_IN_TRANSACTION, path).splitlines()

    assert "was open when this process was forked. Create the client after the fork." in message
    assert nonces == "[1, 3]"


def test_call_inside_a_call_does_not_wait_for_itself(path):
    """A signal handler that writes while the same thread uses the file fails immediately, and harms nothing."""
    with Journal(path) as journal:
        started_s = _time.monotonic()

        def write_again(_):
            with pytest.raises(JournalError, match="nothing was sent"):
                begin(journal, 2)

        journal._file._exclusively(write_again, started_s + 60)

        assert _time.monotonic() - started_s < 30
        begin(journal, 3)
        assert [entry.nonce for entry in journal.entries()] == [3]


def test_interruption_leaves_the_journal_usable(path):
    """An exception of a signal handler frees the file's lock."""
    with Journal(path) as journal:

        def interrupt(_):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            journal._file._exclusively(interrupt, _time.monotonic() + 10)
        begin(journal)

        assert len(list(journal.entries())) == 1


def test_concurrent_ends_are_all_written(path):
    """Ends that several threads write at the same time are neither lost nor mixed up."""
    with Journal(path) as journal:
        ids = [begin(journal, number) for number in range(16)]
        threads = [
            threading.Thread(target=end, args=(journal, entry, WriteEnd.EXECUTED), kwargs={"order_id": str(entry)})
            for entry in ids
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert all(entry.order_id == str(entry.id) and not entry.is_open for entry in journal.entries())
