"""
Edits of the spec, each with the weight that a careful reviewer gives it for users of the Python client.

The weights were written before the comparison was first run. The rule behind them: a change is major if a program that
type-checked fails to, or a call that returned now raises or does something else; it is minor if something new is
possible; it is a patch if only texts, examples or names that the client does not have change.
"""

from collections.abc import Callable
from typing import Any

import attrs

__all__ = ["EDITS", "Edit"]

Document = dict[str, Any]


@attrs.frozen
class Edit:
    """A change of the spec, its expected weight, and the reason of the reviewer."""

    name: str
    apply: Callable[[Document], Any]
    weight: str
    reason: str


def _schema(document: Document, name: str) -> Document:
    schema: Document = document["components"]["schemas"][name]
    return schema


def _field(document: Document, name: str, field: str) -> Document:
    found: Document = _schema(document, name)["properties"][field]
    return found


def _operation(document: Document, name: str) -> Document:
    found: Document = document["paths"][f"/v1/clearing/{name}"]["post"]
    return found


def _rename_component(document: Document, old: str, new: str) -> None:
    def walk(part: Any) -> None:
        if isinstance(part, dict):
            if part.get("$ref") == f"#/components/schemas/{old}":
                part["$ref"] = f"#/components/schemas/{new}"
            for value in part.values():
                walk(value)
        elif isinstance(part, list):
            for value in part:
                walk(value)

    document["components"]["schemas"][new] = document["components"]["schemas"].pop(old)
    walk(document)


def _rename_path(document: Document) -> None:
    document["paths"]["/v1/clearing/orders"] = document["paths"].pop("/v1/clearing/list")
    _field(document, "ListOrdersRequest", "request")["const"] = "/v1/clearing/orders"


def _new_operation(document: Document) -> None:
    copy = {**_operation(document, "status"), "operationId": "get_order_again"}
    document["paths"]["/v1/clearing/again"] = {"post": copy}


REQUESTS = [
    Edit(
        "optional request field added",
        lambda d: _schema(d, "CreateOrderRequest")["properties"].update(note={"type": "string"}),
        "minor", "existing calls are unchanged, and a new argument is possible",
    ),
    Edit(
        "required request field added",
        lambda d: (
            _schema(d, "CreateOrderRequest")["properties"].update(note={"type": "string"}),
            _schema(d, "CreateOrderRequest")["required"].append("note"),
        ),
        "major", "every existing call lacks the argument",
    ),
    Edit(
        "request field removed",
        lambda d: _schema(d, "ListOrdersRequest")["properties"].pop("funded"),
        "major", "a call that passes the argument raises TypeError",
    ),
    Edit(
        "request field renamed",
        lambda d: _schema(d, "ListTradesRequest")["properties"].update(
            limit=_schema(d, "ListTradesRequest")["properties"].pop("limit_trades")
        ),
        "major", "the argument of the old name is gone",
    ),
    Edit(
        "request field becomes required",
        lambda d: _schema(d, "CreateOrderRequest")["required"].append("counterparty_id"),
        "major", "calls without the argument fail",
    ),
    Edit(
        "request field becomes optional",
        lambda d: _schema(d, "CreateBrokerOrderRequest")["required"].remove("expires_in_hrs"),
        "minor", "existing calls pass it and work as before",
    ),
    Edit(
        "request type becomes wider",
        lambda d: _field(d, "CreateOrderRequest", "expires_in_hrs").update(type="number"),
        "minor", "every integer is still accepted",
    ),
    Edit(
        "request type becomes narrower",
        lambda d: _field(d, "CreateBrokerOrderRequest", "expires_in_hrs").update(type="integer"),
        "major", "fractions were accepted, and are rejected now",
    ),
    Edit(
        "request type replaced",
        lambda d: _schema(d, "Limit").update(type="string"),
        "major", "integers are no longer accepted",
    ),
    Edit(
        "format of a request field removed",
        lambda d: _schema(d, "Amount").pop("format"),
        "major", "the argument takes text instead of Decimal",
    ),
    Edit(
        "request maximum lowered",
        lambda d: _field(d, "ListTradesRequest", "limit_per_account").update(maximum=200),
        "major", "a limit of 300 was accepted, and is rejected before it is sent",
    ),
    Edit(
        "request maximum raised",
        lambda d: _field(d, "ListTradesRequest", "limit_per_account").update(maximum=500),
        "minor", "larger limits become possible",
    ),
    Edit(
        "request minimum removed",
        lambda d: _schema(d, "Limit").pop("minimum"),
        "minor", "more values are accepted",
    ),
    Edit(
        "request maximum added",
        lambda d: _schema(d, "Limit").update(maximum=1000),
        "major", "larger limits were accepted",
    ),
    Edit(
        "request pattern changed",
        lambda d: _schema(d, "Symbol").update(pattern="^[a-z]+$"),
        "major", "some accepted symbols are rejected; nothing proves that the pattern only becomes wider",
    ),
    Edit(
        "request pattern removed",
        lambda d: _schema(d, "Symbol").pop("pattern"),
        "minor", "more symbols are accepted",
    ),
    Edit(
        "length of a request field bounded",
        lambda d: _schema(d, "AccountName").update(maxLength=20),
        "major", "longer names were accepted",
    ),
    Edit(
        "request default changed",
        lambda d: _field(d, "ListTradesRequest", "limit_per_account").update(default=50),
        "major", "the same call returns other rows",
    ),
    Edit(
        "request default documented",
        lambda d: _schema(d, "Limit").update(default=100),
        "minor", "nothing was stated before, so no statement is broken",
    ),
    Edit(
        "request field restricted to an enum",
        lambda d: _schema(d, "StatusFilter").update(enum=["Confirmed", "Settled"]),
        "major", "any text was accepted, and only two values are now",
    ),
    Edit(
        "dependency between request fields added",
        lambda d: _schema(d, "ListTradesRequest").update(dependentRequired={"timestamp": ["symbol"]}),
        "major", "calls with one of the two raise",
    ),
    Edit(
        "dependency between request fields removed",
        lambda d: _schema(d, "ListOrdersRequest").pop("dependentRequired"),
        "minor", "calls with one of the two become possible",
    ),
    Edit(
        "request schema renamed",
        lambda d: _rename_component(d, "CreateOrderRequest", "NewOrderRequest"),
        "patch", "the client has methods with arguments, and no class for a request",
    ),
]  # fmt: skip

