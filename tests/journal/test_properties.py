"""General rules of a journal, with hypothesis: random histories against a model."""

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from gemini_clearing import Journal, Outcome, WriteEnd
from tests.journal.programs import begin

PROVEN = (Outcome.EXECUTED, Outcome.NOT_EXECUTED)


class JournalMachine(RuleBasedStateMachine):
    """
    Two journals on one file, and a model: the end and the resolution of each write.

    A write is in doubt if and only if its end is unknown, or its journal has closed before its end, and no resolution
    has proven anything. What is in doubt or in progress is never deleted.
    """

    writes = Bundle("writes")

    @initialize()
    def open(self) -> None:
        """Open two journals on a new file."""
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "desk.db"
        self.journals = [Journal(path), Journal(path)]
        self.model: dict[int, dict[str, object]] = {}
        self.pruned: set[int] = set()

    @rule(target=writes, owner=st.integers(0, 1))
    def start(self, owner: int) -> int:
        """Begin a write."""
        entry = begin(self.journals[owner], len(self.model))
        self.model[entry] = {
            "owner": owner,
            "number": len(self.model),
            "end": None,
            "resolution": None,
            "running": True,
        }
        return entry

    @rule(entry=writes, end=st.sampled_from(list(WriteEnd)))
    def end(self, entry: int, end: WriteEnd) -> None:
        """End a write that is in progress."""
        write = self.model[entry]
        if write["running"]:
            self.journals[int(str(write["owner"]))]._end(f"attempt-{write['number']}", end, entry_id=entry)
            write["end"], write["running"] = end, False

    @rule(entry=writes, outcome=st.sampled_from(list(Outcome)), by=st.integers(0, 1))
    def resolve(self, entry: int, outcome: Outcome, by: int) -> None:
        """Record a resolution, from either journal."""
        write = self.model[entry]
        self.journals[by]._record_resolution(f"attempt-{write['number']}", outcome, None)
        if self.is_open(write):
            write["resolution"] = outcome

    @rule(owner=st.integers(0, 1))
    def close(self, owner: int) -> None:
        """Close a journal, as the end of its process does."""
        self.journals[owner].close()
        for write in self.model.values():
            if write["owner"] == owner:
                write["running"] = False

    @rule(by=st.integers(0, 1))
    def prune(self, by: int) -> None:
        """Delete everything that may be deleted."""
        expected = {
            entry
            for entry, write in self.model.items()
            if entry not in self.pruned and not self.is_open(write) and entry < max(self.model)
        }
        assert self.journals[by].prune(older_than=timedelta(0)) == len(expected)
        self.pruned |= expected

    @staticmethod
    def is_open(write: dict[str, object]) -> bool:
        """Return whether the outcome of the write is unknown."""
        return write["end"] in (None, WriteEnd.UNKNOWN) and write["resolution"] not in PROVEN

    @invariant()
    def entries_agree(self) -> None:
        """Both journals have what the model has."""
        expected = {entry: write for entry, write in self.model.items() if entry not in self.pruned}
        for journal in self.journals:
            entries = {entry.id: entry for entry in journal.entries()}
            assert entries.keys() == expected.keys()
            for number, write in expected.items():
                assert (entries[number].end, entries[number].resolution) == (write["end"], write["resolution"])
                assert entries[number].is_open == self.is_open(write)

    @invariant()
    def doubts_agree(self) -> None:
        """A write is in doubt if it is open and not in progress."""
        expected = [entry for entry, write in self.model.items() if self.is_open(write) and not write["running"]]
        for journal in self.journals:
            assert [entry.id for entry in journal.in_doubt()] == expected

    def teardown(self) -> None:
        """Close both journals."""
        for journal in self.journals:
            journal.close()
        self.folder.cleanup()


TestJournalMachine = JournalMachine.TestCase
TestJournalMachine.settings = settings(max_examples=20, stateful_step_count=15)
