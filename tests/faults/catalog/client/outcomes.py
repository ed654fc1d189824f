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
        "    if len(matching) > 1:",
        "    if len(matching) > 2:",
    ),
    (
        "matches an order that agrees in one field",
        CLIENT_OUTCOMES,
        "return all(value is None or is_same(wanted, value)",
        "return any(value is None or is_same(wanted, value)",
    ),
    (
        "does not treat an empty list as proof",
        CLIENT_OUTCOMES,
        "        if context.clock.is_known:\n",
        "        if False:\n",
    ),
    (
        "does not treat a missing order as proof",
        CLIENT_OUTCOMES,
        "        return _Finding(Resolution(Outcome.NOT_EXECUTED), seen=",
        "        return _Finding(Resolution(Outcome.AMBIGUOUS), seen=",
    ),
    (
        "starts the search window after the order was sent",
        CLIENT_OUTCOMES,
        "    return _Window(start, end + _MARGIN, ",
        "    return _Window(sent + 60 * _MARGIN, end + 60 * _MARGIN, ",
    ),
    (
        "ends the search window before the order was sent",
        CLIENT_OUTCOMES,
        "    return _Window(start, end + _MARGIN, ",
        "    return _Window(sent - 60 * _MARGIN, sent - _MARGIN, ",
    ),
    (
        "omits the account from the query for a lost order",
        CLIENT_OUTCOMES,
        "listed = yield Query(rule.operation, arguments | _account(operation, doubt.sent, rule.operation))",
        "listed = yield Query(rule.operation, arguments)",
    ),
    (
        "compares amounts as strings",
        CLIENT_OUTCOMES,
        "            return Decimal(sent) == Decimal(received)\n",
        "            return str(sent) == str(received)\n",
    ),
    (
        "compares symbols case-sensitively",
        CLIENT_OUTCOMES,
        "str(sent).upper() == str(received).upper()",
        "str(sent) == str(received)",
    ),
    (
        "concludes from the first query that a write was not executed",
        CLIENT_OUTCOMES,
        "end_s = first_answer_s + settle_s + ",
        "end_s = first_answer_s + ",
    ),
    (
        "ignores a row that it cannot read",
        CLIENT_OUTCOMES,
        "    if any(may_match(rule, doubt.sent, row) for row in listed.unreadable):",
        "    if False:",
    ),
    (
        "takes every row that it cannot read for the lost order",
        CLIENT_OUTCOMES,
        "    if not isinstance(row, dict):\n        return True\n",
        "    return True\n",
    ),
    (
        "takes an order of an earlier time for the lost one",
        CLIENT_OUTCOMES,
        "        and _is_within(getattr(row, rule.submitted), window)\n",
        "",
    ),
)
OUTCOME_FAULTS = (*client_faults("gemini_clearing", DECLARATIONS), *client_faults("gemini_clearing_runtime", QUERIES))
