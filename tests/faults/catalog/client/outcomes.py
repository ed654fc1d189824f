"""Faults in how the client determines the outcome of a write whose response was lost."""

from tests.faults.catalog.layers import CLIENT_OUTCOMES
from tests.faults.catalog.source_text import Row, client_faults

__all__ = ["OUTCOME_FAULTS"]

# What the generated client declares as evidence.
DECLARATIONS: tuple[Row, ...] = (
    (
        "treats a canceled order as confirmed",
        CLIENT_OUTCOMES,
        'executed=("Confirmed", "AttemptSettlement", "Settled")',
        'executed=("Confirmed", "AttemptSettlement", "Settled", "Canceled")',
    ),
    (
        "does not treat a waiting order as proof that a confirmation was not executed",
        CLIENT_OUTCOMES,
        'not_executed=("AwaitConfirm", "AwaitSourceTargetConfirm", "Canceled")',
        'not_executed=("Canceled",)',
    ),
    (
        "swaps source and target when it interprets a status",
        CLIENT_OUTCOMES,
        'executed_if_equal=("AwaitTargetConfirm",),\n        executed_if_different=("AwaitSourceConfirm",)',
        'executed_if_equal=("AwaitSourceConfirm",),\n        executed_if_different=("AwaitTargetConfirm",)',
    ),
    (
        "cannot resolve a lost cancellation",
        CLIENT_OUTCOMES,
        '    resolve=ResolveByStatus(\n        operation=GET_ORDER,\n        match={"clearing_id": "clearing_id"},\n        status="status",\n        executed=("Canceled",)',
        '    resolve=None and ResolveByStatus(\n        operation=GET_ORDER,\n        match={"clearing_id": "clearing_id"},\n        status="status",\n        executed=("Canceled",)',
    ),
    ("ignores the price when it searches for a lost order", CLIENT_OUTCOMES, '            "price": "price",\n', ""),
)
# How the runtime queries the exchange and compares orders.
QUERIES: tuple[Row, ...] = (
    (
        "treats two matching orders as one",
        CLIENT_OUTCOMES,
        "Outcome.EXECUTED if len(matching) == 1 else",
        "Outcome.EXECUTED if len(matching) <= 2 else",
    ),
    (
        "matches an order that agrees in one field",
        CLIENT_OUTCOMES,
        "return all(_is_same(sent[source]",
        "return any(_is_same(sent[source]",
    ),
    (
        "does not treat an empty list as proof",
        CLIENT_OUTCOMES,
        "Outcome.AMBIGUOUS if _clocks_differ(listed) else Outcome.NOT_EXECUTED",
        "Outcome.AMBIGUOUS",
    ),
    (
        "does not treat a missing order as proof",
        CLIENT_OUTCOMES,
        "return Resolution(Outcome.NOT_EXECUTED)  #",
        "return Resolution(Outcome.AMBIGUOUS)  #",
    ),
    (
        "starts the search window after the order was sent",
        CLIENT_OUTCOMES,
        "start: sent_at - _MAX_SKEW",
        "start: sent_at + _MAX_SKEW",
    ),
    (
        "ends the search window before the order was sent",
        CLIENT_OUTCOMES,
        "end: _time.utc_now() + _MAX_SKEW",
        "end: sent_at - _MAX_SKEW",
    ),
    (
        "omits the account from the query for a lost order",
        CLIENT_OUTCOMES,
        "arguments | _account(operation, sent, rule.operation))\n            matching",
        "arguments)\n            matching",
    ),
    (
        "compares amounts as strings",
        CLIENT_OUTCOMES,
        "        return Decimal(sent) == listed\n",
        "        return str(sent) == str(listed)\n",
    ),
    (
        "compares symbols case-sensitively",
        CLIENT_OUTCOMES,
        "str(sent).upper() == str(listed).upper()",
        "str(sent) == str(listed)",
    ),
)
OUTCOME_FAULTS = (*client_faults("gemini_clearing", DECLARATIONS), *client_faults("gemini_clearing_runtime", QUERIES))
