"""The entries that a client writes for its calls."""

import contextlib
import json
import logging
import sqlite3
from typing import Any

import httpx
import pytest

from gemini_clearing import (
    ArgumentError,
    ConnectionFailedError,
    GeminiClearing,
    Journal,
    JournalError,
    MaybeExecutedError,
    NotSentError,
    Outcome,
    RejectedError,
    WriteEnd,
)
from gemini_clearing_mock import Exchange
from tests.client.desks import BUY


def entries(path):
    """Return the entries of a journal, as an auditor reads them."""
    with Journal(path) as journal:
        return list(journal.entries())


class Wrapped(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport of either kind that calls a function before it sends."""

    def __init__(self, transport: Any, before: Any) -> None:
        self.transport = transport
        self.before = before

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Call, and send."""
        self.before(request)
        return self.transport.handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Call, and send."""
        self.before(request)
        return await self.transport.handle_async_request(request)


def raise_reset(request):
    """Break the connection."""
    raise httpx.ReadError("connection reset")


class Unreachable(Wrapped):
    """A transport that reports what it sends, and sends nothing."""

    reports_sending = True

    def __init__(self, transport: Any) -> None:
        super().__init__(transport, self.fail_to_connect)

    def fail_to_connect(self, request: httpx.Request) -> None:
        """Fail to connect."""
        raise httpx.ConnectError("refused")


def test_write_is_recorded_with_its_id(desk, path):
    """An executed write has an entry with payload, nonce, key, times and the id of the order."""
    placed = desk.create_order(**BUY)
    desk.in_doubt()  # with asyncio, the end is written in the background, before anything else

    (entry,) = entries(path)

    assert (entry.operation, entry.end, entry.order_id) == ("create_order", WriteEnd.EXECUTED, placed.clearing_id)
    assert (entry.outcome, entry.is_open, entry.attempt) == (Outcome.EXECUTED, False, 1)
    assert entry.nonce == json.loads(entry.payload)["nonce"]
    assert entry.key == desk.client.key_fingerprint
    assert entry.written_at.tzinfo is not None
    assert entry.written_at <= entry.ended_at


def test_reads_are_not_recorded(desk, path):
    """The journal has writes only."""
    desk.list_orders()

    assert entries(path) == []


def test_rejected_write_is_recorded_with_its_reason(desk, path):
    """A rejection is the end of a write."""
    with pytest.raises(RejectedError):
        desk.create_order(**{**BUY, "symbol": "nope"})
    desk.in_doubt()

    (entry,) = entries(path)

    assert (entry.end, entry.reason, entry.outcome) == (WriteEnd.REJECTED, "InvalidSymbol", Outcome.NOT_EXECUTED)


def test_unsent_write_is_recorded(place, path):
    """A write whose connection was refused ends as *not sent*."""
    desk = place.desk("initiator", Unreachable, journal=path)

    with pytest.raises(ConnectionFailedError):
        desk.create_order(**BUY)

    assert desk.in_doubt() == []
    assert [entry.end for entry in entries(path)] == [WriteEnd.NOT_SENT]


def test_lost_write_is_in_doubt(place, path):
    """A write whose response was lost stays open."""
    desk = place.desk("initiator", lambda transport: Wrapped(transport, raise_reset), journal=path)

    with pytest.raises(MaybeExecutedError) as lost:
        desk.create_order(**BUY)

    (entry,) = desk.in_doubt()
    assert (entry.end, entry.is_open, entry.outcome) == (WriteEnd.UNKNOWN, True, None)
    assert entry.attempt_id == lost.value.attempt_id


def test_resolved_write_is_recorded(place, path):
    """The outcome that `resolve()` returns is recorded, and the write is not in doubt any more."""
    place.exchange.faults.add("reset_after", "create_order")
    desk = place.desk("initiator", journal=path)
    with pytest.raises(MaybeExecutedError) as lost:
        desk.create_order(**BUY)

    resolution = desk.resolve(lost.value)

    assert desk.in_doubt() == []
    (entry,) = entries(path)
    assert (entry.end, entry.resolution, entry.is_open) == (WriteEnd.UNKNOWN, Outcome.EXECUTED, False)
    assert entry.order_id == resolution.evidence[0].clearing_id


def test_intent_is_on_the_disk_before_anything_is_sent(place, path):
    """When the transport gets the request, another process can read its entry."""
    seen = []

    def look(request):
        with sqlite3.connect(path) as connection:
            seen.extend(connection.execute('SELECT payload, "end" FROM writes').fetchall())
        connection.close()

    desk = place.desk("initiator", lambda transport: Wrapped(transport, look), journal=path)

    desk.create_order(**BUY)

    ((payload, end),) = seen
    assert json.loads(payload)["symbol"] == "btcusd"
    assert end is None


def test_nothing_is_sent_without_the_intent(place, path):
    """If the intent cannot be written, the call raises a NotSentError, and the exchange gets nothing."""
    desk = place.desk("initiator", journal=path)
    path.rename(path.with_name("elsewhere.db"))

    with pytest.raises(JournalError, match=r"nothing was sent.*moved, removed or replaced.*Put it back") as failed:
        desk.create_order(**BUY)

    assert isinstance(failed.value, NotSentError)
    assert not place.exchange.log


def test_moved_file_works_again_when_it_is_back(desk, path):
    """A journal that was moved by mistake need not be opened again."""
    path.rename(path.with_name("elsewhere.db"))
    with pytest.raises(JournalError):
        desk.create_order(**BUY)
    path.with_name("elsewhere.db").rename(path)

    desk.create_order(**BUY)

    assert desk.in_doubt() == []
    assert [entry.end for entry in entries(path)][-1] is WriteEnd.EXECUTED


def test_result_survives_an_end_that_cannot_be_written(place, path, caplog):
    """If an end cannot be written, the call returns its result, a warning is logged, and the end is written later."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        desk = place.desk(
            "initiator",
            lambda transport: Wrapped(transport, lambda request: other.execute("BEGIN IMMEDIATE")),
            journal=path,
            timeout=5,
        )

        with caplog.at_level(logging.WARNING, "gemini_clearing"):
            placed = desk.create_order(**BUY)
            with pytest.raises(JournalError):
                desk.in_doubt()

        assert "the end of a write (executed) cannot be recorded: it stays in doubt" in caplog.text
        assert [(entry.end, entry.is_open) for entry in entries(path)] == [(None, True)]
        other.execute("ROLLBACK")

    assert desk.in_doubt() == []
    assert [entry.order_id for entry in entries(path)] == [placed.clearing_id]


