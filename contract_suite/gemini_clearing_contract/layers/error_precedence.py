"""
Layer: two faults at once, of different checks; the earlier in `x-precedence` must answer.

A server that makes its checks in another order tells an attacker more than it should, or a caller the wrong thing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import product

from ..cases.negative_cases import NEGATIVE_CASES, NegativeCase, RequestDraft
from ..cases.values import NO_ORDER, NO_SYMBOL, invalid_values
from ..run.run import Context
from ..run.session import Session
from ..spec import SpecOperation
from ..wire import OMITTED
from .bad_signatures import draft_for

__all__ = ["run"]


def run(context: Context) -> None:
    """Every pair of checks on every operation; in most profiles a few pairs of flaws for each."""
    session = context.session()
    chooser = random.Random(context.seed)
    for operation in context.operations:
        by_check = _flaws_by_check(session, operation)
        order = [check for check in context.spec.precedence if check in by_check]
        for index, early in enumerate(order):
            for late in order[index + 1 :]:
                pairs = list(product(by_check[early], by_check[late]))
                every = context.profile.pairs_of_everything and len(pairs) < 40
                for first, second in pairs if every else _some(pairs, chooser, context.profile.pairs):
                    _pair(context, session, operation, first, second)


def _some(
    pairs: list[tuple[NegativeCase, NegativeCase]], chooser: random.Random, number: int
) -> list[tuple[NegativeCase, NegativeCase]]:
    return chooser.sample(pairs, min(number, len(pairs)))


def _pair(
    context: Context, session: Session, operation: SpecOperation, first: NegativeCase, second: NegativeCase
) -> None:
    name = f"{operation.name}/{first.name} and {second.name}"
    if context.starts(session, name):
        desk = session.ring.desks.get("auditor") if "role" in {first.check, second.check} else None
        draft = draft_for(session, operation, desk)
        # The later one first: what it does to the body must not undo the earlier one.
        second.apply(draft)
        first.apply(draft)
        session.send(draft.build(), draft.desk, draft.payload_json(), f"{first.name} and {second.name}")


def _flaws_by_check(session: Session, operation: SpecOperation) -> dict[str, list[NegativeCase]]:
    found: dict[str, list[NegativeCase]] = {}
    for negative_case in (*NEGATIVE_CASES, *_of_operation(session, operation)):
        found.setdefault(negative_case.check, []).append(negative_case)
    return found


def _of_operation(session: Session, operation: SpecOperation) -> Iterator[NegativeCase]:
    """The flaws that depend on the operation's own fields, on roles, and on the business rules."""
    for name, schema in operation.own_fields.items():
        keyword, value = next(invalid_values(schema))
        yield NegativeCase(f"{name} breaks {keyword}", "schema", schema["x-reason"], _setting(name, value))
        if name in operation.required:
            reason = schema.get("x-missing-reason", operation.request_schema["x-missing-reason"])
            yield NegativeCase(f"{name} left out", "schema", reason, _setting(name, OMITTED))
    yield NegativeCase(
        "an account that needs none", "account", "AccountsOnGroupOnlyApi", _setting("account", "primary")
    )
    if "auditor" in session.ring.desks and "Auditor" not in operation.roles:
        yield NegativeCase("a key without the role", "role", "MissingRole", _nothing)
    if "clearing_id" in operation.fields:
        yield NegativeCase("an order that is not there", "business", "OrderNotFound", _setting("clearing_id", NO_ORDER))
    else:
        yield NegativeCase("a symbol that is not cleared", "business", "InvalidSymbol", _setting("symbol", NO_SYMBOL))


def _setting(name: str, value: object) -> Callable[[RequestDraft], None]:
    def apply(draft: RequestDraft) -> None:
        draft.body[name] = value

    return apply


def _nothing(draft: RequestDraft) -> None:
    """The flaw is in the desk that sends it."""
