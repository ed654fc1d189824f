"""The record classes: immutable, with no attributes besides their fields."""

import importlib
import pkgutil
from dataclasses import is_dataclass
from typing import Any

import msgspec
import pytest

import gemini_clearing_mock
from gemini_clearing_mock import Account, Fault, FaultKind, Key, NonceMode, Request
from gemini_clearing_mock.api._context import RequestContext

# Each instance belongs to one request.
CHANGING = {"RequestContext", "Transaction", "_Alias", "_Balance", "_Body", "_Clock", "_NewAccount", "_NewKey"}


def record_classes() -> list[type]:
    """Return every class of the package that is declared by its fields."""
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(gemini_clearing_mock.__path__, "gemini_clearing_mock.")
        if found.name != "gemini_clearing_mock.__main__"
    ]
    members = {member for module in modules for member in vars(module).values() if isinstance(member, type)}
    own = {member for member in members if member.__module__.startswith("gemini_clearing_mock.")}
    return sorted((kind for kind in own if is_dataclass(kind) or issubclass(kind, msgspec.Struct)), key=str)


def is_frozen(value: Any) -> bool:
    """Return whether instances are immutable."""
    settings = value.__struct_config__ if issubclass(value, msgspec.Struct) else value.__dataclass_params__
    return settings.frozen


@pytest.mark.parametrize("value", record_classes(), ids=lambda value: value.__name__)
def test_record_is_frozen(value):
    """Records are immutable, because concurrent requests and the log share them."""
    assert is_frozen(value) == (value.__name__ not in CHANGING)


@pytest.mark.parametrize("value", record_classes(), ids=lambda value: value.__name__)
def test_record_has_no_dict(value):
    """A record has no attributes besides its fields."""
    assert value.__dictoffset__ == 0


def test_account_defaults():
    """An account has no balances and no aliases by default."""
    account = Account("DESK0001", "desk", "group")

    assert (account.balances, account.aliases, account.changed_ms) == ({}, {}, 0)


def test_key_defaults():
    """A key has incremental nonces and no heartbeat by default."""
    key = Key("desk", "account-key", "secret", ("trader",), "DESK0001", "group")

    assert (key.nonce, key.heartbeat) == (NonceMode.INCREMENTAL, False)


def test_fault_defaults():
    """A fault applies to the next request of any operation by default."""
    assert msgspec.structs.asdict(Fault(kind=FaultKind.LATENCY)) == {
        "fault_id": "",
        "kind": FaultKind.LATENCY,
        "operation": "*",
        "count": 1,
        "probability": 1.0,
        "seed": 0,
        "seen": 0,
        "delay_ms": 1000,
        "status": None,
        "retry_after": None,
        "answer": 1,
        "field": "",
        "value": msgspec.UNSET,
    }


@pytest.mark.parametrize("fact", ["principal", "account_id"])
def test_context_raises_before_the_check(fact):
    """Reading the key or the account before its check is a bug in the mock, and raises `LookupError`."""
    call = RequestContext(None, Request("POST", "/", {}), 0)

    with pytest.raises(LookupError, match="is not known before the check"):
        getattr(call, fact)


def test_context_defaults_are_not_shared():
    """Each context has its own empty document and parameters."""
    one, other = (RequestContext(None, Request("POST", "/", {}), 0) for _ in range(2))

    assert (one.document, one.parameters, one.delay_ms) == ({}, {}, 0)
    assert one.document is not other.document