def test_end_follows_a_file_that_was_moved(place, path):
    """The end of a write goes to the file that has its intent."""
    elsewhere = path.with_name("elsewhere.db")
    desk = place.desk(
        "initiator", lambda transport: Wrapped(transport, lambda request: path.rename(elsewhere)), journal=path
    )

    placed = desk.create_order(**BUY)
    elsewhere.rename(path)

    assert desk.in_doubt() == []
    assert [entry.order_id for entry in entries(path)] == [placed.clearing_id]


def test_secrets_are_not_in_the_file(desk, place, path):
    """Neither the secret, the signature nor the API key is in the journal's files."""
    signatures = []
    place.exchange.faults.add("reset_after", "create_order")
    watched = place.desk(
        "initiator",
        lambda transport: Wrapped(transport, lambda request: signatures.append(request.headers["X-GEMINI-SIGNATURE"])),
        journal=path,
    )
    with pytest.raises(MaybeExecutedError):
        watched.create_order(**BUY)
    watched.create_order(**BUY)
    account = place.account("initiator")

    content = b"".join(file.read_bytes() for file in path.parent.iterdir())

    assert signatures
    assert b"btcusd" in content
    for secret in (account.api_secret, account.api_key, *signatures):
        assert secret.encode() not in content


def test_equal_orders_are_distinguished(place, path):
    """An order that another client of the same journal has placed is never reported as the order in doubt."""
    first = place.desk("initiator", journal=path)
    first.create_order(**BUY)
    first.in_doubt()
    place.exchange.faults.add("reset_before", "create_order")
    second = place.desk("initiator", journal=path)
    second.list_orders()  # shows the exchange's clock

    with pytest.raises(MaybeExecutedError):
        second.create_order(**BUY)
    (recovered,) = second.recover(settle=0.0)

    assert recovered.resolution.outcome is Outcome.NOT_EXECUTED


