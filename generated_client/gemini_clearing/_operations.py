# Generated from openapi/clearing.yaml by `make generate`. Do not edit: change the spec or the templates.
"""The operations of Gemini Clearing as data: paths, arguments, responses, and what to do after a failure."""

import gemini_clearing  # imports the classes of responses when they are used first
from gemini_clearing_runtime import (
    Argument,
    Boolean,
    EnumValue,
    ErrorFormat,
    Integer,
    Number,
    Operation,
    ResolveByList,
    ResolveByStatus,
    Waiter,
    Walker,
)
from gemini_clearing_runtime.errors import CancelFailedError, RejectedError

from ._enums import Reason, Side
from ._scalars import (
    ACCOUNT_NAME,
    AMOUNT,
    CLEARING_ID,
    COUNTERPARTY_ID,
    LIMIT,
    PRICE,
    STATUS_FILTER,
    SYMBOL,
    TIMESTAMP,
)

ENVIRONMENTS = {
    "production": "https://api.gemini.com",
    "sandbox": "https://api.sandbox.gemini.com",
}

ERRORS = ErrorFormat(
    marks={
        "result": {
            "failed": CancelFailedError,
            "error": RejectedError,
        },
    },
    reason=("reason", "error.reason", "error.code", "error"),
    message=("message", "details", "error.message"),
    known_reasons=frozenset(Reason),
    inconclusive=frozenset(("RateLimit", "InvalidNonce", "Maintenance")),
    passing=frozenset(("InsufficientFunds", "MissingRole", "OrderNotFound")),
)

GET_ORDER = Operation(
    "get_order",
    "/v1/clearing/status",
    lambda: gemini_clearing.OrderDetails,
    arguments=(
        Argument("clearing_id", CLEARING_ID, required=True),
        Argument("account", ACCOUNT_NAME),
    ),
    account="account",
    errors=ERRORS,
    safe_to_repeat=True,
    rejected=("error",),
    statuses=frozenset(("200", "3XX", "400", "403", "404", "429", "500", "502", "503")),
    echo={"clearing_id": "clearing_id"},
)

LIST_ORDERS = Operation(
    "list_orders",
    "/v1/clearing/list",
    lambda: gemini_clearing.OrderList,
    arguments=(
        Argument("symbol", SYMBOL),
        Argument("counterparty", COUNTERPARTY_ID),
        Argument("side", EnumValue(Side)),
        Argument("expiration_start", TIMESTAMP, needs="expiration_end"),
        Argument("expiration_end", TIMESTAMP, needs="expiration_start"),
        Argument("submission_start", TIMESTAMP, needs="submission_end"),
        Argument("submission_end", TIMESTAMP, needs="submission_start"),
        Argument("funded", Boolean()),
        Argument("status", STATUS_FILTER),
        Argument("timestamp", TIMESTAMP),
        Argument("limit_orders", LIMIT),
        Argument("account", ACCOUNT_NAME),
    ),
    account="account",
    errors=ERRORS,
    safe_to_repeat=True,
    rejected=("error",),
    statuses=frozenset(("200", "3XX", "400", "403", "404", "429", "500", "502", "503")),
)

LIST_BROKER_ORDERS = Operation(
    "list_broker_orders",
    "/v1/clearing/broker/list",
    lambda: gemini_clearing.BrokerOrderList,
    arguments=(
        Argument("symbol", SYMBOL),
        Argument("expiration_start", TIMESTAMP, needs="expiration_end"),
        Argument("expiration_end", TIMESTAMP, needs="expiration_start"),
        Argument("submission_start", TIMESTAMP, needs="submission_end"),
        Argument("submission_end", TIMESTAMP, needs="submission_start"),
        Argument("funded", Boolean()),
        Argument("status", STATUS_FILTER),
        Argument("timestamp", TIMESTAMP),
        Argument("limit_orders", LIMIT),
        Argument("account", ACCOUNT_NAME),
    ),
    account="account",
    errors=ERRORS,
    safe_to_repeat=True,
    rejected=("error",),
    statuses=frozenset(("200", "3XX", "400", "403", "404", "429", "500", "502", "503")),
)

