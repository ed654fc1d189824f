"""The values that are handed around: they never change, and hold nothing but what they are declared to hold."""

from dataclasses import FrozenInstanceError

import pytest

from gemini_clearing_auth._sessions import Session
from gemini_clearing_auth._signed import SignedPayload

VALUES = [Session(), SignedPayload.of(b"{}", request="/v1/clearing/list", nonce=1)]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_value_does_not_change(value: object) -> None:
    """Several clients, or the caller and the client, hold the same one."""
    with pytest.raises(FrozenInstanceError):
        setattr(value, next(iter(value.__slots__)), None)  # type: ignore[attr-defined]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_value_has_no_room_for_more(value: object) -> None:
    """Nothing can be noted on it beside its fields."""
    assert not hasattr(value, "__dict__")
