"""The fingerprint of the state, by which tests check that a rejected request changed nothing."""

import pytest

from gemini_clearing_mock import Exchange


@pytest.mark.parametrize(
    "change",
    [
        lambda desks: desks.initiator.place(),
        lambda desks: desks.initiator.send("/v1/clearing/list"),  # uses a nonce
        lambda desks: desks.exchange.desks.set_balance("initiator", "USD", 1),
        lambda desks: desks.exchange.desks.set_alias("initiator", "counterparty", "C"),
        lambda desks: desks.exchange.desks.add_account("late", "LATE0000"),
        lambda desks: desks.exchange.desks.add_key("late", account="initiator"),
    ],
)
def test_fingerprint_covers_ledger(exchange, desks, change):
    """The fingerprint changes with orders, nonces, balances, aliases, accounts and keys."""
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
def test_fingerprint_ignores_activity(exchange, desks, change):
    """Log, sessions, faults and clock do not change the fingerprint."""
    before = exchange.fingerprint()

    change(desks)

    assert exchange.fingerprint() == before


def test_fingerprint_is_independent_of_order(clock, desks_of):
    """Two exchanges with the same contents have the same fingerprint, regardless of the sequence of changes."""
    fingerprints = set()
    for names in (("initiator", "counterparty"), ("counterparty", "initiator")):
        desks = desks_of(Exchange(clock=clock))
        for name in names:
            desks[name].send("/v1/clearing/list")
        fingerprints.add(desks.exchange.fingerprint())

    assert len(fingerprints) == 1
