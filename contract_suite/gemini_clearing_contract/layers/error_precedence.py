"""
Layer: two errors of different checks in one request; the check that is earlier in `x-precedence` must respond.

A server with another order gives an attacker information, or the caller a misleading error.
"""

import random
from collections.abc import Callable, Iterator
from itertools import combinations, product

from ..cases.negative_cases import NegativeCase, RequestDraft, negative_cases
from ..cases.values import UNKNOWN_ORDER_ID, UNKNOWN_SYMBOL, invalid_values
from ..run.run import Context
from ..run.session import Session
from ..spec import SpecOperation
from ..wire import OMITTED
from .bad_signatures import draft_for, send_draft

__all__ = ["run"]

Pair = tuple[NegativeCase, NegativeCase]
# With `all_pairs`, a pair of checks with more combinations is sampled too.
MOST_COMBINATIONS = 40


def run(context: Context) -> None:
    """Send pairs of negative cases for each pair of checks and each operation."""
    session = context.session()
    chooser = random.Random(context.seed)
    for operation in context.operations:
        by_check = _cases_by_check(session, operation)
        present = [check for check in context.spec.precedence if check in by_check]
        for earlier, later in combinations(present, 2):
            pairs = list(product(by_check[earlier], by_check[later]))
            for pair in _selected(context, chooser, pairs):
                _send_pair(context, session, operation, pair)


def _selected(context: Context, chooser: random.Random, pairs: list[Pair]) -> list[Pair]:
    if context.profile.all_pairs and len(pairs) < MOST_COMBINATIONS:
        return pairs
    return chooser.sample(pairs, min(context.profile.pairs, len(pairs)))


def _send_pair(context: Context, session: Session, operation: SpecOperation, pair: Pair) -> None:
    first, second = pair
    names = f"{first.name} and {second.name}"
    if context.begins(session, f"{operation.name}/{names}"):
        desk = session.ring.desks.get("auditor") if "role" in {first.check, second.check} else None
        draft = draft_for(session, operation, desk)
        # The later case is applied first, so that it cannot undo the earlier one.
        second.apply(draft)
        first.apply(draft)
        send_draft(session, draft, names)


def _cases_by_check(session: Session, operation: SpecOperation) -> dict[str, list[NegativeCase]]:
    found: dict[str, list[NegativeCase]] = {}
    for case in (*negative_cases(operation), *_cases_of_operation(session, operation)):
        found.setdefault(case.check, []).append(case)
    return found


def _cases_of_operation(session: Session, operation: SpecOperation) -> Iterator[NegativeCase]:
    """Yield the cases that depend on the operation's own fields, on roles, and on the business rules."""
    for name, schema in operation.own_fields.items():
        keyword, value = next(invalid_values(schema))
        yield NegativeCase(f"{name} violates {keyword}", "schema", schema["x-reason"], _setting(name, value))
        if name in operation.required:
            reason = schema.get("x-missing-reason", operation.request_schema["x-missing-reason"])
            yield NegativeCase(f"{name} missing", "schema", reason, _setting(name, OMITTED))
    account_key = "an account with an account key"
    yield NegativeCase(account_key, "account", "AccountsOnGroupOnlyApi", _setting("account", "primary"))
    if "auditor" in session.ring.desks and "Auditor" not in operation.roles:
        yield NegativeCase("a key without the role", "role", "MissingRole", lambda draft: None)
    reasons = {error.reason for error in operation.errors}
    if "clearing_id" in operation.fields and "OrderNotFound" in reasons:
        yield NegativeCase("an unknown order", "business", "OrderNotFound", _setting("clearing_id", UNKNOWN_ORDER_ID))
    elif "symbol" in operation.fields and "InvalidSymbol" in reasons:
        yield NegativeCase("an unknown symbol", "business", "InvalidSymbol", _setting("symbol", UNKNOWN_SYMBOL))


def _setting(name: str, value: object) -> Callable[[RequestDraft], None]:
    def apply(draft: RequestDraft) -> None:
        draft.body[name] = value

    return apply
