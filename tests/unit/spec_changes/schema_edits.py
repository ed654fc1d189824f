"""Edits of requests and responses, each with the weight that a reviewer gives it."""

from tests.unit.spec_changes.editing import Edit, field, operation, rename_component, schema

__all__ = ["REQUESTS", "RESPONSES"]

REQUESTS = [
    Edit(
        "optional request field added",
        lambda d: schema(d, "CreateOrderRequest")["properties"].update(note={"type": "string"}),
        "minor", "existing calls are unchanged, and a new argument is possible",
    ),
    Edit(
        "required request field added",
        lambda d: (
            schema(d, "CreateOrderRequest")["properties"].update(note={"type": "string"}),
            schema(d, "CreateOrderRequest")["required"].append("note"),
        ),
        "major", "every existing call lacks the argument",
    ),
    Edit(
        "request field removed",
        lambda d: schema(d, "ListOrdersRequest")["properties"].pop("funded"),
        "major", "a call that passes the argument raises TypeError",
    ),
    Edit(
        "request field renamed",
        lambda d: schema(d, "ListTradesRequest")["properties"].update(
            limit=schema(d, "ListTradesRequest")["properties"].pop("limit_trades")
        ),
        "major", "the argument of the old name is gone",
    ),
    Edit(
        "request field becomes required",
        lambda d: schema(d, "CreateOrderRequest")["required"].append("counterparty_id"),
        "major", "calls without the argument fail",
    ),
    Edit(
        "request field becomes optional",
        lambda d: schema(d, "CreateBrokerOrderRequest")["required"].remove("expires_in_hrs"),
        "minor", "existing calls pass it and work as before",
    ),
    Edit(
        "request type becomes wider",
        lambda d: field(d, "CreateOrderRequest", "expires_in_hrs").update(type="number"),
        "minor", "every integer is still accepted",
    ),
    Edit(
        "request type becomes narrower",
        lambda d: field(d, "CreateBrokerOrderRequest", "expires_in_hrs").update(type="integer"),
        "major", "fractions were accepted, and are rejected now",
    ),
    Edit(
        "request type replaced",
        lambda d: schema(d, "Limit").update(type="string"),
        "major", "integers are no longer accepted",
    ),
    Edit(
        "format of a request field removed",
        lambda d: schema(d, "Amount").pop("format"),
        "major", "the argument takes text instead of Decimal",
    ),
    Edit(
        "request maximum lowered",
        lambda d: field(d, "ListTradesRequest", "limit_per_account").update(maximum=200),
        "major", "a limit of 300 was accepted, and is rejected before it is sent",
    ),
    Edit(
        "request maximum raised",
        lambda d: field(d, "ListTradesRequest", "limit_per_account").update(maximum=500),
        "minor", "larger limits become possible",
    ),
    Edit(
        "request minimum removed",
        lambda d: schema(d, "Limit").pop("minimum"),
        "minor", "more values are accepted",
    ),
    Edit(
        "request maximum added",
        lambda d: schema(d, "Limit").update(maximum=1000),
        "major", "larger limits were accepted",
    ),
    Edit(
        "request pattern changed",
        lambda d: schema(d, "Symbol").update(pattern="^[a-z]+$"),
        "major", "some accepted symbols are rejected; nothing proves that the pattern only becomes wider",
    ),
    Edit(
        "request pattern removed",
        lambda d: schema(d, "Symbol").pop("pattern"),
        "minor", "more symbols are accepted",
    ),
    Edit(
        "length of a request field bounded",
        lambda d: schema(d, "AccountName").update(maxLength=20),
        "major", "longer names were accepted",
    ),
    Edit(
        "request default changed",
        lambda d: field(d, "ListTradesRequest", "limit_per_account").update(default=50),
        "major", "the same call returns other rows",
    ),
    Edit(
        "request default documented",
        lambda d: schema(d, "Limit").update(default=100),
        "minor", "nothing was stated before, so no statement is broken",
    ),
    Edit(
        "request field restricted to an enum",
        lambda d: schema(d, "StatusFilter").update(enum=["Confirmed", "Settled"]),
        "major", "any text was accepted, and only two values are now",
    ),
    Edit(
        "dependency between request fields added",
        lambda d: schema(d, "ListTradesRequest").update(dependentRequired={"timestamp": ["symbol"]}),
        "major", "calls with one of the two raise",
    ),
    Edit(
        "dependency between request fields removed",
        lambda d: schema(d, "ListOrdersRequest").pop("dependentRequired"),
        "minor", "calls with one of the two become possible",
    ),
    Edit(
        "request schema renamed",
        lambda d: rename_component(d, "CreateOrderRequest", "NewOrderRequest"),
        "patch", "the client has methods with arguments, and no class for a request",
    ),
]  # fmt: skip

