"""Edits of operations and of our extensions, each with the weight that a reviewer gives it."""

from tests.unit.spec_changes.editing import Edit, field, new_operation, operation, rename_path, schema

__all__ = ["EXTENSIONS", "OPERATIONS"]

OPERATIONS = [
    Edit("operation added", new_operation, "minor", "both clients get a method"),
    Edit(
        "operation removed",
        lambda d: d["paths"].pop("/v1/clearing/trades"),
        "major", "the method is gone",
    ),
    Edit(
        "operationId changed",
        lambda d: operation(d, "trades").update(operationId="list_clearing_trades"),
        "major", "the method has another name",
    ),
    Edit(
        "path changed", rename_path,
        "major", "requests go elsewhere: proxy rules, test doubles and journals name the path",
    ),
    Edit(
        "tag changed",
        lambda d: operation(d, "new").update(tags=["Orders"]),
        "patch", "our templates make one client class, and no module for each tag",
    ),
    Edit(
        "description changed",
        lambda d: operation(d, "new").update(description="Another text."),
        "patch", "only the docstring changes",
    ),
    Edit(
        "field description changed",
        lambda d: schema(d, "Amount").update(description="Another text."),
        "patch", "only the docstring changes",
    ),
    Edit(
        "example changed",
        lambda d: operation(d, "new")["responses"]["200"]["content"]["application/json"]["examples"].clear(),
        "patch", "examples are not part of the client",
    ),
    Edit(
        "security scheme removed from an operation",
        lambda d: operation(d, "new")["security"].pop(),
        "major", "a call with an OAuth token is rejected",
    ),
    Edit(
        "scope changed",
        lambda d: operation(d, "status")["security"][1].update(OAuth=["clearing:status"]),
        "major", "a token with the old scope is rejected",
    ),
    Edit(
        "security alternative added",
        lambda d: operation(d, "new")["security"].append({"Payload": []}),
        "minor", "the existing alternatives work as before",
    ),
    Edit(
        "role removed",
        lambda d: operation(d, "status").update({"x-roles": ["Trader"]}),
        "major", "an Auditor's key is rejected",
    ),
    Edit(
        "role added",
        lambda d: operation(d, "list").update({"x-roles": ["Trader", "Auditor"]}),
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
        lambda d: operation(d, "trades").update({"x-safe-to-repeat": False}),
        "major", "a lost response was followed by a retry, and raises an unknown outcome now",
    ),
    Edit(
        "write becomes safe to repeat",
        lambda d: operation(d, "cancel").update({"x-safe-to-repeat": True}),
        "major", "a call that was sent once may be sent twice",
    ),
    Edit(
        "payload repeated in the body",
        lambda d: operation(d, "new").update({"x-body": "repeated"}),
        "minor", "both clients follow, and no call changes",
    ),
    Edit(
        "default body declared",
        lambda d: operation(d, "new").update({"x-body": "empty"}),
        "patch", "the same requests are sent",
    ),
    Edit(
        "business rule with a new reason",
        lambda d: operation(d, "new")["x-refusals"].append(
            {"reason": "MarketNotOpen", "status": 400, "when": "it is closed"}
        ),
        "minor", "RejectedError with any reason was possible; callers can handle the new one",
    ),
    Edit(
        "status of a business rule changed",
        lambda d: operation(d, "new")["x-refusals"][0].update(status=406),
        "minor", "class and reason of the error stay; its status changes",
    ),
    Edit(
        "business rule described in another way",
        lambda d: operation(d, "new")["x-refusals"][0].update(when="it is not cleared"),
        "patch", "only the docstring changes",
    ),
    Edit(
        "rejection marked by a result added",
        lambda d: operation(d, "confirm")["x-refusals"].append(
            {"result": "failed", "status": 200, "when": "it is late"}
        ),
        "major", "a response with `failed` gets another error class",
    ),
    Edit(
        "resolution of an unknown outcome removed",
        lambda d: operation(d, "new").pop("x-resolve"),
        "major", "`resolve()` no longer finds the order",
    ),
    Edit(
        "status that proves execution added",
        lambda d: operation(d, "cancel")["x-resolve"]["executed"].append("Withdrawn"),
        "minor", "an outcome that stayed ambiguous is resolved",
    ),
    Edit(
        "status that proves non-execution moved",
        lambda d: (
            operation(d, "cancel")["x-resolve"]["not_executed"].remove("Expired"),
            operation(d, "cancel")["x-resolve"]["executed"].append("Expired"),
        ),
        "major", "the same evidence has the opposite conclusion",
    ),
    Edit(
        "field that identifies a write removed",
        lambda d: operation(d, "new")["x-resolve"]["match"].pop("price"),
        "major", "an order with another price can be mistaken for the order in doubt",
    ),
    Edit(
        "method that waits removed",
        lambda d: operation(d, "status").pop("x-wait"),
        "major", "callers of the method fail",
    ),
    Edit(
        "method that walks a list removed",
        lambda d: operation(d, "trades").pop("x-walk"),
        "major", "callers of the method fail",
    ),
    Edit(
        "field of the status to wait for changed",
        lambda d: operation(d, "status")["x-wait"].update({"status": "result"}),
        "major", "a wait ends otherwise",
    ),
    Edit(
        "state of the life-cycle removed",
        lambda d: d["x-order-lifecycle"]["transitions"].pop("AttemptSettlement"),
        "major", "a wait for it is rejected",
    ),
    Edit(
        "state of the life-cycle added",
        lambda d: d["x-order-lifecycle"]["final"].append("Rejected"),
        "minor", "the exchange behaves so in any case",
    ),
    Edit(
        "value that means success added",
        lambda d: operation(d, "confirm")["x-success"]["result"].append("done"),
        "minor", "a response that raised is a result now",
    ),
    Edit(
        "value that means success removed",
        lambda d: operation(d, "new")["x-success"]["result"].remove("AwaitTargetConfirm"),
        "major", "a response that was a result raises now",
    ),
    Edit(
        "echo required",
        lambda d: operation(d, "broker/new").update({"x-echo": {"symbol": "clearing_id"}}),
        "major", "a response that was a result can raise now",
    ),
    Edit(
        "echo no longer required",
        lambda d: operation(d, "status").pop("x-echo"),
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
        lambda d: schema(d, "Limit").update({"x-reason": "InvalidQuantity"}),
        "minor", "the exchange decides what it sends; the documentation and the contract suite follow",
    ),
    Edit(
        "argument filled in by the signer",
        lambda d: field(d, "ListOrdersRequest", "funded").update({"x-injected": True}),
        "major", "the argument is gone",
    ),
    Edit(
        "order of the checks changed",
        lambda d: d["x-precedence"].reverse(),
        "minor", "a request with two errors gets another reason",
    ),
]  # fmt: skip
