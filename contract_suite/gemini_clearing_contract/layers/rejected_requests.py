"""
Layer: a rejected request changes nothing.

Before and after rejections by every check, all lists of all desks and the status of a waiting order are compared. The
nonce of a request that was rejected before the nonce check is still unspent.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from attrs import frozen

from ..cases.caller_cases import UNKNOWN_ACCOUNT, foreign_accounts
from ..cases.negative_cases import NEGATIVE_CASES, NegativeCase, RequestDraft, negative_cases
from ..cases.values import UNKNOWN_DESK, UNKNOWN_ORDER_ID, UNKNOWN_SYMBOL, invalid_values, plain_value
from ..findings.checks import STATE_CHANGED
from ..findings.finding import Problem
from ..findings.text import shorten
from ..oracle.allowed_results import looks_like_id
from ..run.run import Context
from ..run.session import Session
from ..spec import SpecOperation
from ..wire import OMITTED, Caller, Desk, MasterKey, signed_request
from .bad_signatures import draft_for, send_draft
from .scenarios.desks import Desks

__all__ = ["run"]

BEFORE_THE_NONCE = frozenset({"key", "payload", "signature", "json", "endpoint", "schema"})
TERMS = {"symbol": "btcusd", "amount": "3", "price": "70"}


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
            _check_nonces(session, operation, state)


def _compare(session: Session, operation: SpecOperation, state: _State) -> None:
    before = _view(session, state)
    _send_rejected(session, operation, state)
    after = _view(session, state)
    for place, value in before.items():
        if value != after[place]:
            problem = Problem(STATE_CHANGED, place, shorten(value), shorten(after[place]))
            session.report(operation.name, problem)


def _send_rejected(session: Session, operation: SpecOperation, state: _State) -> None:
    """Send one request for each reason that otherwise would be executed."""
    desk = session.sender(operation)
    for case in _first_cases(operation):
        draft = draft_for(session, operation, desk)
        draft.body.update(_about(operation, state))
        case.apply(draft)
        send_draft(session, draft, case.name)
    fields = {**session.plain_body(operation), **_about(operation, state)}
    for change in (*_schema_changes(operation), *_business_changes(session, operation)):
        session.call(desk, operation, **{**fields, **change})
    session.call(desk, operation, **{**fields, "account": "primary"})
    for caller, change in _rejected_callers(session, operation):
        session.call(caller, operation, **{**fields, **change})
    if "auditor" in session.ring.desks and "Auditor" not in operation.roles:
        session.call("auditor", operation, **fields)
    if {"clearing_id", *TERMS} <= operation.required and "counterparty" in session.ring.desks:
        for change in ({"amount": "3.01"}, {"price": "70.01"}, {"side": "buy"}, {"symbol": "ethusd"}):
            session.call("counterparty", operation, **{**fields, **change})


def _rejected_callers(session: Session, operation: SpecOperation) -> Iterator[tuple[Caller, dict[str, Any]]]:
    """Yield the master keys and tokens that may not send a request of the initiator, each with the changed fields."""
    keys = session.ring.master_keys.values()
    for key in keys:
        for name in (OMITTED, UNKNOWN_ACCOUNT, *foreign_accounts(key, keys)):
            yield key, {"account": name}
        if not key.roles & operation.roles:
            yield key, {"account": next(iter(key.accounts))}
    for token in session.ring.tokens.values():
        if operation.scopes is not None and not operation.scopes <= token.scopes:
            yield token, {}


def _first_cases(operation: SpecOperation) -> list[NegativeCase]:
    """Return one case for each reason of each check, and every case of a body."""
    first: dict[tuple[str, str], NegativeCase] = {}
    for case in NEGATIVE_CASES:
        first.setdefault((case.check, case.reason), case)
    return [*first.values(), *negative_cases(operation)[len(NEGATIVE_CASES) :]]


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


def _schema_changes(operation: SpecOperation) -> Iterator[dict[str, Any]]:
    """Yield changes of a valid request: one for each reason that the request schema has."""
    seen: set[str] = set()
    for name, schema in operation.own_fields.items():
        values = [OMITTED] if name in operation.required else []
        if schema["x-reason"] not in seen:
            seen.add(schema["x-reason"])
            values.append(next(invalid_values(schema))[1])
        yield from ({name: value} for value in values)
    for name in operation.request_schema.get("dependentRequired", {}):
        yield {name: plain_value(operation, name)}


def _business_changes(session: Session, operation: SpecOperation) -> Iterator[dict[str, Any]]:
    """Yield changes of a valid request that a business rule must reject, for each reason that a request can cause."""
    own_id = session.sender(operation).counterparty_id
    # The sandbox does not report the account's own id.
    desks = (UNKNOWN_DESK, own_id) if looks_like_id(own_id) else (UNKNOWN_DESK,)
    too_fine = "0." + "0" * 98 + "1"
    values = {
        "clearing_id": (UNKNOWN_ORDER_ID,), "symbol": (UNKNOWN_SYMBOL,), "amount": (too_fine,), "price": (too_fine,),
        "expires_in_hrs": (10**9,), "counterparty_id": desks, "target_counterparty_id": desks,
    }  # fmt: skip
    is_about_an_order = "clearing_id" in operation.fields
    for name in operation.own_fields:
        if is_about_an_order and name != "clearing_id":
            continue
        yield from ({name: value} for value in values.get(name, ()))


def _check_nonces(session: Session, operation: SpecOperation, state: _State) -> None:
    """Send the nonce of each rejected request again in a valid one; the oracle decides whether it is still unspent."""
    for case in _first_cases(operation):
        if case.check in BEFORE_THE_NONCE:
            draft = draft_for(session, operation, session.sender(operation))
            case.apply(draft)
            _send_twice(session, draft, case.name, "the same nonce, unspent")
    for change in _schema_changes(operation):
        _send_changed(session, operation, change, f"invalid {', '.join(change)}", "the same nonce, unspent")
    sender = session.sender(operation)
    late = [(sender, change) for change in (*_business_changes(session, operation), {"account": "primary"})]
    late += _changes_of_orders(session, operation, state)
    if "auditor" in session.ring.desks:
        late.append((session.desk("auditor"), {}))
    late += [(one, change) for one, change in _rejected_callers(session, operation) if isinstance(one, MasterKey)]
    for desk, change in late:
        _send_changed(session, operation, change, "rejected after the nonce check", "the same nonce, spent", desk)


def _changes_of_orders(session: Session, operation: SpecOperation, state: _State) -> list[tuple[Desk, dict[str, Any]]]:
    """Return requests that are rejected because of an order, each with its desk."""
    desk, other = session.sender(operation), session.ring.desks.get("counterparty")
    fields = {"clearing_id": state.clearing_id, **TERMS, "side": "sell"}
    if fields.keys() <= operation.required:
        changes = ({"amount": "3.01"}, {"price": "70.01"}, {"side": "buy"}, {"symbol": "ethusd"})
        return [(desk, fields), *((other, {**fields, **change}) for change in changes if other)]
    if not operation.is_safe and operation.required == {"clearing_id"}:
        canceled = Desks(session).create("initiator", **TERMS, side="buy").clearing_id
        session.call(desk, operation, clearing_id=canceled)
        return [(desk, {"clearing_id": canceled})]
    return []


def _send_changed(
    session: Session,
    operation: SpecOperation,
    change: dict[str, Any],
    note: str,
    second_note: str,
    desk: Desk | None = None,
) -> None:
    draft = draft_for(session, operation, desk or session.sender(operation))
    draft.body.update(change)
    _send_twice(session, draft, note, second_note)


def _send_twice(session: Session, draft: RequestDraft, note: str, second_note: str) -> None:
    send_draft(session, draft, note)
    query = session.spec.queries[0]
    payload = session.payload(draft.desk, query, {"nonce": draft.body["nonce"]})
    request = signed_request(draft.desk, query.path, payload, repeats_body=query.repeats_body)
    session.send(request, draft.desk, payload, second_note)
