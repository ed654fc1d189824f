"""Copies of results, by `copy` and by `pickle`."""

import copy
import pickle

import pytest

from gemini_clearing import ArgumentError
from tests.client.desks import BUY

COPIES = [copy.copy, copy.deepcopy, lambda result: pickle.loads(pickle.dumps(result))]  # noqa: S301  (the test's own bytes)


@pytest.mark.parametrize("duplicate", COPIES, ids=["copy", "deepcopy", "pickle"])
def test_copy_of_a_result_keeps_the_response(duplicate, inside):
    """A copy is equal, and has the received response."""
    desk = inside.desk("initiator")
    for result in (desk.create_order(**BUY), desk.list_orders()):
        copied = duplicate(result)

        assert copied == result
        assert copied.raw == result.raw


@pytest.mark.parametrize("duplicate", COPIES, ids=["copy", "deepcopy", "pickle"])
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
