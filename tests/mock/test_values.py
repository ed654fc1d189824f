"""The values that the exchange works with: they never change, and hold nothing but what they are declared to hold."""

import importlib
import pkgutil
from dataclasses import is_dataclass

import msgspec
import pytest

import gemini_clearing_mock

# What one request gathers or brings, and nothing else ever sees.
CHANGING = {"Call", "Turn", "_Alias", "_Balance", "_Body", "_Clock", "_NewAccount", "_NewKey"}


def values() -> list[type]:
    """Every class of the package that is declared by its fields."""
    modules = [
        importlib.import_module(f"gemini_clearing_mock.{found.name}")
        for found in pkgutil.iter_modules(gemini_clearing_mock.__path__)
        if found.name != "__main__"
    ]
    members = {member for module in modules for member in vars(module).values() if isinstance(member, type)}
    own = {member for member in members if member.__module__.startswith("gemini_clearing_mock.")}
    return sorted((kind for kind in own if is_dataclass(kind) or issubclass(kind, msgspec.Struct)), key=str)


def is_frozen(value: type) -> bool:
    """Whether an instance refuses to be changed."""
    return value.__dataclass_params__.frozen if is_dataclass(value) else value.__struct_config__.frozen


@pytest.mark.parametrize("value", values(), ids=lambda value: value.__name__)
def test_value_does_not_change(value):
    """Requests that are handled at once, and the log, hold the same one."""
    assert is_frozen(value) == (value.__name__ not in CHANGING)


@pytest.mark.parametrize("value", values(), ids=lambda value: value.__name__)
def test_value_has_no_room_for_more(value):
    """Nothing can be noted on it beside its fields."""
    assert value.__dictoffset__ == 0
