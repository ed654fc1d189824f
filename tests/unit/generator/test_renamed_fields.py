"""New names on the wire: the client declares what the runtime needs of a field, so `resolve()` keeps working."""

from tests.unit.generator.specs import ROOT, replaced

SPEC = (ROOT / "openapi/clearing.yaml").read_text("utf-8")

# Loses the response to `create_order`, and resolves it with a list that has the order under the new name.
RESOLVE = """
import json, time, httpx, gemini_clearing as package
def respond(request):
    if request.url.path == "/v1/clearing/new":
        raise httpx.ReadTimeout("lost")
    row = {"clearing_id": "A", "symbol": "BTCUSD", "side": "buy", "price": 2, "orderQuantity": 1,
           "condition": "Settled", "submission": int(time.time() * 1000), "expiration": 2}
    return httpx.Response(200, json={"result": "success", "openOrders": [row]})
client = package.GeminiClearing(api_key="account-demo", api_secret="demo", transport=httpx.MockTransport(respond))
try:
    client.create_order(symbol="btcusd", amount=1, price=2, side="buy")
except package.OutcomeUnknownError as error:
    resolution = error.resolve()
print(json.dumps([resolution.outcome, [str(order.order_quantity) for order in resolution.evidence]]))
"""


def test_new_names_on_the_wire_do_not_break_resolve(render):
    """The list, the status and the quantity get new names in the real spec; `resolve()` still finds the order."""
    head, listed, tail = SPEC.partition("    ListedOrder:\n")
    listed_order, rest = tail.split("    OrderList:\n", 1)
    order_list, rest = rest.split("    PlacedBrokerOrder:\n", 1)
    listed_order = listed_order.replace("quantity", "orderQuantity").replace("status", "condition")
    order_list = order_list.replace("orders", "openOrders")
    spec = f"{head}{listed}{listed_order}    OrderList:\n{order_list}    PlacedBrokerOrder:\n{rest}"
    match = "price: price, amount: quantity, counterparty_id: counterparty_id"
    rendered = render(replaced(spec, match, match.replace("amount: quantity", "amount: orderQuantity")))
    assert rendered.code == 0

    assert rendered.execute(RESOLVE) == ["executed", ["1"]]


STATUS = """
import json, httpx, gemini_clearing as package
def respond(request):
    if request.url.path == "/v1/clearing/confirm":
        raise httpx.ReadTimeout("lost")
    return httpx.Response(200, json={"orderStatus": "AwaitSourceConfirm", "sourceSide": "buy"})
client = package.GeminiClearing(api_key="account-demo", api_secret="demo", transport=httpx.MockTransport(respond))
outcomes = []
for side in ("buy", "sell"):
    try:
        client.confirm_order(clearing_id="A", symbol="btcusd", amount=1, price=2, side=side)
    except package.OutcomeUnknownError as error:
        outcomes.append(error.resolve().outcome)
print(json.dumps(outcomes))
"""


def test_new_names_of_status_and_side_do_not_break_resolve(render):
    """The rule for a status uses the fields that `x-resolve` names, with any names."""
    head, details, tail = SPEC.partition("    OrderDetails:\n")
    order_details, rest = tail.split("    CanceledOrder:\n", 1)
    for old, new in (
        ("        side:", "        sourceSide:"),
        ("        status:", "        orderStatus:"),
        ("required: [status]", "required: [orderStatus]"),
    ):
        order_details = replaced(order_details, old, new)
    spec = f"{head}{details}{order_details}    CanceledOrder:\n{rest}"
    spec = spec.replace("status: status\n", "status: orderStatus\n").replace("status: status}", "status: orderStatus}")
    rendered = render(replaced(spec, "side: {side: side}", "side: {side: sourceSide}"))
    assert rendered.code == 0

    # The order still waits for its source, so the desk with the opposite side has confirmed it.
    assert rendered.execute(STATUS) == ["not executed", "executed"]


MASTER_KEY = """
import json, httpx, gemini_clearing as package
sent = []
def respond(request):
    sent.append(json.loads(request.extensions["gemini_clearing.signed"].payload_json))
    if request.url.path == "/v1/clearing/cancel":
        raise httpx.ReadTimeout("lost")
    return httpx.Response(404, json={"error": {"what": "OrderNotFound", "why": "Gone."}})
client = package.GeminiClearing(
    api_key="master-demo", api_secret="demo", account="desk", transport=httpx.MockTransport(respond))
try:
    client.cancel_order(clearing_id="A")
except package.OutcomeUnknownError as error:
    outcome = error.resolve(settle=0).outcome
print(json.dumps([outcome, [payload["subAccount"] for payload in sent]]))
"""


def test_new_names_of_account_and_error_fields_are_declared(render):
    """The account of the client and the format of error responses are those of the spec."""
    spec = SPEC.replace("        account: {$ref", "        subAccount: {$ref")
    spec = replaced(spec, "reason: [reason, error.reason", "reason: [reason, error.what, error.reason")

    assert render(spec).execute(MASTER_KEY) == ["not executed", ["desk", "desk"]]
