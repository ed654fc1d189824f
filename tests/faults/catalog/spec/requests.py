"""Faults in the spec of requests: fields, values, and the reasons and statuses of invalid requests."""

from tests.faults.catalog.layers import BAD_SIGNATURES, CORPUS, ERROR_PRECEDENCE
from tests.faults.catalog.spec.edits import (
    SCHEMAS,
    Row,
    remove,
    rename_key,
    set_to,
    spec_faults,
    swap_checks,
    without,
)

__all__ = ["SPEC_REQUEST_FAULTS"]

ROWS: tuple[Row, ...] = (
    ("no longer requires amount", CORPUS, set_to(f"{SCHEMAS}CreateOrderRequest", "required", without("amount"))),
    (
        "requires counterparty_id",
        CORPUS,
        set_to(f"{SCHEMAS}CreateOrderRequest", "required", lambda names: [*names, "counterparty_id"]),
    ),
    (
        "no longer requires expires_in_hrs in a broker order",
        CORPUS,
        set_to(f"{SCHEMAS}CreateBrokerOrderRequest", "required", without("expires_in_hrs")),
    ),
    ("no longer requires a nonce", BAD_SIGNATURES, set_to(f"{SCHEMAS}ListOrdersRequest", "required", without("nonce"))),
    ("allows a third side", CORPUS, set_to(f"{SCHEMAS}Side", "enum", ["buy", "sell", "text"])),
    ("allows only the side buy", CORPUS, set_to(f"{SCHEMAS}Side", "enum", ["buy"])),
    ("allows any string as an amount", CORPUS, remove(f"{SCHEMAS}Amount", "pattern")),
    ("allows an amount of zero", CORPUS, set_to(f"{SCHEMAS}Amount", "pattern", "^[0-9]+(\\.[0-9]+)?$")),
    ("allows only whole prices", CORPUS, set_to(f"{SCHEMAS}Price", "pattern", "^[1-9][0-9]*$")),
    ("allows prices that are numbers", CORPUS, set_to(f"{SCHEMAS}Price", "type", ["string", "number"])),
    ("allows a slash in a symbol", CORPUS, set_to(f"{SCHEMAS}Symbol", "pattern", "^[A-Za-z0-9/]+$")),
    ("allows only lower-case symbols", CORPUS, set_to(f"{SCHEMAS}Symbol", "pattern", "^[a-z0-9]+$")),
    ("allows an empty clearing_id", CORPUS, remove(f"{SCHEMAS}ClearingId", "minLength")),
    ("allows a clearing_id that is a number", CORPUS, set_to(f"{SCHEMAS}ClearingId", "type", ["string", "number"])),
    (
        "has no maximum for the limit of trades",
        CORPUS,
        remove(f"{SCHEMAS}ListTradesRequest > properties > limit_per_account", "maximum"),
    ),
    (
        "has a lower maximum for the limit of trades",
        CORPUS,
        set_to(f"{SCHEMAS}ListTradesRequest > properties > limit_per_account", "maximum", 100),
    ),
    ("allows a limit of zero", CORPUS, set_to(f"{SCHEMAS}Limit", "minimum", 0)),
    ("allows the start of a range without its end", CORPUS, remove(f"{SCHEMAS}ListOrdersRequest", "dependentRequired")),
    ("allows timestamps only as numbers", CORPUS, set_to(f"{SCHEMAS}Timestamp", "type", "integer")),
    (
        "allows a fractional expiry without a broker",
        CORPUS,
        set_to(f"{SCHEMAS}CreateOrderRequest > properties > expires_in_hrs", "type", "number"),
    ),
    (
        "allows an expiry of zero hours",
        CORPUS,
        set_to(f"{SCHEMAS}CreateOrderRequest > properties > expires_in_hrs", "minimum", 0),
    ),
    (
        "renames the parameter counterparty_id",
        CORPUS,
        set_to(f"{SCHEMAS}CreateOrderRequest", "properties", rename_key("counterparty_id", "counterparty")),
    ),
    ("assigns another reason to an invalid side", CORPUS, set_to(f"{SCHEMAS}Side", "x-reason", "InvalidSymbol")),
    (
        "assigns another reason to a missing field",
        CORPUS,
        set_to(f"{SCHEMAS}CreateOrderRequest", "x-missing-reason", "InvalidJson"),
    ),
    (
        "assigns another reason to an incomplete range",
        CORPUS,
        set_to(f"{SCHEMAS}ListOrdersRequest", "x-dependent-reason", "UnsupportedOption"),
    ),
    (
        "assigns another reason to a missing nonce",
        BAD_SIGNATURES,
        set_to(f"{SCHEMAS}Nonce", "x-missing-reason", "InvalidNonce"),
    ),
    (
        "assigns another status to InvalidSignature",
        BAD_SIGNATURES,
        set_to("x-reasons > InvalidSignature", "status", 403),
    ),
    ("assigns another status to MissingRole", ERROR_PRECEDENCE, set_to("x-reasons > MissingRole", "status", 400)),
    ("checks the nonce before the schema", ERROR_PRECEDENCE, swap_checks("nonce", "schema")),
    ("checks the signature before the payload", ERROR_PRECEDENCE, swap_checks("signature", "payload")),
)
SPEC_REQUEST_FAULTS = spec_faults(ROWS)
