"""What the exchange refuses, it refuses with an error of its own class, under whatever status it comes."""

import pytest

from gemini_clearing import (
    CancelFailedError,
    InvalidPriceError,
    InvalidQuantityError,
    InvalidSideError,
    InvalidSignatureError,
    InvalidSymbolError,
    MissingRoleError,
    OrderNotFoundError,
    Reason,
    RejectedError,
)
from tests.client.desks import BUY, SELL, TERMS


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"side": "buy"}, InvalidSideError),
        ({"amount": "3"}, InvalidQuantityError),
        ({"price": "9500.01"}, InvalidPriceError),
        ({"symbol": "ethusd"}, InvalidSymbolError),
    ],
)
def test_confirmation_with_other_terms_is_a_rejection_though_it_comes_under_200(changes, error, desk):
    """The term that differs gives the class; the order waits on."""
    initiator, counterparty = desk("initiator"), desk("counterparty")
    placed = initiator.create_order(**BUY)

    with pytest.raises(error) as refused:
        counterparty.confirm_order(clearing_id=placed.clearing_id, **{**SELL, **changes})

    assert (refused.value.status, refused.value.operation) == (200, "confirm_order")
    assert refused.value.message
    assert initiator.get_order(clearing_id=placed.clearing_id).status == "AwaitTargetConfirm"


def test_cancellation_that_comes_too_late_is_a_rejection_though_it_comes_under_200(desk):
    """`failed` is a refusal without a reason."""
    initiator, counterparty = desk("initiator"), desk("counterparty")
    placed = initiator.create_order(**BUY)
    counterparty.confirm_order(clearing_id=placed.clearing_id, **SELL)

    with pytest.raises(CancelFailedError) as refused:
        initiator.cancel_order(clearing_id=placed.clearing_id)

    assert (refused.value.status, refused.value.reason, refused.value.message) == (
        200, None, f"Unable to cancel order {placed.clearing_id}",
    )  # fmt: skip


def test_order_that_nobody_knows_is_not_found(desk):
    """By status, cancel and confirm alike."""
    initiator = desk("initiator")

    with pytest.raises(OrderNotFoundError):
        initiator.get_order(clearing_id="NOSUCH00")
    with pytest.raises(OrderNotFoundError):
        initiator.cancel_order(clearing_id="NOSUCH00")
    with pytest.raises(OrderNotFoundError):
        initiator.confirm_order(clearing_id="NOSUCH00", **SELL)


def test_symbol_that_the_exchange_does_not_clear_is_refused(desk):
    """The exchange's own sentence is the message."""
    with pytest.raises(InvalidSymbolError, match="Received unsupported symbol 'abcxyz'"):
        desk("initiator").create_order(**{**BUY, "symbol": "abcxyz"})


def test_reason_without_a_class_of_its_own_is_compared_with_the_vocabulary(desk):
    """Most reasons need no class."""
    with pytest.raises(RejectedError) as refused:
        desk("initiator").create_order(**BUY, counterparty_id="NOBODY00")

    assert type(refused.value) is RejectedError
    assert refused.value.reason == Reason.INVALID_ACCOUNT_NAME


def test_broker_order_with_one_desk_twice_is_refused(desk):
    """The broker's business rules are told like any other."""
    initiator = desk("initiator")
    with pytest.raises(RejectedError) as refused:
        desk("broker").create_broker_order(
            **BUY,
            source_counterparty_id=initiator.counterparty_id,
            target_counterparty_id=initiator.counterparty_id,
            expires_in_hrs=1,
        )

    assert refused.value.reason == Reason.CONFLICTING_ACCOUNT_NAME


def test_key_without_the_role_is_told_which_it_lacks(desk):
    """An auditor reads an order's status, and nothing else."""
    initiator, auditor = desk("initiator"), desk("auditor")
    placed = initiator.create_order(**BUY)

    assert auditor.get_order(clearing_id=placed.clearing_id).clearing_id == placed.clearing_id
    with pytest.raises(MissingRoleError, match="Trader"):
        auditor.cancel_order(clearing_id=placed.clearing_id)


def test_wrong_secret_is_an_invalid_signature(desk):
    """The message of the exchange, and a class that says what to look at."""
    with pytest.raises(InvalidSignatureError):
        desk("initiator", api_key="account-demo-desk3", api_secret="demo-secret-of-somebody").list_orders()


def test_key_that_the_exchange_does_not_know_is_refused(desk):
    """The reason tells it from a wrong secret."""
    with pytest.raises(RejectedError) as refused:
        desk("initiator", api_key="account-demo-unknown", api_secret="demo").list_orders()

    assert refused.value.reason == Reason.INVALID_API_KEY


def test_refusal_does_not_show_the_secret(desk):
    """Neither message nor answer repeats it."""
    with pytest.raises(RejectedError) as refused:
        desk("initiator", api_key="account-demo-unknown", api_secret="demo-hidden").create_order(**TERMS, side="buy")

    assert "demo-hidden" not in f"{refused.value!r} {refused.value.raw.text} {refused.value.raw.headers}"
