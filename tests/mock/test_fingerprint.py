"""The fingerprint: by it alone anybody can tell that a refusal has left no trace."""

import pytest

from gemini_clearing_mock import Exchange


@pytest.mark.parametrize(
    "change",
    [
        lambda desks: desks.initiator.place(),
        lambda desks: desks.initiator.send("/v1/clearing/list"),  # it spends a nonce
        lambda desks: desks.exchange.desks.set_balance("initiator", "USD", 1),
        lambda desks: desks.exchange.desks.set_alias("initiator", "counterparty", "C"),
        lambda desks: desks.exchange.desks.add_account("late", "LATE0000"),
        lambda desks: desks.exchange.desks.add_key("late", account="initiator"),
    ],
)
def test_fingerprint_changes_with_what_the_exchange_holds(exchange, desks, change):
    """Orders, nonces, balances, aliases, accounts and keys."""
    before = exchange.fingerprint()

    change(desks)

    assert exchange.fingerprint() != before


@pytest.mark.parametrize(
    "change",
    [
        lambda desks: desks.initiator.send("/v1/clearing/list", payload=b"no JSON"),
        lambda desks: desks.exchange.faults.add("html"),
        lambda desks: desks.exchange.clock.advance(seconds=1),
    ],
)
def test_fingerprint_leaves_out_how_the_exchange_was_talked_to(exchange, desks, change):
    """The log, sessions, faults and the clock."""
    before = exchange.fingerprint()

    change(desks)

    assert exchange.fingerprint() == before


def test_fingerprint_does_not_depend_on_what_came_first(clock, desks_of):
    """Two exchanges that hold the same are equal, however they came to it."""
    fingerprints = set()
    for names in (("initiator", "counterparty"), ("counterparty", "initiator")):
        desks = desks_of(Exchange(clock=clock))
        for name in names:
            desks[name].send("/v1/clearing/list")
        fingerprints.add(desks.exchange.fingerprint())

    assert len(fingerprints) == 1
