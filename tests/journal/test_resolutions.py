"""The entry of a write whose outcome a query has found out."""

import pytest

from gemini_clearing import Journal, MaybeExecutedError, Outcome, WriteEnd
from tests.client.desks import BUY


def test_journal_states_no_cause_of_a_cancellation(place, path):
    """Another process has canceled the order. The entry is about the order, and its reason states what is not known."""
    desk, other = place.desk("initiator", journal=path), place.desk("initiator")
    placed = desk.create_order(**BUY)
    place.exchange.faults.add("reset_before", "cancel_order")
    with pytest.raises(MaybeExecutedError) as lost:
        desk.cancel_order(clearing_id=placed.clearing_id)
    other.cancel_order(clearing_id=placed.clearing_id)
    desk.resolve(lost.value)
    desk.close()  # an async client writes the resolution after its call

    with Journal(path) as journal:
        entry = list(journal.entries())[-1]
    assert (entry.end, entry.resolution, entry.order_id) == (WriteEnd.UNKNOWN, Outcome.EXECUTED, placed.clearing_id)
    assert entry.reason is not None
    assert str(lost.value) in entry.reason
    assert "the order's status is Canceled, which does not show whether this call or another one is" in entry.reason