RESPONSES = [
    Edit(
        "optional response field added",
        lambda d: _schema(d, "PlacedOrder")["properties"].update(fee={"type": "string"}),
        "minor", "results get an attribute",
    ),
    Edit(
        "required response field added",
        lambda d: (
            _schema(d, "ListedOrder")["properties"].update(fee={"type": "string"}),
            _schema(d, "ListedOrder")["required"].append("fee"),
        ),
        "major", "a response without it was a result, and is a contract violation now",
    ),
    Edit(
        "response field removed",
        lambda d: _schema(d, "PlacedOrder")["properties"].pop("is_confirmed"),
        "major", "code that reads the attribute raises AttributeError",
    ),
    Edit(
        "response field becomes optional",
        lambda d: _schema(d, "Trade")["required"].remove("hasBroker"),
        "major", "the attribute may be None now",
    ),
    Edit(
        "response field becomes required",
        lambda d: _schema(d, "OrderDetails")["required"].append("clearing_id"),
        "major", "a response without it raises, and code that builds the class needs the argument",
    ),
    Edit(
        "response type changed",
        lambda d: _field(d, "PlacedOrder", "is_confirmed").update(type="string"),
        "major", "the attribute has another Python type",
    ),
    Edit(
        "response type becomes wider",
        lambda d: _schema(d, "ResponseMilliseconds").update(type=["integer", "string"]),
        "minor", "the attribute is a datetime either way; more responses are accepted",
    ),
    Edit(
        "format of a response field removed",
        lambda d: _schema(d, "DecimalText").pop("format"),
        "major", "the attribute is text instead of Decimal",
    ),
    Edit(
        "response maximum lowered",
        lambda d: _schema(d, "ResponseMilliseconds").update(maximum=4102444800000),
        "major", "a response with a later time was a result, and is a contract violation now",
    ),
    Edit(
        "response maximum removed",
        lambda d: _schema(d, "ResponseTime").pop("maximum"),
        "minor", "more responses are accepted",
    ),
    Edit(
        "closed enum of requests and responses gets a value",
        lambda d: _schema(d, "Side")["enum"].append("cross"),
        "major", "responses have the enum too: a match over all members is no longer complete",
    ),
    Edit(
        "closed enum loses a value",
        lambda d: _schema(d, "Side")["enum"].remove("sell"),
        "major", "the member and the argument's value are gone",
    ),
    Edit(
        "open enum gets a known value",
        lambda d: _schema(d, "OrderStatus")["x-extensible-enum"].append("OnHold"),
        "minor", "unlisted values were always possible; the member is new",
    ),
    Edit(
        "open enum loses a known value",
        lambda d: _schema(d, "OrderStatus")["x-extensible-enum"].remove("AttemptSettlement"),
        "major", "the member is gone",
    ),
    Edit(
        "open enum becomes closed",
        lambda d: _schema(d, "OrderStatus").update(enum=_schema(d, "OrderStatus").pop("x-extensible-enum")),
        "major", "a value that is not listed was a result, and is a contract violation now",
    ),
    Edit(
        "response schema renamed",
        lambda d: _rename_component(d, "ListedOrder", "OrderRow"),
        "major", "the class has another name",
    ),
    Edit(
        "enum renamed",
        lambda d: _rename_component(d, "OrderStatus", "Status"),
        "major", "the enum class has another name",
    ),
    Edit(
        "scalar schema renamed",
        lambda d: _rename_component(d, "ClearingId", "OrderId"),
        "patch", "scalars have no public name in the client",
    ),
    Edit(
        "error response status removed",
        lambda d: _operation(d, "new")["responses"].pop("406"),
        "minor", "the client handles every status the same way; the documented set changes",
    ),
    Edit(
        "error response status added",
        lambda d: _operation(d, "new")["responses"].update({"409": {"description": "A conflict."}}),
        "minor", "the client handled it already; it is documented now",
    ),
    Edit(
        "mark of an error response changed",
        lambda d: _field(d, "FailedCancel", "result").update(const="rejected"),
        "major", "`failed` was a rejection, and is not recognized any more",
    ),
    Edit(
        "error class of an error response changed",
        lambda d: _schema(d, "FailedCancel").update({"x-refusal": True}),
        "major", "an except clause for CancelFailedError no longer catches it",
    ),
]  # fmt: skip

