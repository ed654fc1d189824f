"""What the exchange is made of: records that are replaced and never changed, so that nothing changes unseen."""

import importlib
import pkgutil

import msgspec
import pytest

import gemini_clearing_mock


def records():
    """Find the package's own structs."""
    for module in pkgutil.iter_modules(gemini_clearing_mock.__path__):
        if module.name == "__main__":
            continue
        for value in vars(importlib.import_module(f"gemini_clearing_mock.{module.name}")).values():
            if isinstance(value, type) and issubclass(value, msgspec.Struct) and value is not msgspec.Struct:
                yield value


@pytest.mark.parametrize("record", {record.__name__: record for record in records()}.values())
def test_records_are_frozen(record):
    """Whoever holds one knows that it stays as it is."""
    assert record.__struct_config__.frozen
