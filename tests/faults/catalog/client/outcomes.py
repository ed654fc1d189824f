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
        '{"AwaitTargetConfirm": "source", "AwaitSourceConfirm": "target"}',
        '{"AwaitTargetConfirm": "target", "AwaitSourceConfirm": "source"}',
    ),
    (
        "cannot resolve a lost cancellation",
        CLIENT_OUTCOMES,
        '    resolve=ResolveByStatus(\n        operation=GET_ORDER,\n        match={"clearing_id": "clearing_id"},\n        executed=("Canceled",)',
        '    resolve=None and ResolveByStatus(\n        operation=GET_ORDER,\n        match={"clearing_id": "clearing_id"},\n        executed=("Canceled",)',
    ),
    ("ignores the price when it searches for a lost order", CLIENT_OUTCOMES, '            "price": "price",\n', ""),
)
# How the runtime queries the exchange and compares orders.
QUERIES: tuple[Row, ...] = (
    (
        "treats two matching orders as one",
        CLIENT_OUTCOMES,
        "outcomes = {0: absent, 1: Outcome.EXECUTED}",
        "outcomes = {0: absent, 1: Outcome.EXECUTED, 2: Outcome.EXECUTED}",
    ),
    (
        "matches an order that agrees in one field",
        CLIENT_OUTCOMES,
        "return all(_same(sent[ours]",
        "return any(_same(sent[ours]",
    ),
    (
        "does not treat an empty list as proof",
        CLIENT_OUTCOMES,
        "absent = Outcome.AMBIGUOUS if _clocks_differ(listed) else Outcome.NOT_EXECUTED",
        "absent = Outcome.AMBIGUOUS",
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
        "start: sent_at - _SKEW",
        "start: sent_at + _SKEW",
    ),
    (
        "ends the search window before the order was sent",
        CLIENT_OUTCOMES,
        "end: _time.utc_now() + _SKEW",
        "end: sent_at - _SKEW",
    ),
    (
        "omits the account from the query for a lost order",
        CLIENT_OUTCOMES,
        "return Query(ask.operation, filters | _account(sent))",
        "return Query(ask.operation, filters)",
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
