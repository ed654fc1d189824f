"""
Layer: two errors of different checks in one request; the check that is earlier in `x-precedence` must respond.

A server with another order gives an attacker information, or the caller a misleading error.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import combinations, product
from typing import Any

from attrs import frozen

from ..cases.caller_cases import account_cases, foreign_accounts, token_cases
from ..cases.negative_cases import NegativeCase, RequestDraft, negative_cases
from ..cases.values import UNKNOWN_ORDER_ID, UNKNOWN_SYMBOL, invalid_values
from ..run.run import Context
from ..run.session import Session
from ..spec import SpecOperation
from ..wire import OMITTED, Caller
from .bad_signatures import draft_for, send_draft
from .callers import token_draft

__all__ = ["run"]

Pair = tuple[NegativeCase, NegativeCase]
# The caller is replaced by one without the role or the scope.
NO_ROLE = NegativeCase("a caller without the role or scope", "role", "MissingRole", lambda draft: None)
# A token has no signature and needs no nonce; `token_cases` has what can be wrong with the token itself.
CHECKS_OF_TOKENS = frozenset({"payload", "json", "endpoint"})
# The checks that depend on the kind of caller.
CHECKS_OF_CALLERS = frozenset({"key", "signature", "account", "role"})
# With `all_pairs`, a pair of checks with more combinations is sampled too.
MOST_COMBINATIONS = 40


def run(context: Context) -> None:
    """Send pairs of negative cases for each pair of checks, each operation and each kind of caller."""
    session = context.session()
    chooser = random.Random(context.seed)
    for operation in context.operations:
        for caller in _cases_by_caller(session, operation):
            present = [check for check in context.spec.precedence if check in caller.cases]
            for earlier, later in combinations(present, 2):
                if caller.is_small and not {earlier, later} & CHECKS_OF_CALLERS:
                    continue
                pairs = list(product(caller.cases[earlier], caller.cases[later]))
                for pair in _selected(context, chooser, pairs, is_small=caller.is_small):
                    _send_pair(context, session, caller, pair)


@frozen
class _CallerCases:
    """The negative cases of an operation by their check, for one kind of caller."""

    operation: SpecOperation
    # The caller in the name of a case.
    name: str
    cases: dict[str, list[NegativeCase]]
    # Makes a draft; if the argument is true, of a caller that has neither the role nor the scope.
    draft: Callable[[bool], RequestDraft]
    # Whether one pair of cases is enough for each pair of checks.
    is_small: bool = True


def _cases_by_caller(session: Session, operation: SpecOperation) -> Iterator[_CallerCases]:
    usual, auditor = session.desk("initiator"), session.ring.desks.get("auditor")
    cases = [*negative_cases(operation), *_cases_of_operation(operation)]
    account_key = "an account with an account key"
    cases.append(NegativeCase(account_key, "account", "AccountsOnGroupOnlyApi", _setting("account", "primary")))
    if auditor and "Auditor" not in operation.roles:
        cases.append(NO_ROLE)
    draft = partial(_draft, partial(draft_for, session, operation), usual, auditor)
    yield _CallerCases(operation, "", _by_check(cases), draft, is_small=False)
    yield from _cases_of_master_key(session, operation)
    yield from _cases_of_token(session, operation)


def _cases_of_master_key(session: Session, operation: SpecOperation) -> Iterator[_CallerCases]:
    keys = list(session.ring.master_keys.values())
    usual = next((key for key in keys if key.roles & operation.roles), None)
    other = next((key for key in keys if not key.roles & operation.roles), None)
    if usual is None:
        return
    cases = [*negative_cases(operation), *account_cases(usual, foreign_accounts(usual, keys))]
    cases += [*_cases_of_operation(operation), *([NO_ROLE] if other else [])]
    draft = partial(_draft, partial(draft_for, session, operation), usual, other)
    yield _CallerCases(operation, f"{usual.title}: ", _by_check(cases), draft)


def _cases_of_token(session: Session, operation: SpecOperation) -> Iterator[_CallerCases]:
    scopes, tokens = operation.scopes, list(session.ring.tokens.values())
    if scopes is None:
        return
    usual = next((token for token in tokens if scopes <= token.scopes), None)
    other = next((token for token in tokens if not scopes <= token.scopes), None)
    if usual is None:
        return
    cases = [case for case in negative_cases(operation) if case.check in CHECKS_OF_TOKENS]
    cases += [*token_cases(session.spec), *_cases_of_operation(operation), *([NO_ROLE] if other else [])]
    draft = partial(_draft, partial(token_draft, session, operation), usual, other)
    yield _CallerCases(operation, f"{usual.title}: ", _by_check(cases), draft)


def _draft(make: Callable[[Any], RequestDraft], usual: Caller, other: Caller | None, lacks_right: bool) -> RequestDraft:
    return make(other if lacks_right and other else usual)


def _selected(context: Context, chooser: random.Random, pairs: list[Pair], *, is_small: bool) -> list[Pair]:
    if is_small:
        return [chooser.choice(pairs)]
    if context.profile.all_pairs and len(pairs) < MOST_COMBINATIONS:
        return pairs
    return chooser.sample(pairs, min(context.profile.pairs, len(pairs)))


def _send_pair(context: Context, session: Session, caller: _CallerCases, pair: Pair) -> None:
    first, second = pair
    names = f"{caller.name}{first.name} and {second.name}"
    if context.begins(session, f"{caller.operation.name}/{names}"):
        draft = caller.draft("role" in {first.check, second.check})
        # The later case is applied first, so that it cannot undo the earlier one.
        second.apply(draft)
        first.apply(draft)
        send_draft(session, draft, names)


def _by_check(cases: Iterable[NegativeCase]) -> dict[str, list[NegativeCase]]:
    found: dict[str, list[NegativeCase]] = {}
    for case in cases:
        found.setdefault(case.check, []).append(case)
    return found


def _cases_of_operation(operation: SpecOperation) -> Iterator[NegativeCase]:
    """Yield the cases that depend on the operation's own fields, and on the business rules."""
    for name, schema in operation.own_fields.items():
        keyword, value = next(invalid_values(schema))
        yield NegativeCase(f"{name} violates {keyword}", "schema", schema["x-reason"], _setting(name, value))
        if name in operation.required:
            reason = schema.get("x-missing-reason", operation.request_schema["x-missing-reason"])
            yield NegativeCase(f"{name} missing", "schema", reason, _setting(name, OMITTED))
    reasons = {error.reason for error in operation.errors}
    if "clearing_id" in operation.fields and "OrderNotFound" in reasons:
        yield NegativeCase("an unknown order", "business", "OrderNotFound", _setting("clearing_id", UNKNOWN_ORDER_ID))
    elif "symbol" in operation.fields and "InvalidSymbol" in reasons:
        yield NegativeCase("an unknown symbol", "business", "InvalidSymbol", _setting("symbol", UNKNOWN_SYMBOL))


def _setting(name: str, value: object) -> Callable[[RequestDraft], None]:
    def apply(draft: RequestDraft) -> None:
        draft.body[name] = value

    return apply
