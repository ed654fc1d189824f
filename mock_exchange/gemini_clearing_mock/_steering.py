"""
The controls, in-process: the clock, the desks and the faults of one exchange.

Each control is one turn.  ``_control_api`` offers the same over HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from gemini_clearing_mock._accounts import Account, Key, NonceMode
from gemini_clearing_mock._clock import Clock, ClockSetting, milliseconds_of
from gemini_clearing_mock._endpoints import ENDPOINTS
from gemini_clearing_mock._faults import EVERY, Fault, FaultKind, strikes
from gemini_clearing_mock._turn import Turn, Turns
from gemini_clearing_mock.errors import ControlError

__all__ = ["DeskControl", "ExchangeClock", "FaultControl"]


class ExchangeClock:
    """The time of one exchange, in milliseconds since the epoch: tell it, freeze it, advance it, set it."""

    def __init__(self, turns: Turns, source: Clock) -> None:
        self._turns = turns
        self._source = source

    def now_ms(self) -> int:
        """Tell the exchange time."""
        with self._turns.turn() as turn:
            return turn.now_ms

    @property
    def frozen(self) -> bool:
        """Whether time stands still."""
        with self._turns.turn() as turn:
            return turn.setting.frozen_at_ms is not None

    def freeze(self) -> int:
        """Stop the time, and tell it."""
        with self._turns.turn() as turn:
            return self._set(turn, turn.now_ms, frozen=True)

    def resume(self) -> int:
        """Let time run on from where it stands, and tell it."""
        with self._turns.turn() as turn:
            return self._set(turn, turn.now_ms, frozen=False)

    def advance(self, *, hours: float = 0, minutes: float = 0, seconds: float = 0, ms: int = 0) -> int:
        """Move on, and tell the new time; what is due on the way happens at its own moment."""
        step_ms = milliseconds_of(hours=hours, minutes=minutes, seconds=seconds, ms=ms)
        if step_ms < 0:
            raise ControlError(f"Time cannot be advanced by {step_ms} ms: it never runs backwards.")
        with self._turns.turn() as turn:
            return self._set(turn, turn.now_ms + step_ms, frozen=turn.setting.frozen_at_ms is not None)

    def set(self, moment: datetime | int) -> int:
        """Jump to a later moment, an aware ``datetime`` or milliseconds since the epoch, and tell it."""
        if isinstance(moment, datetime):
            if moment.tzinfo is None:
                raise ControlError(f"{moment.isoformat()} has no time zone; say which one is meant.")
            moment = round(moment.timestamp() * 1000)
        with self._turns.turn() as turn:
            if moment < turn.now_ms:
                raise ControlError(
                    f"Time cannot be set to {moment}: it is {turn.now_ms} already, and never runs backwards. "
                    "Reset the exchange to begin anew."
                )
            return self._set(turn, moment, frozen=turn.setting.frozen_at_ms is not None)

    def sleep(self, milliseconds: int) -> None:
        """Let this much time pass; a frozen exchange does not wait, it moves on."""
        if self.frozen:
            self.advance(ms=milliseconds)
        else:
            self._source.sleep(milliseconds)

    @staticmethod
    def _set(turn: Turn, now_ms: int, *, frozen: bool) -> int:
        offset_ms = now_ms - turn.source_ms
        turn.set_clock(ClockSetting(frozen_at_ms=now_ms) if frozen else ClockSetting(offset_ms=offset_ms))
        return now_ms


class DeskControl:
    """The accounts of one exchange, what they hold, and the keys that act for them."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    def __iter__(self) -> Iterator[Account]:
        """Walk the accounts."""
        with self._turns.turn() as turn:
            return iter(list(turn.state.accounts.values()))

    def find(self, name: str) -> Account:
        """Find an account by its counterparty id or its name."""
        with self._turns.turn() as turn:
            accounts = turn.state.accounts.values()
            found = [account for account in accounts if name in {account.counterparty_id, account.name}]
            if len(found) != 1:
                known = ", ".join(f"{account.name} ({account.counterparty_id})" for account in accounts)
                raise ControlError(f"'{name}' is not one account; there are {known}.")
            return found[0]

    def balance(self, name: str, currency: str) -> Decimal:
        """Tell what an account holds of a currency."""
        return self.find(name).balances.get(currency.upper(), Decimal(0))

    def set_balance(self, name: str, currency: str, amount: Decimal | int | str) -> Account:
        """Give an account this much of a currency, in place of what it holds."""
        with self._turns.turn() as turn:
            account = self.find(name)
            balances = {**account.balances, currency.upper(): _money(amount)}
            account = msgspec.structs.replace(account, balances=balances, changed_ms=turn.now_ms)
            turn.state.put_account(account)
            return account

    def set_alias(self, name: str, counterparty: str, alias: str) -> Account:
        """Have an account call another one by a name of its own."""
        with self._turns.turn() as turn:
            account = self.find(name)
            aliases = {**account.aliases, self.find(counterparty).counterparty_id: alias}
            account = msgspec.structs.replace(account, aliases=aliases)
            turn.state.put_account(account)
            return account

    def add_account(
        self,
        name: str,
        counterparty_id: str,
        *,
        group: str = "demo",
        balances: Mapping[str, Decimal | int | str] | None = None,
    ) -> Account:
        """Open an account; it needs a key before anybody can act for it."""
        funds = {currency.upper(): _money(amount) for currency, amount in (balances or {}).items()}
        with self._turns.turn() as turn:
            if any(counterparty_id == other or name == account.name for other, account in turn.state.accounts.items()):
                raise ControlError(f"There is an account '{name}' or '{counterparty_id}' already.")
            account = Account(counterparty_id, name, group, funds, changed_ms=turn.now_ms)
            turn.state.put_account(account)
            return account

    def add_key(
        self,
        name: str,
        *,
        account: str,
        roles: Sequence[str] = ("Trader",),
        nonce: str = NonceMode.INCREMENTAL,
        heartbeat: bool = False,
    ) -> Key:
        """Make a key that acts for an account."""
        try:
            mode = NonceMode(nonce)
        except ValueError:
            raise ControlError(f"'{nonce}' is no nonce mode; there are: {', '.join(NonceMode)}.") from None
        with self._turns.turn() as turn:
            owner = self.find(account)
            key = Key(
                name=name,
                api_key=f"account-demo-{name}",
                api_secret=f"demo-secret-of-{name}",
                roles=tuple(roles),
                account=owner.counterparty_id,
                group=owner.group,
                nonce=mode,
                heartbeat=heartbeat,
            )
            if key.api_key in turn.state.keys:
                raise ControlError(f"There is a key '{key.api_key}' already.")
            turn.state.keys[key.api_key] = key
            return key