OPERATIONS = [
    Edit("operation added", _new_operation, "minor", "both clients get a method"),
    Edit(
        "operation removed",
        lambda d: d["paths"].pop("/v1/clearing/trades"),
        "major", "the method is gone",
    ),
    Edit(
        "operationId changed",
        lambda d: _operation(d, "trades").update(operationId="list_clearing_trades"),
        "major", "the method has another name",
    ),
    Edit(
        "path changed", _rename_path,
        "major", "requests go elsewhere: proxy rules, test doubles and journals name the path",
    ),
    Edit(
        "tag changed",
        lambda d: _operation(d, "new").update(tags=["Orders"]),
        "patch", "our templates make one client class, and no module for each tag",
    ),
    Edit(
        "description changed",
        lambda d: _operation(d, "new").update(description="Another text."),
        "patch", "only the docstring changes",
    ),
    Edit(
        "field description changed",
        lambda d: _schema(d, "Amount").update(description="Another text."),
        "patch", "only the docstring changes",
    ),
    Edit(
        "example changed",
        lambda d: _operation(d, "new")["responses"]["200"]["content"]["application/json"]["examples"].clear(),
        "patch", "examples are not part of the client",
    ),
    Edit(
        "security scheme removed from an operation",
        lambda d: _operation(d, "new")["security"].pop(),
        "major", "a call with an OAuth token is rejected",
    ),
    Edit(
        "scope changed",
        lambda d: _operation(d, "status")["security"][1].update(OAuth=["clearing:status"]),
        "major", "a token with the old scope is rejected",
    ),
    Edit(
        "security alternative added",
        lambda d: _operation(d, "new")["security"].append({"Payload": []}),
        "minor", "the existing alternatives work as before",
    ),
    Edit(
        "role removed",
        lambda d: _operation(d, "status").update({"x-roles": ["Trader"]}),
        "major", "an Auditor's key is rejected",
    ),
    Edit(
        "role added",
        lambda d: _operation(d, "list").update({"x-roles": ["Trader", "Auditor"]}),
        "minor", "more keys may call it",
    ),
    Edit(
        "server address changed",
        lambda d: d["servers"][0].update(url="https://clearing.gemini.com"),
        "major", "calls go to another host, which a firewall may not allow",
    ),
    Edit(
        "environment added",
        lambda d: d["servers"].append({"url": "https://test.gemini.com", "x-environment": "test"}),
        "minor", "a new value of `environment`",
    ),
    Edit(
        "header of a security scheme renamed",
        lambda d: d["components"]["securitySchemes"]["ApiKey"].update(name="X-GEMINI-KEY"),
        "major", "requests are authenticated in another way",
    ),
    Edit(
        "security scheme described in another way",
        lambda d: d["components"]["securitySchemes"]["OAuth"].update(description="A token."),
        "patch", "only documentation changes",
    ),
    Edit(
        "version of the spec changed",
        lambda d: d["info"].update(version="1.0.1"),
        "patch", "no code depends on it",
    ),
]  # fmt: skip

