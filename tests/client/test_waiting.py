"""Waits on the mock exchange, in simulated time: an order that settles, ends otherwise or does nothing, with faults."""

import random
from typing import Any

import pytest

from gemini_clearing import OrderEndedError, WaitError, WaitTimeoutError
from gemini_clearing_mock import Exchange
from tests.client.desks import BUY, SELL, Place
from tests.client.simulated_time import simulated_time

FAULTS = [
    {"kind": "reset_before"},
    {"kind": "lost_answer"},
    {"kind": "truncated"},
    {"kind": "html"},
    {"kind": "status", "status": 502},
    {"kind": "status", "status": 429},
    {"kind": "maintenance"},
    {"kind": "wrong_field", "field": "status", "value": 5},
]


@pytest.fixture(params=["sync", "async"])
def waiting(request):
    """Return an exchange in simulated time, and two of its desks."""
    with simulated_time() as time:
        place = Place(is_async=request.param == "async", exchange=Exchange(clock=time.clock))
        yield time, place
        place.close()


def arrange(time, place, chance, end):
    """Place an order that ends so at a random time, let a part of the reads fail, and return its desk and its id."""
    desk, other = place.desk("initiator"), place.desk("counterparty")
    placed = desk.create_order(**BUY, counterparty_id=other.counterparty_id, expires_in_hrs=1)
    act = {
        "Settled": lambda: other.confirm_order(clearing_id=placed.clearing_id, **SELL),
        "Canceled": lambda: other.cancel_order(clearing_id=placed.clearing_id),
    }.get(end)
    if act and place.is_async:
        act()  # an event loop cannot run inside of its own task
    elif act:
        time.then.append((time.monotonic() + chance.uniform(0, 90), act))
    for fault in chance.sample(FAULTS, 3):
        details: dict[str, Any] = {"count": None, "probability": 0.3, "seed": chance.randrange(1000), **fault}
        place.exchange.faults.add(details.pop("kind"), "get_order", **details)
    return desk, placed.clearing_id


@pytest.mark.parametrize("seed", range(15))
def test_wait_ends_as_the_order_does(waiting, seed):
    """If a part of the reads fails, a wait still ends in the status that the order has got, and by its timeout."""
    time, place = waiting
    chance = random.Random(seed)
    end = chance.choice(["Settled", "Canceled", "Expired", "AwaitTargetConfirm"])
    desk, clearing_id = arrange(time, place, chance, end)
    start_s, timeout_s = time.monotonic(), 7200 if end == "Expired" else 300

    raised = None
    try:
        order = desk.wait_for_order(clearing_id=clearing_id, until="Settled", timeout=timeout_s)
    except WaitError as error:
        order, raised = error.order, type(error)

    assert order.status == end
    assert raised is {"Settled": None, "AwaitTargetConfirm": WaitTimeoutError}.get(end, OrderEndedError)
    assert time.monotonic() - start_s <= timeout_s


def test_status_in_the_response_to_a_new_order_can_be_waited_for(waiting):
    """The same state has the text AwaitConfirm there, and AwaitTargetConfirm everywhere else."""
    _, place = waiting
    desk = place.desk("initiator")
    placed = desk.create_order(**BUY)

    assert desk.wait_for_order(clearing_id=placed.clearing_id, until=placed.status).status == "AwaitTargetConfirm"