@pytest.mark.parametrize(
    ("fault", "outcomes"),
    [(None, [Outcome.NOT_EXECUTED]), ("reset_after", [Outcome.AMBIGUOUS, Outcome.AMBIGUOUS])],
)
def test_equal_confirmations_are_distinguished(place, path, fault, outcomes):
    """A confirmation of another client of the same journal is never reported as that of the call in doubt."""
    placed = place.desk("initiator").create_order(**BUY)
    terms = {name: BUY[name] for name in ("symbol", "amount", "price")}
    confirmation = {**terms, "side": "sell", "clearing_id": placed.clearing_id}
    first = place.desk("counterparty", journal=path)
    if fault is not None:
        place.exchange.faults.add(fault, "confirm_order")
    with contextlib.suppress(MaybeExecutedError):
        first.confirm_order(**confirmation)
    first.close()  # waits until the end is recorded
    place.exchange.faults.add("reset_before", "confirm_order")
    second = place.desk("counterparty", journal=path)
    with pytest.raises(MaybeExecutedError):
        second.confirm_order(**confirmation)
    second.in_doubt()  # the same

    recovered = second.recover(settle=0.0)

    assert [one.resolution.outcome for one in recovered] == outcomes
    assert {entry.order_id for entry in entries(path) if entry.outcome is Outcome.EXECUTED} <= {placed.clearing_id}


def test_equal_writes_in_doubt_stay_ambiguous(place, path):
    """One order that two writes in doubt may have placed proves neither; closing waits until the end is recorded."""
    for fault in ("reset_before", "reset_after"):
        place.exchange.faults.add(fault, "create_order")
        with pytest.raises(MaybeExecutedError), contextlib.closing(place.desk("initiator", journal=path)) as desk:
            desk.create_order(**BUY)

    recovered = place.desk("initiator", journal=path).recover(settle=0.0)

    assert [one.resolution.outcome for one in recovered] == [Outcome.AMBIGUOUS] * 2


def test_without_a_journal_the_methods_name_the_option(place):
    """`in_doubt()` and `recover()` need a journal."""
    desk = place.desk("initiator")

    for method in (desk.in_doubt, desk.recover):
        with pytest.raises(ArgumentError, match="no journal"):
            method()


@pytest.mark.parametrize("value", [3, "", b"desk.db"])
def test_invalid_option_is_rejected(place, value):
    """The option is a path or a journal."""
    with pytest.raises(ArgumentError, match="invalid journal"):
        place.desk("initiator", journal=value)


def test_client_leaves_a_given_journal_open(place, path):
    """A client closes the journal that it has opened, but not a journal that it was given."""
    closed = []

    class Watched(Journal):
        def close(self) -> None:
            closed.append(self)
            super().close()

    with Watched(path) as journal:
        desk = place.desk("initiator", journal=journal)
        desk.create_order(**BUY)
        desk.close()

        assert closed == []
        assert [entry.end for entry in journal.entries()] == [WriteEnd.EXECUTED]


def test_interrupted_write_is_recorded(path):
    """Ctrl-C during a write leaves it in doubt."""
    exchange = Exchange()
    account = exchange.account("initiator")

    def interrupt(request):
        raise KeyboardInterrupt

    with GeminiClearing(
        api_key=account.api_key,
        api_secret=account.api_secret,
        base_url="http://127.0.0.1",
        transport=Wrapped(exchange.transport(), interrupt),
        journal=path,
    ) as client:
        with pytest.raises(KeyboardInterrupt):
            client.create_order(**BUY)

        assert [entry.end for entry in client.in_doubt()] == [WriteEnd.UNKNOWN]