EXTENSIONS = [
    Edit(
        "read is no longer safe to repeat",
        lambda d: _operation(d, "trades").update({"x-safe-to-repeat": False}),
        "major", "a lost response was followed by a retry, and raises an unknown outcome now",
    ),
    Edit(
        "write becomes safe to repeat",
        lambda d: _operation(d, "cancel").update({"x-safe-to-repeat": True}),
        "major", "a call that was sent once may be sent twice",
    ),
    Edit(
        "business rule with a new reason",
        lambda d: _operation(d, "new")["x-refusals"].append(
            {"reason": "MarketNotOpen", "status": 400, "when": "it is closed"}
        ),
        "minor", "RejectedError with any reason was possible; callers can handle the new one",
    ),
    Edit(
        "status of a business rule changed",
        lambda d: _operation(d, "new")["x-refusals"][0].update(status=406),
        "minor", "class and reason of the error stay; its status changes",
    ),
    Edit(
        "business rule described in another way",
        lambda d: _operation(d, "new")["x-refusals"][0].update(when="it is not cleared"),
        "patch", "only the docstring changes",
    ),
    Edit(
        "rejection marked by a result added",
        lambda d: _operation(d, "confirm")["x-refusals"].append(
            {"result": "failed", "status": 200, "when": "it is late"}
        ),
        "major", "a response with `failed` gets another error class",
    ),
    Edit(
        "resolution of an unknown outcome removed",
        lambda d: _operation(d, "new").pop("x-resolve"),
        "major", "`resolve()` no longer finds the order",
    ),
    Edit(
        "status that proves execution added",
        lambda d: _operation(d, "cancel")["x-resolve"]["executed"].append("Withdrawn"),
        "minor", "an outcome that stayed ambiguous is resolved",
    ),
    Edit(
        "status that proves non-execution moved",
        lambda d: (
            _operation(d, "cancel")["x-resolve"]["not_executed"].remove("Expired"),
            _operation(d, "cancel")["x-resolve"]["executed"].append("Expired"),
        ),
        "major", "the same evidence has the opposite conclusion",
    ),
    Edit(
        "field that identifies a write removed",
        lambda d: _operation(d, "new")["x-resolve"]["match"].pop("price"),
        "major", "an order with another price can be mistaken for the order in doubt",
    ),
    Edit(
        "value that means success added",
        lambda d: _operation(d, "confirm")["x-success"]["result"].append("done"),
        "minor", "a response that raised is a result now",
    ),
    Edit(
        "value that means success removed",
        lambda d: _operation(d, "new")["x-success"]["result"].remove("AwaitTargetConfirm"),
        "major", "a response that was a result raises now",
    ),
    Edit(
        "echo required",
        lambda d: _operation(d, "broker/new").update({"x-echo": {"symbol": "clearing_id"}}),
        "major", "a response that was a result can raise now",
    ),
    Edit(
        "echo no longer required",
        lambda d: _operation(d, "status").pop("x-echo"),
        "minor", "a response that raised is a result now",
    ),
    Edit(
        "reason becomes inconclusive",
        lambda d: d["x-inconclusive-reasons"].append("InvalidSymbol"),
        "major", "a rejection becomes an unknown outcome",
    ),
    Edit(
        "place of the reason added at the end",
        lambda d: d["x-error-format"]["reason"].append("code"),
        "minor", "more error responses have a reason",
    ),
    Edit(
        "place of the reason removed",
        lambda d: d["x-error-format"]["reason"].remove("error.code"),
        "major", "an error response loses its reason",
    ),
    Edit(
        "reason of an invalid field changed",
        lambda d: _schema(d, "Limit").update({"x-reason": "InvalidQuantity"}),
        "minor", "the exchange decides what it sends; the documentation and the contract suite follow",
    ),
    Edit(
        "argument filled in by the signer",
        lambda d: _field(d, "ListOrdersRequest", "funded").update({"x-injected": True}),
        "major", "the argument is gone",
    ),
    Edit(
        "order of the checks changed",
        lambda d: d["x-precedence"].reverse(),
        "minor", "a request with two errors gets another reason",
    ),
]  # fmt: skip

EDITS = [*REQUESTS, *RESPONSES, *OPERATIONS, *EXTENSIONS]
