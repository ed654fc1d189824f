"""Rejections: the class of the error follows from the reason, with any HTTP status."""

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
def test_confirmation_with_other_terms_is_rejected_with_status_200(changes, error, desk):
    """The term that differs determines the class. The order still waits."""
    initiator, counterparty = desk("initiator"), desk("counterparty")
    placed = initiator.create_order(**BUY)

    with pytest.raises(error) as rejected:
        counterparty.confirm_order(clearing_id=placed.clearing_id, **{**SELL, **changes})

    assert (rejected.value.status, rejected.value.operation) == (200, "confirm_order")
    assert rejected.value.message
    assert initiator.get_order(clearing_id=placed.clearing_id).status == "AwaitTargetConfirm"


def test_late_cancellation_is_rejected_with_status_200(desk):
    """`failed` is an error response without a reason."""
    initiator, counterparty = desk("initiator"), desk("counterparty")
    placed = initiator.create_order(**BUY)
    counterparty.confirm_order(clearing_id=placed.clearing_id, **SELL)

    with pytest.raises(CancelFailedError) as rejected:
        initiator.cancel_order(clearing_id=placed.clearing_id)

    assert (rejected.value.status, rejected.value.reason, rejected.value.message) == (
        200, None, f"Unable to cancel order {placed.clearing_id}",
    )  # fmt: skip


def test_unknown_order_is_not_found(desk):
    """Status, cancel and confirm raise the same class."""
    initiator = desk("initiator")

    with pytest.raises(OrderNotFoundError):
        initiator.get_order(clearing_id="NOSUCH00")
    with pytest.raises(OrderNotFoundError):
        initiator.cancel_order(clearing_id="NOSUCH00")
    with pytest.raises(OrderNotFoundError):
        initiator.confirm_order(clearing_id="NOSUCH00", **SELL)


def test_unsupported_symbol_is_rejected(desk):
    """The message is that of the exchange."""
    with pytest.raises(InvalidSymbolError, match="Received unsupported symbol 'abcxyz'"):
        desk("initiator").create_order(**{**BUY, "symbol": "abcxyz"})


def test_reason_without_a_class_can_be_compared_with_the_enum(desk):
    """Most reasons have no class."""
    with pytest.raises(RejectedError) as rejected:
        desk("initiator").create_order(**BUY, counterparty_id="NOBODY00")

    assert type(rejected.value) is RejectedError
    assert rejected.value.reason == Reason.INVALID_ACCOUNT_NAME


def test_broker_order_with_the_same_desk_twice_is_rejected(desk):
    """A broker order has business rules too."""
    initiator = desk("initiator")
    with pytest.raises(RejectedError) as rejected:
        desk("broker").create_broker_order(
            **BUY,
            source_counterparty_id=initiator.counterparty_id,
            target_counterparty_id=initiator.counterparty_id,
            expires_in_hrs=1,
        )

    assert rejected.value.reason == Reason.CONFLICTING_ACCOUNT_NAME


def test_missing_role_is_named(desk):
    """An auditor may read the status of an order only."""
    initiator, auditor = desk("initiator"), desk("auditor")
    placed = initiator.create_order(**BUY)

    assert auditor.get_order(clearing_id=placed.clearing_id).clearing_id == placed.clearing_id
    with pytest.raises(MissingRoleError, match="Trader"):
        auditor.cancel_order(clearing_id=placed.clearing_id)


def test_wrong_secret_is_an_invalid_signature(desk):
    """The class differs from that of an unknown key."""
    with pytest.raises(InvalidSignatureError):
        desk("initiator", api_key="account-demo-desk3", api_secret="demo-secret-of-somebody").list_orders()


def test_unknown_key_is_rejected(desk):
    """The reason differs from that of a wrong secret."""
    with pytest.raises(RejectedError) as rejected:
        desk("initiator", api_key="account-demo-unknown", api_secret="demo").list_orders()

    assert rejected.value.reason == Reason.INVALID_API_KEY


def test_rejection_does_not_show_the_secret(desk):
    """Neither the message nor the response contains it."""
    with pytest.raises(RejectedError) as rejected:
        desk("initiator", api_key="account-demo-unknown", api_secret="demo-hidden").create_order(**TERMS, side="buy")

    assert "demo-hidden" not in f"{rejected.value!r} {rejected.value.raw.text} {rejected.value.raw.headers}"
