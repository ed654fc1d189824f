"""The values that the exchange works with: they never change, and hold nothing but what they are declared to hold."""

import importlib
import pkgutil
from dataclasses import is_dataclass
from typing import Any

import msgspec
import pytest

import gemini_clearing_mock
from gemini_clearing_mock import Account, Fault, FaultKind, Key, NonceMode, Request
from gemini_clearing_mock.api._context import RequestContext

# What one request gathers or brings, and nothing else ever sees.
CHANGING = {"RequestContext", "Transaction", "_Alias", "_Balance", "_Body", "_Clock", "_NewAccount", "_NewKey"}


def values() -> list[type]:
    """Every class of the package that is declared by its fields."""
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(gemini_clearing_mock.__path__, "gemini_clearing_mock.")
        if found.name != "gemini_clearing_mock.__main__"
    ]
    members = {member for module in modules for member in vars(module).values() if isinstance(member, type)}
    own = {member for member in members if member.__module__.startswith("gemini_clearing_mock.")}
    return sorted((kind for kind in own if is_dataclass(kind) or issubclass(kind, msgspec.Struct)), key=str)


def is_frozen(value: Any) -> bool:
    """Whether an instance refuses to be changed."""
    settings = value.__struct_config__ if issubclass(value, msgspec.Struct) else value.__dataclass_params__
    return settings.frozen


@pytest.mark.parametrize("value", values(), ids=lambda value: value.__name__)
def test_value_does_not_change(value):
    """Requests that are handled at once, and the log, hold the same one."""
    assert is_frozen(value) == (value.__name__ not in CHANGING)


@pytest.mark.parametrize("value", values(), ids=lambda value: value.__name__)
def test_value_has_no_room_for_more(value):
    """Nothing can be noted on it beside its fields."""
    assert value.__dictoffset__ == 0


def test_account_has_nothing_unless_told():
    """Neither funds nor names for others."""
    account = Account("DESK0001", "desk", "group")

    assert (account.balances, account.aliases, account.changed_ms) == ({}, {}, 0)


def test_key_counts_nonces_and_has_no_heartbeat_unless_told():
    """What the exchange does with a key by default."""
    key = Key("desk", "account-key", "secret", ("trader",), "DESK0001", "group")

    assert (key.nonce, key.heartbeat) == (NonceMode.INCREMENTAL, False)


def test_fault_strikes_one_request_unless_told():
    """What a fault is that names its kind alone."""
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
def test_call_tells_nobody_before_the_check(fact):
    """A check that asks too early is a mistake in the mock, and is told as one."""
    call = RequestContext(None, Request("POST", "/", {}), 0)

    with pytest.raises(LookupError, match="is not known before the check"):
        getattr(call, fact)


def test_call_begins_with_nothing_read():
    """Each has fields of its own to be filled."""
    one, other = (RequestContext(None, Request("POST", "/", {}), 0) for _ in range(2))

    assert (one.document, one.parameters, one.delay_ms) == ({}, {}, 0)
    assert one.document is not other.document
