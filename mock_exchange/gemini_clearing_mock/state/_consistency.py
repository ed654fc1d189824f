"""
Whether the records of a snapshot or of a state file fit together: their ids, references, amounts and times.

Each rule is one without which a later request would fail. Types are checked when the records are decoded.
"""

from collections.abc import Container, Iterator, Set
from decimal import Decimal

from ._accounts import role_problem
from ._clock import LATEST_MS
from ._orders import AWAITING_SETTLEMENT, Order
from ._tables import Records

__all__ = ["first_problem"]

# The attribute of a record that is also the id of its row.
_IDS = {
    "accounts": "counterparty_id",
    "keys": "api_key",
    "tokens": "token",
    "orders": "clearing_id",
    "faults": "fault_id",
}

# The longest numbers are those of the API, with 1000 digits, and their products.
_MAX_DIGITS = 10_000


def first_problem(records: Records, symbols: Set[str]) -> str | None:
    """Return the first problem of the records of all tables, or `None`."""
    return next(_problems(records, symbols), None)


def _problems(records: Records, symbols: Set[str]) -> Iterator[str]:
    for table, attribute in _IDS.items():
        for row, record in records[table].items():
            if getattr(record, attribute) != row:
                yield f"{table}['{row}'] has the {attribute} '{getattr(record, attribute)}'"
    yield from _account_problems(records)
    unknown = {order.symbol for order in records["orders"].values()} - symbols
    if unknown:
        yield f"it has orders for symbols that the configuration lacks: {', '.join(sorted(unknown))}"
    for row, order in records["orders"].items():
        yield from (f"orders['{row}']: {problem}" for problem in _order_problems(order, records["accounts"]))
    sequences = sorted(order.sequence for order in records["orders"].values())
    if sequences != list(range(1, len(sequences) + 1)):
        yield "the sequences of the orders are not 1, 2, 3, …"
    yield from _counter_problems(records)
    yield from _time_problems(records)


def _account_problems(records: Records) -> Iterator[str]:
    accounts = records["accounts"]
    for row, account in accounts.items():
        if not all(_is_amount(balance) for balance in account.balances.values()):
            yield f"accounts['{row}'] has a balance that is negative, not finite, or too long"
    for table in ("keys", "tokens"):
        for row, record in records[table].items():
            if record.account is not None and record.account not in accounts:
                yield f"{table}['{row}'] belongs to the unknown account '{record.account}'"
    for row, key in records["keys"].items():
        if problem := role_problem(key.roles):
            yield f"keys['{row}']: {problem}"
    for row, nonce in records["nonces"].items():
        if not nonce.isascii() or not nonce.replace(".", "", 1).isdecimal():
            yield f"nonces['{row}'] is not a number"


def _order_problems(order: Order, accounts: Container[str]) -> Iterator[str]:
    for role in ("source", "target", "broker"):
        account = getattr(order, role)
        if account is not None and account not in accounts:
            yield f"unknown account '{account}' as {role}"
    for name in ("amount", "price"):
        if not _is_amount(getattr(order, name)) or getattr(order, name) == 0:
            yield f"the {name} is not above zero, not finite, or too long"
    if order.state in AWAITING_SETTLEMENT and (order.confirmed_ms is None or order.target is None):
        yield f"the state is {order.state}, but confirmed_ms or target is missing"


def _counter_problems(records: Records) -> Iterator[str]:
    numbers = {
        "requests": [entry.number for entry in records["log"].values()],
        "faults": [int(row[1:]) for row in records["faults"] if row[1:].isdecimal()],
    }
    for counter, used in numbers.items():
        if used and records["counters"].get(counter, 0) < max(used):
            yield f"counters['{counter}'] is below {max(used)}, which is in use"


def _time_problems(records: Records) -> Iterator[str]:
    for table in ("accounts", "orders", "sessions", "log", "clock"):
        for row, record in records[table].items():
            times = {name: getattr(record, name) for name in record.__struct_fields__ if name.endswith("_ms")}
            for name, time in times.items():
                if time is not None and abs(time) > 2 * LATEST_MS:
                    yield f"{table}['{row}']: {name} is beyond every date"


def _is_amount(number: Decimal) -> bool:
    if not number.is_finite() or number < 0:
        return False
    return max(number.adjusted(), -int(number.as_tuple().exponent)) <= _MAX_DIGITS
