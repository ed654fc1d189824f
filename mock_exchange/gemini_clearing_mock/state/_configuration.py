"""
A configuration that has changed since the state file was written.

The file has a digest of each account, key and token of the configuration. What has another digest now was edited, and
replaces the record in the state; what is missing now was removed. Accounts and keys that a control has added have no
digest, and stay.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from ._state import ExchangeState

__all__ = ["apply_configuration"]


def apply_configuration(state: ExchangeState, applied: Mapping[str, str]) -> dict[str, str]:
    """
    Bring the state up to date with the configuration, and return the digests of the configuration.

    Args:
        state: the state, read from the file.
        applied: the digests of the configuration with which the file was last opened.

    Raises:
        ValueError: an account was removed that has orders.

    """
    initial = state.initial_records()
    digests = {name: _digest(record) for name, record in initial.items()}
    if digests != applied:
        for name in applied.keys() - digests.keys():
            _remove(state, name)
        for name, record in initial.items():
            if applied.get(name) != digests[name]:
                _add_or_replace(state, name, record, is_known=name in applied)
        _check_parties(state)
    return digests


def _add_or_replace(state: ExchangeState, name: str, record: Any, *, is_known: bool) -> None:
    table, _, row = name.partition("/")
    if table != "accounts":
        getattr(state, table)[row] = record
    elif is_known or row not in state.accounts:
        # A file of format 1 has no digests. Its accounts keep their balances.
        state.put_account(record)


def _remove(state: ExchangeState, name: str) -> None:
    table, _, row = name.partition("/")
    getattr(state, table).pop_row(row)
    if table == "accounts":
        for owned in (state.keys, state.tokens):
            for credential in [id_ for id_, record in owned.items() if record.account == row]:
                owned.pop_row(credential)


def _check_parties(state: ExchangeState) -> None:
    for order in state.orders.values():
        missing = [party for party in order.parties if party not in state.accounts]
        if missing:
            raise ValueError(
                f"it has orders of the account '{missing[0]}', which the configuration lacks. "
                "Add the account, or choose another file"
            )


def _digest(record: object) -> str:
    return hashlib.sha256(msgspec.json.encode(record, order="sorted")).hexdigest()
