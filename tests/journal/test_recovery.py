"""`in_doubt()` and `recover()`: the writes of processes that died, of living ones, and of other keys."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest

from gemini_clearing import GeminiClearing, Journal, MaybeExecutedError, Outcome, WriteEnd
from gemini_clearing_runtime import _time
from gemini_clearing_runtime._journal import _LATE
from tests.client.desks import BUY
from tests.journal.kills import run
from tests.journal.programs import ROOT, begin, end
from tests.journal.test_recording import Wrapped, entries, raise_reset

IN_PROGRESS = """
import sys
from gemini_clearing import Journal
from tests.journal.programs import begin
journal = Journal(sys.argv[1])
begin(journal, 1, wait_s=300)
print("begun", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other_process(path):
    """Start a process that is in the middle of a write."""
    command = [sys.executable, "-c", IN_PROGRESS, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        yield process
        process.kill()


def test_write_of_a_living_process_is_not_in_doubt(path, other_process):
    """A write in progress in another process is in doubt when that process is killed, and not before."""
    with Journal(path) as journal:
        assert journal.in_doubt() == []
        assert [entry.end for entry in journal.entries()] == [None]

        other_process.kill()
        other_process.wait()

        assert [entry.nonce for entry in journal.in_doubt()] == [1]


def test_stalled_process_does_not_hide_its_write_forever(path, other_process, monkeypatch):
    """A write whose call should have ended long ago is in doubt, even if its process is alive."""
    later = _time.utc_now() + timedelta(seconds=300) + _LATE
    with Journal(path) as journal:
        monkeypatch.setattr(_time, "utc_now", lambda: later)

        assert [entry.nonce for entry in journal.in_doubt()] == [1]


def test_write_in_progress_in_this_process_is_not_in_doubt(path):
    """Two journals of one process see each other's writes in progress."""
    with Journal(path) as one, Journal(path) as another:
        entry = begin(one)
        assert (one.in_doubt(), another.in_doubt()) == ([], [])

        one._end("attempt-1", WriteEnd.UNKNOWN)

        assert [found.id for found in one.in_doubt()] == [found.id for found in another.in_doubt()] == [entry]


def test_closed_journal_leaves_its_writes_in_doubt(path):
    """A write that was in progress when its journal was closed has no owner any more."""
    with Journal(path) as journal:
        begin(journal)

    with Journal(path) as journal:
        assert len(journal.in_doubt()) == 1


def lose(place, path, fault, name="initiator", **terms):
    """Make a write whose response is lost."""
    desk = place.desk(name, journal=path)
    place.exchange.faults.add(fault, "create_order")
    with pytest.raises(MaybeExecutedError):
        desk.create_order(**{**BUY, **terms})
    desk.in_doubt()  # with asyncio, the end is written in the background, before this reads
    return desk


@pytest.mark.parametrize(("fault", "outcome"), [("reset_after", "EXECUTED"), ("reset_before", "NOT_EXECUTED")])
def test_recover_resolves_and_records(place, path, fault, outcome):
    """A new client finds out the outcome of the writes of an earlier client, once."""
    lose(place, path, fault).close()
    desk = place.desk("initiator", journal=path)

    (recovered,) = desk.recover(settle=0.1)

    assert recovered.resolution.outcome is Outcome[outcome]
    assert recovered.error is None
    assert recovered.entry.resolution is None
    assert desk.in_doubt() == desk.recover() == []
    assert [entry.outcome for entry in entries(path)] == [Outcome[outcome]]


def test_recover_continues_when_one_query_fails(place, path):
    """A write whose query fails stays in doubt, with the error, and the others are resolved."""
    lose(place, path, "reset_after", price="1")
    lose(place, path, "reset_after", price="2")
    state = {"failures": 0}

    def fail_first(request):
        if state["failures"] < 20 and not state.get("over"):
            state["failures"] += 1
            raise httpx.ConnectTimeout("no route")

    desk = place.desk("initiator", lambda transport: Wrapped(transport, fail_first), journal=path, timeout=0.5)
    first = desk.recover(settle=0.1, timeout=0.4)
    state["over"] = True

    assert [one.resolution for one in first] == [None, None]
    assert all(one.error is not None for one in first)
    assert len(desk.in_doubt()) == 2
    second = desk.recover(settle=0.1)
    assert [one.resolution.outcome for one in second] == [Outcome.EXECUTED] * 2


def test_writes_of_other_keys_are_listed_and_left_alone(place, path):
    """`in_doubt()` lists the writes of all keys; `recover()` queries for the writes of its key only."""
    lose(place, path, "reset_after", "initiator")
    lose(place, path, "reset_after", "desk3", price="1")  # other terms: both keys might be of one account
    desk, other = place.desk("initiator", journal=path), place.desk("desk3", journal=path)
    keys = {desk.client.key_fingerprint, other.client.key_fingerprint}
    assert len(keys) == 2
    assert {entry.key for entry in desk.in_doubt()} == keys

    (recovered,) = desk.recover()

    assert recovered.entry.key == desk.client.key_fingerprint
    assert [entry.key for entry in desk.in_doubt()] == [other.client.key_fingerprint]


def test_writes_at_another_exchange_are_left_alone(place, path):
    """A write that was sent to another address is not queried for here."""
    lose(place, path, "reset_after")

    desk = place.desk("initiator", journal=path, base_url="http://localhost")

    assert desk.recover() == []
    assert len(desk.in_doubt()) == 1


def test_several_clients_recover_at_once(place, path):
    """Clients that recover at the same time find the same, and record it once."""
    if place.is_async:
        pytest.skip("one runner")
    for number in range(1, 4):
        lose(place, path, "reset_after", price=str(number))
    desks = [place.desk("initiator", journal=path) for _ in range(3)]

    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(lambda desk: desk.recover(settle=0.1), desks))

    assert {one.resolution.outcome for result in results for one in result} == {Outcome.EXECUTED}
    assert all(entry.outcome is Outcome.EXECUTED and entry.order_id for entry in entries(path))
    assert desks[0].in_doubt() == []


@pytest.mark.parametrize("options", [{"timeout": -1}, {"settle": float("nan")}, {"timeout": True}])
def test_recover_checks_its_arguments(place, path, options):
    """An invalid argument is an error of the call, not of each write."""
    desk = lose(place, path, "reset_after")

    with pytest.raises(ValueError, match="number of seconds, at most 1e9"):
        desk.recover(**options)


def test_operation_of_a_newer_version_is_reported(place, path):
    """A write that this version does not know stays in doubt, with the reason."""
    desk = place.desk("initiator", journal=path)
    with Journal(path) as journal:
        facts = {"key": desk.client.key_fingerprint, "operation": "future_order"}
        end(journal, begin(journal, **facts), WriteEnd.UNKNOWN)

        (recovered,) = desk.recover()

        assert "future_order" in str(recovered.error)
        assert len(journal.in_doubt()) == 1


def test_entry_can_be_resolved_by_hand(place, path):
    """`client.resolve()` accepts `entry.to_error()`."""
    desk = lose(place, path, "reset_after")
    (entry,) = desk.in_doubt()

    resolution = (
        desk.client.resolve(entry.to_error())
        if isinstance(desk.client, GeminiClearing)
        else desk._runner.run(desk.client.resolve(entry.to_error()))
    )

    assert resolution.outcome is Outcome.EXECUTED
    assert desk.in_doubt() == []


def test_killed_processes_leave_no_write_unknown():
    """After kill -9 at random moments, recover() finds the true end of every write. `make journal-kills` does more."""
    problems, seen = run(kills=10, seed=0)

    assert problems == []
    assert seen["executed"] > 0


def test_lost_response_is_in_doubt_for_every_process(place, path):
    """A write that ended as unknown in a living process is in doubt for all."""
    desk = place.desk("initiator", lambda transport: Wrapped(transport, raise_reset), journal=path)
    with pytest.raises(MaybeExecutedError):
        desk.create_order(**BUY)
    desk.in_doubt()

    with Journal(path) as journal:
        assert len(journal.in_doubt()) == 1