class FaultControl:
    """The faults that wait for requests; the oldest that concerns a request and strikes is the one that counts."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    def __iter__(self) -> Iterator[Fault]:
        """Walk the faults that may still strike."""
        with self._turns.turn() as turn:
            return iter(list(turn.state.faults.values()))

    def add(self, kind: FaultKind | str, operation: str = EVERY, **details: Any) -> Fault:
        """
        Let something go wrong.

        Args:
            kind: see ``FaultKind``.
            operation: a path, or a name such as ``create_order``; every operation if left out.
            details: the other fields of ``Fault``: ``count``, ``probability``, ``seed``, ``delay_ms``, …

        """
        try:
            fault = msgspec.convert({"kind": str(kind), "operation": operation, **details}, Fault)
        except msgspec.ValidationError as error:
            raise ControlError(f"Such a fault cannot be: {error}.") from None
        return self.put(fault)

    def put(self, fault: Fault) -> Fault:
        """Take a fault as it is, under an id of its own."""
        fault = msgspec.structs.replace(fault, operation=_path(fault.operation))
        _check(fault)
        with self._turns.turn() as turn:
            fault = msgspec.structs.replace(fault, fault_id=f"F{turn.state.count('faults')}")
            turn.state.faults[fault.fault_id] = fault
            return fault

    def remove(self, fault_id: str) -> None:
        """Take one fault back."""
        with self._turns.turn() as turn:
            if fault_id not in turn.state.faults:
                known = ", ".join(turn.state.faults) or "none"
                raise ControlError(f"There is no fault '{fault_id}'; there are: {known}.")
            del turn.state.faults[fault_id]

    def clear(self) -> None:
        """Take every fault back."""
        with self._turns.turn() as turn:
            turn.state.faults.clear()

    @staticmethod
    def draw(turn: Turn, path: str) -> Fault | None:
        """Draw the fault that strikes a request to this path, if any, and count it."""
        faults = turn.state.faults
        for fault in [fault for fault in faults.values() if fault.concerns(path)]:
            struck = strikes(fault)
            left = fault.count - 1 if struck and fault.count is not None else fault.count
            if left == 0:
                del faults[fault.fault_id]
            else:
                faults[fault.fault_id] = msgspec.structs.replace(fault, seen=fault.seen + 1, count=left)
            if struck:
                return fault
        return None


def _money(amount: Decimal | int | str) -> Decimal:
    try:
        money = Decimal(amount)
    except (InvalidOperation, TypeError, ValueError):
        raise ControlError(f"'{amount}' is not an amount of money.") from None
    if isinstance(amount, float) or not money.is_finite() or money < 0:
        raise ControlError(f"'{amount}' is not an amount of money: it must be exact, and not negative.")
    return money


def _path(operation: str) -> str:
    paths = {endpoint.name: path for path, endpoint in ENDPOINTS.items()} | {path: path for path in ENDPOINTS}
    if operation != EVERY and operation not in paths:
        raise ControlError(f"There is no operation '{operation}'; there are: {', '.join(paths)}.")
    return paths.get(operation, EVERY)


def _check(fault: Fault) -> None:
    rules = {
        "probability must be from 0 to 1": 0 <= fault.probability <= 1,
        "count must be at least 1, or null for ever": fault.count is None or fault.count >= 1,
        "delay_ms must not be negative": fault.delay_ms >= 0,
        "status must be from 200 to 599": fault.status is None or 200 <= fault.status <= 599,
        "answer must be 1 or 2": fault.answer in {1, 2},
        "wrong_field needs field": fault.kind is not FaultKind.WRONG_FIELD or bool(fault.field),
    }
    for rule, kept in rules.items():
        if not kept:
            raise ControlError(f"Such a fault cannot be: {rule}.")
