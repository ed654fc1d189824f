"""Faults in lists of orders and trades: which rows they contain, how many, and how a row describes an order."""

from tests.faults.catalog.layers import SEQUENCES
from tests.faults.catalog.source_text import Row, mock_faults

__all__ = ["LIST_FAULTS"]

ROWS: tuple[Row, ...] = (
    (
        "lists the source's side instead of the account's own",
        SEQUENCES,
        "side=order.side_of(account.counterparty_id),",
        "side=order.source_side,",
    ),
    (
        "lists the account itself as the counterparty",
        SEQUENCES,
        "        counterparty_id=other,",
        "        counterparty_id=account.counterparty_id,",
    ),
    (
        "lists the orders of all accounts",
        SEQUENCES,
        "context.state.orders_of_desk(context.account_id), filters, context.parameters",
        "iter(sorted(context.state.orders.values(), key=lambda order: -order.sequence)), filters, context.parameters",
    ),
    (
        "lists all orders to every broker",
        SEQUENCES,
        "context.state.orders_of_broker(context.account_id)",
        "iter(sorted(context.state.orders.values(), key=lambda order: -order.sequence))",
    ),
    (
        "ignores the limit of a list",
        SEQUENCES,
        "return islice(matching, limit if limit is None else min(limit, sys.maxsize))",
        "return matching",
    ),
    ("returns one row more than the limit", SEQUENCES, "min(limit, sys.maxsize)", "min(limit + 1, sys.maxsize)"),
    (
        "applies the larger of two limits",
        SEQUENCES,
        "min(limits, default=_DEFAULT_TRADES)",
        "max(limits, default=_DEFAULT_TRADES)",
    ),
    ("returns up to 1,000 trades by default", SEQUENCES, "_DEFAULT_TRADES = 100", "_DEFAULT_TRADES = 1000"),
    ("ignores the symbol filter", SEQUENCES, "lambda order: order.symbol == symbol", "lambda order: True"),
    (
        "inverts the symbol filter",
        SEQUENCES,
        "lambda order: order.symbol == symbol",
        "lambda order: order.symbol != symbol",
    ),
    (
        "ignores the side filter",
        SEQUENCES,
        'lambda order: order.side_of(context.account_id) is parameters["side"]',
        "lambda order: True",
    ),
    (
        "applies the side filter to the source's side",
        SEQUENCES,
        'order.side_of(context.account_id) is parameters["side"]',
        'order.source_side is parameters["side"]',
    ),
    (
        "does not accept an alias as the counterparty",
        SEQUENCES,
        "        ids = {name, *(desk for desk, alias in account.aliases.items() if alias == name)}\n",
        "        ids = {name}\n",
    ),
    (
        "accepts the alias of any desk as the counterparty",
        SEQUENCES,
        "if alias == name)}",
        "if name in account.aliases.values())}",
    ),
    (
        "ignores the counterparty filter",
        SEQUENCES,
        "lambda order: _other_desk(context.account_id, order) in ids",
        "lambda order: True",
    ),
    (
        "ignores the status filter",
        SEQUENCES,
        'lambda order: parameters["status"] in {order.state, CREATION_STATUS.get(order.state)}',
        "lambda order: True",
    ),
    ("ignores the funded filter", SEQUENCES, "lambda order: is_funded(context.state, order)", "lambda order: True"),
    (
        "ignores the expiration filter",
        SEQUENCES,
        'parameters["expiration_start"] <= order.expires_ms <= parameters["expiration_end"]',
        "True",
    ),
    (
        "excludes the start of the expiration range",
        SEQUENCES,
        'parameters["expiration_start"] <= order.expires_ms',
        'parameters["expiration_start"] < order.expires_ms',
    ),
    (
        "excludes the end of the expiration range",
        SEQUENCES,
        'order.expires_ms <= parameters["expiration_end"]',
        'order.expires_ms < parameters["expiration_end"]',
    ),
    (
        "excludes the start of the submission range",
        SEQUENCES,
        'parameters["submission_start"] <= order.submitted_ms',
        'parameters["submission_start"] < order.submitted_ms',
    ),
    (
        "excludes the end of the submission range",
        SEQUENCES,
        'order.submitted_ms <= parameters["submission_end"]',
        'order.submitted_ms < parameters["submission_end"]',
    ),
    (
        "includes orders submitted exactly at timestamp",
        SEQUENCES,
        'order.submitted_ms > parameters["timestamp"]',
        'order.submitted_ms >= parameters["timestamp"]',
    ),
    (
        "ignores timestamp in lists of orders",
        SEQUENCES,
        'lambda order: order.submitted_ms > parameters["timestamp"]',
        "lambda order: True",
    ),
    (
        "includes trades updated exactly at timestamp",
        SEQUENCES,
        'order.updated_ms > parameters["timestamp"]',
        'order.updated_ms >= parameters["timestamp"]',
    ),
    (
        "excludes trades updated exactly at timestamp_nanos",
        SEQUENCES,
        '>= parameters["timestamp_nanos"]',
        '> parameters["timestamp_nanos"]',
    ),
    ("treats timestamp_nanos as microseconds", SEQUENCES, "order.updated_ms * 1_000_000", "order.updated_ms * 1_000"),
    (
        "filters trades by submission time instead of update time",
        SEQUENCES,
        'order.updated_ms > parameters["timestamp"]',
        'order.submitted_ms > parameters["timestamp"]',
    ),
)
LIST_FAULTS = mock_faults(ROWS)