LIST_TRADES = Operation(
    "list_trades",
    "/v1/clearing/trades",
    lambda: gemini_clearing.TradeList,
    arguments=(
        Argument("timestamp_nanos", Integer(minimum=0)),
        Argument("limit_per_account", Integer(minimum=1, maximum=300)),
        Argument("symbol", SYMBOL),
        Argument("timestamp", TIMESTAMP),
        Argument("limit_trades", LIMIT),
        Argument("account", ACCOUNT_NAME),
    ),
    account="account",
    errors=ERRORS,
    safe_to_repeat=True,
    rejected=("error",),
    statuses=frozenset(("200", "3XX", "400", "403", "404", "429", "500", "502", "503")),
)

CREATE_ORDER = Operation(
    "create_order",
    "/v1/clearing/new",
    lambda: gemini_clearing.PlacedOrder,
    arguments=(
        Argument("symbol", SYMBOL, required=True),
        Argument("amount", AMOUNT, required=True),
        Argument("price", PRICE, required=True),
        Argument("side", EnumValue(Side), required=True),
        Argument("counterparty_id", COUNTERPARTY_ID),
        Argument("expires_in_hrs", Integer(minimum=1)),
        Argument("account", ACCOUNT_NAME),
    ),
    account="account",
    errors=ERRORS,
    safe_to_repeat=False,
    rejected=("error",),
    success={
        "result": ("AwaitConfirm", "AwaitTargetConfirm"),
        "status": ("AwaitConfirm", "AwaitTargetConfirm"),
    },
    statuses=frozenset(("200", "3XX", "400", "403", "404", "406", "429", "500", "502", "503")),
    echo={"symbol": "symbol", "amount": "amount", "price": "price", "side": "side"},
    resolve=ResolveByList(
        operation=LIST_ORDERS,
        rows="orders",
        window=("submission_start", "submission_end"),
        match={
            "symbol": "symbol",
            "side": "side",
            "price": "price",
            "amount": "quantity",
            "counterparty_id": "counterparty_id",
        },
        id=("clearing_id", "clearing_id"),
        submitted="submission",
    ),
)

CANCEL_ORDER = Operation(
    "cancel_order",
    "/v1/clearing/cancel",
    lambda: gemini_clearing.CanceledOrder,
    arguments=(
        Argument("clearing_id", CLEARING_ID, required=True),
        Argument("account", ACCOUNT_NAME),
    ),
    account="account",
    errors=ERRORS,
    safe_to_repeat=False,
    rejected=("error", "failed"),
    success={
        "result": ("ok",),
    },
    statuses=frozenset(("200", "3XX", "400", "403", "404", "429", "500", "502", "503")),
    echo_in_text={"clearing_id": "details"},
    resolve=ResolveByStatus(
        operation=GET_ORDER,
        match={"clearing_id": "clearing_id"},
        status="status",
        executed=("Canceled",),
        not_executed=(
            "AwaitConfirm",
            "AwaitTargetConfirm",
            "AwaitSourceConfirm",
            "AwaitSourceTargetConfirm",
            "Confirmed",
            "AttemptSettlement",
            "Settled",
            "Expired",
        ),
        final=("Settled", "Canceled", "Expired"),
    ),
)

