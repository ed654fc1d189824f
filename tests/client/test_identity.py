"""Identities: an account key, a master key for an account of its group, a token, and both nonce modes."""

import pickle
import time

import pytest

from gemini_clearing import (
    Credentials,
    IncrementalNonces,
    InvalidNonceError,
    OAuthToken,
    OutcomeUnknownError,
    Reason,
    RejectedError,
    TimeBasedNonces,
)
from tests.client.desks import BUY

MASTER = {"api_key": "master-demo-group", "api_secret": "demo-secret-of-group"}


def test_master_key_acts_for_the_account_of_the_client(desk):
    """The account of the client is sent with each call."""
    master, initiator = desk("initiator", **MASTER, account="initiator"), desk("initiator")

    placed = master.create_order(**BUY)

    assert initiator.cancel_order(clearing_id=placed.clearing_id).result == "ok"


def test_master_key_acts_for_the_account_of_the_call(desk):
    """The account of a call takes precedence over the client's."""
    master, counterparty = desk("initiator", **MASTER, account="initiator"), desk("counterparty")

    placed = master.create_order(**BUY, account="counterparty")

    assert counterparty.cancel_order(clearing_id=placed.clearing_id).result == "ok"


@pytest.mark.parametrize(
    ("options", "account", "reason"),
    [
        (MASTER, None, Reason.MISSING_ACCOUNTS),
        (MASTER, "nobody", Reason.INVALID_ACCOUNT_NAME),
        ({}, "initiator", Reason.ACCOUNTS_ON_GROUP_ONLY_API),
    ],
)
def test_account_that_does_not_match_the_key_is_rejected(options, account, reason, desk):
    """A master key must name an account, an account key must not."""
    with pytest.raises(RejectedError) as rejected:
        desk("initiator", **options).list_orders(account=account)

    assert rejected.value.reason == reason


@pytest.mark.parametrize("token", ["demo-token-of-initiator", OAuthToken("demo-token-of-initiator")])
def test_token_replaces_key_and_secret(token, desk):
    """A token is a string or an `OAuthToken`. A payload with a token has no nonce."""
    by_token, initiator = desk("initiator", auth=token), desk("initiator")

    placed = by_token.create_order(**BUY)

    assert initiator.get_order(clearing_id=placed.clearing_id).status == "AwaitTargetConfirm"


@pytest.mark.usefixtures("without_pauses")
def test_token_without_the_scope_is_rejected(desk):
    """A token with the scope to read must not place orders."""
    reader = desk("initiator", auth="demo-token-of-reader")

    assert reader.list_orders().result == "success"
    with pytest.raises(RejectedError):
        reader.create_order(**{**BUY, "price": "9501.00"})  # no other test's order has these terms


def test_unknown_outcome_with_a_token_has_no_nonce(inside):
    """The error has the payload."""
    desk = inside.desk("initiator", auth="demo-token-of-initiator")
    inside.exchange.faults.add("reset_after", "create_order")

    with pytest.raises(OutcomeUnknownError, match="It may have been executed") as lost:
        desk.create_order(**BUY)

    assert lost.value.nonce is None
    assert '"nonce"' not in lost.value.payload


def test_time_based_key_accepts_times_as_nonces(desk):
    """The nonce is the time in seconds, instead of a counter."""
    clockwork = desk(
        "initiator",
        credentials=Credentials("account-demo-clockwork", "demo-secret-of-clockwork"),
        nonces=TimeBasedNonces(),
    )

    assert clockwork.list_orders().result == "success"


def test_nonces_of_the_wrong_mode_are_rejected_after_four_attempts(desk):
    """A counter in microseconds is not a time in seconds."""
    mistaken = desk("initiator", api_key="account-demo-clockwork", api_secret="demo-secret-of-clockwork")

    with pytest.raises(InvalidNonceError, match="is not within 30 seconds of server time") as raised:
        mistaken.list_orders()
    assert "the key has time-based nonces (pass TimeBasedNonces())" in str(raised.value)


def test_clock_that_was_put_back_is_named_with_its_remedy(inside):
    """After a restart, nonces of a clock that was put back are used ones: the message names `after`, which helps."""
    hour_ago = IncrementalNonces(clock_ns=lambda: time.time_ns() - 3600 * 10**9)
    inside.desk("initiator").list_orders()
    with pytest.raises(InvalidNonceError) as raised:
        inside.desk("initiator", nonces=hour_ago, timeout=5).list_orders()

    assert raised.value.message in str(raised.value)
    assert "another process uses the key" in str(raised.value)
    assert "the clock of this machine was put back (pass IncrementalNonces(after=...)" in str(raised.value)
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)  # noqa: S301  (own bytes)
    later = IncrementalNonces(after=time.time_ns() // 1000, clock_ns=lambda: time.time_ns() - 3600 * 10**9)
    assert inside.desk("initiator", nonces=later).list_orders().orders == []


def test_wrong_clock_of_time_based_nonces_is_named(inside):
    """With time-based nonces the likely causes are another clock, or a key that has a counter."""
    wrong = TimeBasedNonces(clock_ns=lambda: time.time_ns() - 3600 * 10**9)
    options = {"api_key": "account-demo-clockwork", "api_secret": "demo-secret-of-clockwork", "nonces": wrong}
    with pytest.raises(InvalidNonceError, match="the clock of this machine is wrong by more than the exchange"):
        inside.desk("initiator", **options).list_orders()
