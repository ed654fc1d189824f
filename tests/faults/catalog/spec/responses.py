"""Faults in the spec of responses: fields, types, enums and statuses."""

from tests.faults.catalog.layers import CORPUS, SEQUENCES
from tests.faults.catalog.spec.edits import PATHS, SCHEMAS, Row, remove, rename_key, set_to, spec_faults, without

__all__ = ["SPEC_RESPONSE_FAULTS"]

ROWS: tuple[Row, ...] = (
    (
        "requires a response field that no response contains",
        SEQUENCES,
        set_to(f"{SCHEMAS}ListedOrder", "required", lambda names: [*names, "counterparty_alias"]),
    ),
    (
        "renames a response field",
        SEQUENCES,
        set_to(f"{SCHEMAS}ListedOrder", "properties", rename_key("submission", "submitted")),
    ),
    ("omits a response field", SEQUENCES, remove(f"{SCHEMAS}Trade > properties", "wasNotified")),
    ("declares the prices of lists as strings", SEQUENCES, set_to(f"{SCHEMAS}DecimalNumber", "type", "string")),
    ("declares the prices of orders as numbers", SEQUENCES, set_to(f"{SCHEMAS}DecimalText", "type", "number")),
    ("declares response timestamps as strings", SEQUENCES, set_to(f"{SCHEMAS}ResponseMilliseconds", "type", "string")),
    (
        "omits an order status",
        SEQUENCES,
        set_to(f"{SCHEMAS}OrderStatus", "x-extensible-enum", without("AwaitTargetConfirm")),
    ),
    ("omits a reason", CORPUS, set_to(f"{SCHEMAS}Reason", "x-extensible-enum", without("InvalidQuantity"))),
    (
        "requires a reason in a successful response",
        SEQUENCES,
        set_to(f"{SCHEMAS}ConfirmedOrder", "required", lambda names: [*names, "reason"]),
    ),
    (
        "omits a value that means success",
        SEQUENCES,
        set_to(f"{PATHS}confirm > post > x-success", "result", ["accepted"]),
    ),
    (
        "declares a field as the repeated request that is not",
        SEQUENCES,
        set_to(f"{PATHS}new > post > x-echo", "amount", "price"),
    ),
    ("omits status 404", SEQUENCES, remove(f"{PATHS}status > post > responses", "404")),
)
SPEC_RESPONSE_FAULTS = spec_faults(ROWS)
