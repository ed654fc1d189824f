"""Copies of results, by `copy`, by `pickle` and by `attrs.evolve`."""

import copy
import pickle
from datetime import UTC, datetime

import attrs
import pytest

from gemini_clearing import ArgumentError, PlacedOrder
from gemini_clearing_runtime._decoding import decode
from tests.client.desks import BUY

COPIES = [copy.copy, copy.deepcopy, lambda result: pickle.loads(pickle.dumps(result)), attrs.evolve]  # noqa: S301  (the test's own bytes)


@pytest.mark.parametrize("duplicate", COPIES, ids=["copy", "deepcopy", "pickle", "evolve"])
def test_copy_of_a_result_keeps_the_response(duplicate, inside):
    """A copy is equal, and has the received response."""
    desk = inside.desk("initiator")
    for result in (desk.create_order(**BUY), desk.list_orders()):
        copied = duplicate(result)

        assert copied == result
        assert copied.raw == result.raw


@pytest.mark.parametrize("duplicate", COPIES, ids=["copy", "deepcopy", "pickle", "evolve"])
def test_copy_of_a_row_is_a_row(duplicate, inside):
    """A copy of a part of a response has no response either, and keeps its times and amounts."""
    desk = inside.desk("initiator")
    desk.create_order(**BUY)
    (row,) = desk.list_orders().orders

    copied = duplicate(row)

    assert copied == row
    assert copied.to_wire() == row.to_wire()
    with pytest.raises(ArgumentError, match="part of a response"):
        _ = copied.raw


def test_changed_copy_of_a_result_keeps_the_response(inside):
    """`attrs.evolve` changes a field, and not the response that was received."""
    placed = inside.desk("initiator").create_order(**BUY)

    changed = attrs.evolve(placed, symbol="ETHUSD")

    assert (changed.symbol, changed.raw) == ("ETHUSD", placed.raw)


@pytest.mark.parametrize("duplicate", COPIES[:3], ids=["copy", "deepcopy", "pickle"])
@pytest.mark.parametrize("sent", [b'"1641790800020"', b"1641790800", b'"1641790800"'])
def test_copy_keeps_the_form_in_which_a_time_was_sent(duplicate, sent):
    """A time that was sent as text, or in seconds, is written in the same way again."""
    content = b'{"clearing_id":"A1","timestamp":%s}' % sent

    assert duplicate(decode(PlacedOrder, content)).to_json() == content


def test_changed_time_is_written_in_milliseconds():
    """The form of the old time does not replace the new one."""
    placed = decode(PlacedOrder, b'{"clearing_id":"A1","timestamp":"1641790800"}')

    changed = attrs.evolve(placed, timestamp=datetime(2022, 1, 10, 5, 0, 0, 1000, tzinfo=UTC))

    assert changed.to_wire()["timestamp"] == 1641790800001


def test_field_of_the_response_cannot_replace_the_received_one():
    """A response may have a field of any name: `_raw` in its JSON is an unknown field."""
    assert decode(PlacedOrder, b'{"clearing_id":"A1","_raw":5,"_sent_times":{}}') == PlacedOrder(clearing_id="A1")