CONFIRM_ORDER = Operation(
    "confirm_order",
    "/v1/clearing/confirm",
    lambda: gemini_clearing.ConfirmedOrder,
    arguments=(
        Argument("clearing_id", CLEARING_ID, required=True),
        Argument("symbol", SYMBOL, required=True),
        Argument("amount", AMOUNT, required=True),
        Argument("price", PRICE, required=True),
        Argument("side", EnumValue(Side), required=True),
        Argument("account", ACCOUNT_NAME),
    ),
    account="account",
    errors=ERRORS,
    safe_to_repeat=False,
    rejected=("error",),
    success={
        "result": ("confirmed",),
    },
    statuses=frozenset(("200", "3XX", "400", "403", "404", "406", "429", "500", "502", "503")),
    resolve=ResolveByStatus(
        operation=GET_ORDER,
        match={"clearing_id": "clearing_id"},
        status="status",
        executed=("Confirmed", "AttemptSettlement", "Settled"),
        not_executed=("AwaitConfirm", "AwaitSourceTargetConfirm", "Canceled"),
        final=("Settled", "Canceled", "Expired"),
        compare=("side", "side"),
        executed_if_equal=("AwaitTargetConfirm",),
        executed_if_different=("AwaitSourceConfirm",),
    ),
)

CREATE_BROKER_ORDER = Operation(
    "create_broker_order",
    "/v1/clearing/broker/new",
    lambda: gemini_clearing.PlacedBrokerOrder,
    arguments=(
        Argument("source_counterparty_id", COUNTERPARTY_ID, required=True),
        Argument("target_counterparty_id", COUNTERPARTY_ID, required=True),
        Argument("symbol", SYMBOL, required=True),
        Argument("amount", AMOUNT, required=True),
        Argument("price", PRICE, required=True),
        Argument("side", EnumValue(Side), required=True),
        Argument("expires_in_hrs", Number(exclusive_minimum=0), required=True),
        Argument("account", ACCOUNT_NAME),
    ),
    account="account",
    errors=ERRORS,
    safe_to_repeat=False,
    rejected=("error",),
    success={
        "result": ("AwaitSourceTargetConfirm",),
    },
    statuses=frozenset(("200", "3XX", "400", "403", "404", "406", "429", "500", "502", "503")),
    resolve=ResolveByList(
        operation=LIST_BROKER_ORDERS,
        rows="orders",
        window=("submission_start", "submission_end"),
        match={
            "symbol": "symbol",
            "side": "source_side",
            "price": "price",
            "amount": "quantity",
            "source_counterparty_id": "source_counterparty_id",
            "target_counterparty_id": "target_counterparty_id",
        },
        id=("clearing_id", "clearing_id"),
        submitted="submission",
    ),
)

WAIT_FOR_ORDER = Waiter(
    name="wait_for_order",
    operation=GET_ORDER,
    status="status",
    final=("Settled", "Canceled", "Expired"),
    others=(
        "AwaitTargetConfirm",
        "AwaitSourceTargetConfirm",
        "AwaitSourceConfirm",
        "Confirmed",
        "AttemptSettlement",
    ),
    announced_as={"AwaitTargetConfirm": "AwaitConfirm"},
)

ITER_ORDERS: "Walker[gemini_clearing.ListedOrder]" = Walker(
    name="iter_orders",
    operation=LIST_ORDERS,
    rows="orders",
    id="clearing_id",
    time="submission",
    window=("submission_start", "submission_end"),
    limit="limit_orders",
    most=300,
)

ITER_BROKER_ORDERS: "Walker[gemini_clearing.ListedBrokerOrder]" = Walker(
    name="iter_broker_orders",
    operation=LIST_BROKER_ORDERS,
    rows="orders",
    id="clearing_id",
    time="submission",
    window=("submission_start", "submission_end"),
    limit="limit_orders",
    most=300,
)

ITER_TRADES: "Walker[gemini_clearing.Trade]" = Walker(
    name="iter_trades",
    operation=LIST_TRADES,
    rows="results",
    id="clearing_id",
    time="last_updated_ms",
    since="timestamp_nanos",
    limit="limit_per_account",
    most=300,
)

OPERATIONS = {
    operation.name: operation
    for operation in (
        CREATE_ORDER,
        GET_ORDER,
        CANCEL_ORDER,
        CONFIRM_ORDER,
        LIST_ORDERS,
        CREATE_BROKER_ORDER,
        LIST_BROKER_ORDERS,
        LIST_TRADES,
    )
}
