"""Value classes are immutable and have no attributes besides their fields."""

from dataclasses import FrozenInstanceError

import pytest

from gemini_clearing_auth._key_state import KeyState
from gemini_clearing_auth._signed import SignedPayload

VALUES = [KeyState(), SignedPayload.of(b"{}", request="/v1/clearing/list", nonce=1)]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_value_does_not_change(value: object) -> None:
    """Attributes cannot be set."""
    with pytest.raises(FrozenInstanceError):
        setattr(value, next(iter(value.__slots__)), None)  # type: ignore[attr-defined]  # each value class has it


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_value_has_no_dict(value: object) -> None:
    """Attributes cannot be added."""
    assert not hasattr(value, "__dict__")