RESPONSES = [
    Edit(
        "optional response field added",
        lambda d: schema(d, "PlacedOrder")["properties"].update(fee={"type": "string"}),
        "minor", "results get an attribute",
    ),
    Edit(
        "required response field added",
        lambda d: (
            schema(d, "ListedOrder")["properties"].update(fee={"type": "string"}),
            schema(d, "ListedOrder")["required"].append("fee"),
        ),
        "major", "a response without it was a result, and is a contract violation now",
    ),
    Edit(
        "response field removed",
        lambda d: schema(d, "PlacedOrder")["properties"].pop("is_confirmed"),
        "major", "code that reads the attribute raises AttributeError",
    ),
    Edit(
        "response field becomes optional",
        lambda d: schema(d, "Trade")["required"].remove("createdMs"),
        "major", "the attribute may be None now",
    ),
    Edit(
        "response field becomes required",
        lambda d: schema(d, "OrderDetails")["required"].append("clearing_id"),
        "major", "a response without it raises, and code that builds the class needs the argument",
    ),
    Edit(
        "response type changed",
        lambda d: field(d, "PlacedOrder", "is_confirmed").update(type="string"),
        "major", "the attribute has another Python type",
    ),
    Edit(
        "response type becomes wider",
        lambda d: schema(d, "ResponseMilliseconds").update(type=["integer", "string"]),
        "minor", "the attribute is a datetime either way; more responses are accepted",
    ),
    Edit(
        "format of a response field removed",
        lambda d: schema(d, "DecimalText").pop("format"),
        "major", "the attribute is text instead of Decimal",
    ),
    Edit(
        "response maximum lowered",
        lambda d: schema(d, "ResponseMilliseconds").update(maximum=4102444800000),
        "major", "a response with a later time was a result, and is a contract violation now",
    ),
    Edit(
        "response maximum removed",
        lambda d: schema(d, "ResponseTime").pop("maximum"),
        "minor", "more responses are accepted",
    ),
    Edit(
        "closed enum of requests and responses gets a value",
        lambda d: schema(d, "Side")["enum"].append("cross"),
        "major", "responses have the enum too: a match over all members is no longer complete",
    ),
    Edit(
        "closed enum loses a value",
        lambda d: schema(d, "Side")["enum"].remove("sell"),
        "major", "the member and the argument's value are gone",
    ),
    Edit(
        "open enum gets a known value",
        lambda d: schema(d, "OrderStatus")["x-extensible-enum"].append("OnHold"),
        "minor", "unlisted values were always possible; the member is new",
    ),
    Edit(
        "open enum loses a known value",
        lambda d: schema(d, "OrderStatus")["x-extensible-enum"].remove("AttemptSettlement"),
        "major", "the member is gone",
    ),
    Edit(
        "open enum becomes closed",
        lambda d: schema(d, "OrderStatus").update(enum=schema(d, "OrderStatus").pop("x-extensible-enum")),
        "major", "a value that is not listed was a result, and is a contract violation now",
    ),
    Edit(
        "response schema renamed",
        lambda d: rename_component(d, "ListedOrder", "OrderRow"),
        "major", "the class has another name",
    ),
    Edit(
        "enum renamed",
        lambda d: rename_component(d, "OrderStatus", "Status"),
        "major", "the enum class has another name",
    ),
    Edit(
        "scalar schema renamed",
        lambda d: rename_component(d, "ClearingId", "OrderId"),
        "patch", "scalars have no public name in the client",
    ),
    Edit(
        "error response status removed",
        lambda d: operation(d, "new")["responses"].pop("406"),
        "minor", "the client handles every status the same way; the documented set changes",
    ),
    Edit(
        "error response status added",
        lambda d: operation(d, "new")["responses"].update({"409": {"description": "A conflict."}}),
        "minor", "the client handled it already; it is documented now",
    ),
    Edit(
        "mark of an error response changed",
        lambda d: field(d, "FailedCancel", "result").update(const="rejected"),
        "major", "`failed` was a rejection, and is not recognized any more",
    ),
    Edit(
        "error class of an error response changed",
        lambda d: schema(d, "FailedCancel").update({"x-refusal": True}),
        "major", "an except clause for CancelFailedError no longer catches it",
    ),
]  # fmt: skip
