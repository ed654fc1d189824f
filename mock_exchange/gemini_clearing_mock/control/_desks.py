"""
The control of the desks: add accounts and keys, set balances and aliases.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation

import msgspec

from ..errors import ControlError
from ..state._accounts import Account, Key, NonceMode, role_problem
from ..state._state import ExchangeState
from ..state._transaction import TransactionManager

__all__ = ["DeskControl"]

# More than the demo configuration's balances have.
_MAX_DIGITS = 100


class DeskControl:
    """The accounts of an exchange, their balances, and the keys that act for them."""

    def __init__(self, transactions: TransactionManager) -> None:
        self._transactions = transactions

    def __iter__(self) -> Iterator[Account]:
        """Iterate over the accounts."""
        with self._transactions.begin() as transaction:
            return iter(list(transaction.state.accounts.values()))

    def find(self, name: str) -> Account:
        """
        Return an account by its counterparty id or its name.

        Raises:
            ControlError: no account, or more than one, has it.

        """
        with self._transactions.begin() as transaction:
            accounts = transaction.state.accounts.values()
            found = [account for account in accounts if name in {account.counterparty_id, account.name}]
            if len(found) != 1:
                known = ", ".join(f"{account.name} ({account.counterparty_id})" for account in accounts)
                problem = "unknown account" if not found else "ambiguous account"
                raise ControlError(f"{problem} '{name}'. Accounts: {known}.")
            return found[0]

    def balance(self, name: str, currency: str) -> Decimal:
        """Return the balance of an account in a currency."""
        return self.find(name).balances.get(currency.upper(), Decimal(0))

    def set_balance(self, name: str, currency: str, amount: Decimal | int | str) -> Account:
        """
        Set the balance of an account in a currency.

        Raises:
            ControlError: the account or the currency is unknown, or the amount is negative, inexact or too long.

        """
        with self._transactions.begin() as transaction:
            account = self.find(name)
            balances = {**account.balances, **_parse_balances(transaction.state, {currency: amount}, account)}
            account = msgspec.structs.replace(account, balances=balances, changed_ms=transaction.now_ms)
            transaction.state.put_account(account)
            return account

    def set_alias(self, name: str, counterparty: str, alias: str) -> Account:
        """Set the alias under which an account lists another one."""
        with self._transactions.begin() as transaction:
            account = self.find(name)
            aliases = {**account.aliases, self.find(counterparty).counterparty_id: alias}
            account = msgspec.structs.replace(account, aliases=aliases)
            transaction.state.put_account(account)
            return account

    def add_account(
        self,
        name: str,
        counterparty_id: str,
        *,
        group: str = "demo",
        balances: Mapping[str, Decimal | int | str] | None = None,
    ) -> Account:
        """
        Add an account; it needs a key before a client can act for it.

        Raises:
            ControlError: the name or the counterparty id is empty or taken, or a balance is invalid.

        """
        if not name or not counterparty_id:
            raise ControlError("the name and the counterparty id of an account must not be empty. Choose other names.")
        with self._transactions.begin() as transaction:
            parsed = _parse_balances(transaction.state, balances or {})
            others = transaction.state.accounts.values()
            if any(counterparty_id == other.counterparty_id or name == other.name for other in others):
                raise ControlError(f"account '{name}' or '{counterparty_id}' already exists. Choose other names.")
            account = Account(counterparty_id, name, group, parsed, changed_ms=transaction.now_ms)
            transaction.state.put_account(account)
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
        """
        Add a key that acts for an account.

        Raises:
            ControlError: the key already exists, or `name`, `account`, `roles` or `nonce` is invalid.

        """
        if not (name.isascii() and name.isprintable()) or name.split() != [name]:
            raise ControlError(
                f"invalid key name {name!r}. Use ASCII characters without spaces: it is sent in a header."
            )
        if problem := role_problem(roles):
            raise ControlError(f"invalid roles: {problem}.")
        try:
            mode = NonceMode(nonce)
        except ValueError:
            raise ControlError(f"unknown nonce mode '{nonce}'. Valid modes: {', '.join(NonceMode)}.") from None
        with self._transactions.begin() as transaction:
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
            if key.api_key in transaction.state.keys:
                raise ControlError(f"key '{key.api_key}' already exists. Choose another name.")
            transaction.state.keys[key.api_key] = key
            return key


def _parse_amount(amount: Decimal | int | str) -> Decimal:
    try:
        parsed = Decimal(amount)
    except (InvalidOperation, TypeError, ValueError):
        raise ControlError(f"invalid amount '{amount}'. Pass a Decimal, an int or a decimal string.") from None
    if isinstance(amount, float) or not parsed.is_finite() or parsed < 0:
        raise ControlError(f"invalid amount '{amount}'. Pass an exact number that is finite and not negative.")
    # Amounts are written without exponent, so a short text such as 1E+999999999 would fill the memory.
    if max(parsed.adjusted(), -int(parsed.as_tuple().exponent)) > _MAX_DIGITS:
        raise ControlError(f"invalid amount '{amount}'. Use at most {_MAX_DIGITS} digits before and after the point.")
    return parsed


def _parse_balances(
    state: ExchangeState, balances: Mapping[str, Decimal | int | str], account: Account | None = None
) -> dict[str, Decimal]:
    """Return balances by currency in upper case; a currency must be used by a symbol or the account."""
    known = {currency for symbol in state.symbols.values() for currency in (symbol.base, symbol.quote)}
    known |= account.balances.keys() if account else set()
    parsed = {currency.upper(): _parse_amount(amount) for currency, amount in balances.items()}
    if unknown := sorted(parsed.keys() - known):
        raise ControlError(f"unknown currency '{unknown[0]}'. Currencies: {', '.join(sorted(known))}.")
    return parsed
