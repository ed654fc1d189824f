"""Results as plain values, as rows of a data frame, and in sets and pickles."""

import pickle
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from gemini_clearing import ListedOrder
from tests.client.desks import BUY


@pytest.fixture
def orders(inside) -> list[ListedOrder]:
    """Return two listed orders, whose amount no binary float can represent."""
    desk = inside.desk("initiator")
    for amount in ("0.10", "12345678.00000001"):
        desk.create_order(**{**BUY, "amount": amount})
    listed: list[ListedOrder] = desk.list_orders().orders
    return listed


def test_plain_values_lose_nothing(orders: list[ListedOrder]) -> None:
    """Each field is in the dictionary, of a built-in type; the object can be made from it again."""
    for order in orders:
        plain = order.to_dict()

        assert {type(value) for value in plain.values()} <= {str, Decimal, datetime, type(None)}
        assert ListedOrder(**plain) == order


def test_plain_values_of_a_list_have_its_rows(inside) -> None:
    """The rows of a list are dictionaries too."""
    desk = inside.desk("initiator")
    desk.create_order(**BUY)

    listed = desk.list_orders()

    assert listed.to_dict() == {"result": "success", "orders": [order.to_dict() for order in listed.orders]}


def test_objects_compare_and_are_members_of_sets_and_pickled(orders: list[ListedOrder]) -> None:
    """A copy from a pickle is equal, and has the same hash."""
    copies = pickle.loads(pickle.dumps(orders))  # noqa: S301  (its own pickle)

    assert copies == orders
    assert set(copies) == set(orders)
    assert orders[0] != orders[1]


def test_response_with_rows_compares_and_has_no_hash(inside) -> None:
    """A whole response is equal to its copy; its rows have a hash, but the response has a `list` and no hash."""
    desk = inside.desk("initiator")
    desk.create_order(**BUY)
    listed = desk.list_orders()

    assert pickle.loads(pickle.dumps(listed)) == listed  # noqa: S301  (its own pickle)
    assert {tuple(listed.orders)} == {tuple(desk.list_orders().orders)}
    with pytest.raises(TypeError, match="unhashable type: 'list'"):
        hash(listed)


def test_pandas_frame_has_exact_money(orders: list[ListedOrder]) -> None:
    """The documented line makes a frame with one row for each order."""
    pandas: Any = pytest.importorskip("pandas")

    frame = pandas.DataFrame(one.to_dict() for one in orders)

    assert list(frame["quantity"]) == [order.quantity for order in orders]
    assert [time.to_pydatetime() for time in frame["submission"]] == [order.submission for order in orders]


def test_polars_frame_has_exact_money(orders: list[ListedOrder]) -> None:
    """The documented line makes a frame with one row for each order."""
    polars: Any = pytest.importorskip("polars")

    frame = polars.DataFrame([one.to_dict() for one in orders])

    assert frame["quantity"].to_list() == [order.quantity for order in orders]
    assert frame["submission"].to_list() == [order.submission for order in orders]
