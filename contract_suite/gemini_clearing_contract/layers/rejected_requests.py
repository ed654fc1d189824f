"""
Layer: a rejected request changes nothing.

Before and after rejections by every check, all lists of all desks and the status of a waiting order are compared. The
nonce of a request that was rejected before the nonce check is still unspent.
"""

from decimal import Decimal
from typing import Any

from attrs import frozen

from ..cases.negative_cases import NEGATIVE_CASES, NegativeCase
from ..cases.values import invalid_values
from ..findings.checks import STATE_CHANGED
from ..findings.finding import Problem
from ..findings.text import shorten
from ..run.run import Context
from ..run.session import Session
from ..spec import SpecOperation
from ..wire import signed_request
from .bad_signatures import draft_for, send_draft
from .scenarios.desks import Desks

__all__ = ["run"]

BEFORE_THE_NONCE = frozenset({"key", "payload", "signature", "json", "endpoint", "schema"})
TERMS = {"symbol": "btcusd", "amount": "3", "price": "70"}
# One for each check.
FIRST_CASES: dict[str, NegativeCase] = {}
for _case in NEGATIVE_CASES:
    FIRST_CASES.setdefault(_case.check, _case)


@frozen
class _State:
    """The compared orders: a waiting order, and the orders created since the start."""

    clearing_id: str
    start_ms: Decimal
    # Orders that existed before; they may settle or expire meanwhile if the suite does not control the clock.
    earlier: frozenset[str]


def run(context: Context) -> None:
    """Send requests that every check rejects, for every operation, while an order waits."""
    session = context.session()
    earlier = frozenset({*session.book.orders, *session.book.foreign})
    placed = Desks(session).create(session.desk("initiator"), **TERMS, side="buy").clearing_id
    state = _State(placed, session.target.now_ms() - session.target.tolerance_ms - 1, earlier)
    for operation in context.spec.operations.values():
        if context.begins(session, f"{operation.name}/rejections"):
            _compare(session, operation, state)
        if context.begins(session, f"{operation.name}/nonces of rejected requests"):
            _check_nonces(session, operation)


def _compare(session: Session, operation: SpecOperation, state: _State) -> None:
    before = _view(session, state)
    _send_rejected(session, operation, state)
    after = _view(session, state)
    for place, value in before.items():
        if value != after[place]:
            problem = Problem(STATE_CHANGED, place, shorten(value), shorten(after[place]))
            session.report(operation.name, problem)


def _send_rejected(session: Session, operation: SpecOperation, state: _State) -> None:
    """Send one request for each check that otherwise would be executed."""
    for check in session.spec.precedence:
        if check in FIRST_CASES:
            draft = draft_for(session, operation)
            draft.body.update(_about(operation, state))
            FIRST_CASES[check].apply(draft)
            send_draft(session, draft, FIRST_CASES[check].name)
    fields = {**session.plain_body(operation), **_about(operation, state)}
    for name, schema in operation.own_fields.items():
        _, value = next(invalid_values(schema))
        session.call("initiator", operation, **{**fields, name: value})
    session.call("initiator", operation, **{**fields, "account": "primary"})
    if "auditor" in session.ring.desks and "Auditor" not in operation.roles:
        session.call("auditor", operation, **fields)
    if {"clearing_id", *TERMS} <= operation.required and "counterparty" in session.ring.desks:
        for change in ({"amount": "3.01"}, {"price": "70.01"}, {"side": "buy"}, {"symbol": "ethusd"}):
            session.call("counterparty", operation, **{**fields, **change})


def _about(operation: SpecOperation, state: _State) -> dict[str, Any]:
    """Return the required fields with the values of the order that waits."""
    values = {"clearing_id": state.clearing_id, **TERMS, "side": "sell"}
    return {name: value for name, value in values.items() if name in operation.required}


def _view(session: Session, state: _State) -> dict[str, str]:
    """Return as text everything that the exchange reports about new orders."""
    seen = {}
    for operation in session.spec.operations.values():
        if operation.is_safe and not operation.required:
            since = {"timestamp": int(state.start_ms)} if "timestamp" in operation.fields else {}
            for desk in session.traders():
                body = session.call(desk, operation, **since).body
                seen[f"{operation.name} of {desk.name}"] = str(_new_rows(body, state.earlier))
        elif operation.is_safe and operation.required == {"clearing_id"}:
            body = session.call("initiator", operation, clearing_id=state.clearing_id).body
            seen[operation.name] = str(body)
    return seen


def _new_rows(body: Any, earlier: frozenset[str]) -> list[Any]:
    """Return the rows of a list without earlier orders; the whole body if it is not a list of rows."""
    rows = next((value for value in body.values() if isinstance(value, list)), None) if isinstance(body, dict) else None
    return [row for row in ([body] if rows is None else rows) if not _ids(row) & earlier]


def _ids(row: Any) -> frozenset[Any]:
    ids = (row.get("clearing_id"), row.get("clearingId")) if isinstance(row, dict) else ()
    return frozenset(one for one in ids if isinstance(one, str))


def _check_nonces(session: Session, operation: SpecOperation) -> None:
    """Send the nonce of each rejected request again in a valid one; the oracle decides whether it is still unspent."""
    for check, case in FIRST_CASES.items():
        if check in BEFORE_THE_NONCE:
            draft = draft_for(session, operation)
            case.apply(draft)
            _send_twice(session, draft, case.name, "the same nonce, unspent")
    for name, schema in list(operation.own_fields.items())[:1]:
        draft = draft_for(session, operation)
        draft.body[name] = next(invalid_values(schema))[1]
        _send_twice(session, draft, f"invalid {name}", "the same nonce, unspent")
    for who, more in (("initiator", {"account": "primary"}), ("auditor", {})):
        if who in session.ring.desks:
            draft = draft_for(session, operation, session.desk(who))
            draft.body.update(more)
            _send_twice(session, draft, "rejected after the nonce check", "the same nonce, spent")


def _send_twice(session: Session, draft: Any, note: str, second_note: str) -> None:
    send_draft(session, draft, note)
    query = session.spec.queries[0]
    payload = session.payload(draft.desk, query, {"nonce": draft.body["nonce"]})
    session.send(signed_request(draft.desk, query.path, payload), draft.desk, payload, second_note)
