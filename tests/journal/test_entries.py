"""The entries of a journal: their ends, pruning, settling by hand, and reading for an audit."""

import contextlib
import pickle
import sqlite3
from datetime import timedelta

import pytest

from gemini_clearing import Journal, NotSentError, Outcome, WriteEnd
from tests.journal.programs import begin, end


def test_intent_whose_commit_was_interrupted_has_an_end(path):
    """Ctrl-C right after the commit leaves an entry, which ends although its number is not known."""
    with Journal(path) as journal:
        entry = begin(journal)

        journal._end("attempt-1", WriteEnd.NOT_SENT)

        assert [(one.id, one.end) for one in journal.entries()] == [(entry, WriteEnd.NOT_SENT)]


def test_prune_keeps_open_writes(path):
    """Old entries are deleted, except for writes whose outcome is not known."""
    with Journal(path) as journal:
        executed, unknown, in_progress, last = (begin(journal, number) for number in range(4))
        end(journal, executed, WriteEnd.EXECUTED)
        end(journal, unknown, WriteEnd.UNKNOWN)
        end(journal, last, WriteEnd.REJECTED)

        assert journal.prune(older_than=timedelta(hours=1)) == 0
        assert journal.prune(older_than=timedelta(0)) == 1

        assert [entry.id for entry in journal.entries()] == [unknown, in_progress, last]


def test_number_of_a_pruned_entry_is_not_used_again(path):
    """Entries keep their order, and a number names one entry forever."""
    with Journal(path) as journal:
        first = begin(journal)
        end(journal, first, WriteEnd.EXECUTED)
        journal.prune(older_than=timedelta(0))

        assert begin(journal, 2) > first


def test_person_can_settle_an_ambiguous_write(path):
    """A write that stays ambiguous is closed by hand, once."""
    with Journal(path) as journal:
        entry = begin(journal)
        end(journal, entry, WriteEnd.UNKNOWN)
        journal._record_resolution("attempt-1", Outcome.AMBIGUOUS, None)
        assert [one.resolution for one in journal.in_doubt()] == [Outcome.AMBIGUOUS]

        journal.settle(entry, Outcome.EXECUTED, order_id="A1")

        assert journal.in_doubt() == []
        (settled,) = journal.entries()
        assert (settled.outcome, settled.order_id, settled.is_open) == (Outcome.EXECUTED, "A1", False)
        with pytest.raises(NotSentError, match="invalid entry_id"):
            journal.settle(entry, Outcome.NOT_EXECUTED)
        with pytest.raises(NotSentError, match="invalid outcome"):
            journal.settle(entry, Outcome.AMBIGUOUS)


def test_end_replaces_what_another_process_has_concluded(path):
    """The exchange's response is better evidence than a query."""
    with Journal(path) as journal:
        entry = begin(journal)
        journal._record_resolution("attempt-1", Outcome.NOT_EXECUTED, None)

        end(journal, entry, WriteEnd.EXECUTED, order_id="A1")

        assert [one.outcome for one in journal.entries()] == [Outcome.EXECUTED]


def test_closed_journal_opens_again(path):
    """A journal can be used after `close()`."""
    journal = Journal(path)
    journal.close()
    begin(journal)

    assert len(list(journal.entries())) == 1
    journal.close()


def test_journal_can_be_sent_to_another_process(path):
    """A pickled journal is opened again by its path."""
    with Journal(path) as journal, pickle.loads(pickle.dumps(journal)) as copy:  # noqa: S301  (the test's own bytes)
        begin(copy)

        assert len(list(journal.entries())) == 1
        assert repr(journal) == f"Journal('{path}')"


def test_audit_reads_while_a_transaction_is_open(path):
    """Reading neither waits for a writer nor blocks one, and the iteration keeps no transaction open."""
    with Journal(path) as journal, Journal(path) as audit:
        for number in range(3):
            begin(journal, number)
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            iterator = audit.entries()
            assert next(iterator).nonce == 0
            other.execute("ROLLBACK")
        begin(journal, 3)
        assert journal._file._connection is not None
        checkpoint = journal._file._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

        assert checkpoint == (0, 0, 0)
        assert [entry.nonce for entry in iterator] == [1, 2, 3]
