"""
Layer: a refused request leaves no trace.

Before and after every kind of refusal the exchange is asked for everything that it tells: all lists, for all desks,
and how an order stands.  The nonce of a request that was refused before its nonce was checked is still good.
"""

from __future__ import annotations

from typing import Any

from ..cases.negative_cases import NEGATIVE_CASES
from ..cases.values import invalid_values
from ..findings.finding import Problem
from ..findings.text import shorten
from ..run.run import Context
from ..run.session import Session
from ..spec import SpecOperation
from ..wire import signed_request
from .bad_signatures import draft_for

__all__ = ["run"]

VIEWS = ("list_orders", "list_broker_orders", "list_trades")
BEFORE_THE_NONCE = frozenset({"key", "payload", "signature", "json", "endpoint", "schema"})


def run(context: Context) -> None:
    """Refusals of every check on every operation, on an exchange that holds an order of each kind."""
    session = context.session()
    before = {*session.oracle.book.orders, *session.oracle.book.foreign}
    placed = _furnish(session)
    start = session.target.now_ms() - session.target.tolerance_ms - 1
    for operation in context.spec.operations.values():
        if context.starts(session, f"{operation.name}/refusals"):
            seen = _view(session, placed, start, before)
            _refuse(session, operation, placed)
            after = _view(session, placed, start, before)
            for place, value in seen.items():
                if value != after[place]:
                    session.report(
                        operation.name, Problem("refused leaves no trace", place, shorten(value), shorten(after[place]))
                    )
        if context.starts(session, f"{operation.name}/nonces of refused requests"):
            _nonces(context, session, operation)


def _furnish(session: Session) -> str:
    """An order that waits, so that there is something to leave a trace on."""
    desk = session.desk("initiator")
    return session.call(desk, "create_order", symbol="btcusd", amount="3", price="70", side="buy").clearing_id


def _refuse(session: Session, operation: SpecOperation, clearing_id: str) -> None:
    """One refusal of each check, with a request that would otherwise succeed."""
    for check in session.spec.precedence:
        negative_case = next((negative_case for negative_case in NEGATIVE_CASES if negative_case.check == check), None)
        if negative_case is not None:
            draft = draft_for(session, operation)
            _aim(draft.body, clearing_id)
            negative_case.apply(draft)
            session.send(draft.build(), draft.desk, draft.payload_json(), negative_case.name)
    fields = _aim(dict(draft_for(session, operation).body), clearing_id)
    fields.pop("nonce")
    for name, schema in operation.own_fields.items():
        _, value = next(invalid_values(schema))
        session.call("initiator", operation.name, **{**fields, name: value})
    session.call("initiator", operation.name, **{**fields, "account": "primary"})
    if "auditor" in session.ring.desks and "Auditor" not in operation.roles:
        session.call("auditor", operation.name, **fields)
    if operation.name == "confirm_order" and "counterparty" in session.ring.desks:
        for change in ({"amount": "3.01"}, {"price": "70.01"}, {"side": "buy"}, {"symbol": "ethusd"}):
            session.call("counterparty", operation.name, **{**fields, **change})


def _aim(body: dict[str, Any], clearing_id: str) -> dict[str, Any]:
    """Make a request about the order that waits."""
    aimed = {"clearing_id": clearing_id, "amount": "3", "price": "70", "side": "sell", "symbol": "btcusd"}
    body.update({name: value for name, value in aimed.items() if name in body})
    return body


def _view(session: Session, clearing_id: str, start_ms: Any, earlier: set[str]) -> dict[str, str]:
    """Everything that the exchange tells of this layer's own order, and of any that nobody placed, as text."""
    seen = {}
    for desk in session.traders():
        for view in VIEWS:
            body = session.call(desk, view, timestamp=int(start_ms)).body
            rows = (body.get("orders") or body.get("results") or []) if isinstance(body, dict) else [body]
            # Earlier orders may settle or expire meanwhile, where the clock is not ours.
            own = [
                row
                for row in rows
                if not isinstance(row, dict) or not {row.get("clearing_id"), row.get("clearingId")} & earlier
            ]
            seen[f"{view} of {desk.name}"] = str(own)
    seen["get_order"] = str(session.call("initiator", "get_order", clearing_id=clearing_id).body)
    return seen


def _nonces(context: Context, session: Session, operation: SpecOperation) -> None:
    """After each early refusal the same nonce again, in a request without fault; the judge knows what it is worth."""
    checks: set[str] = set()
    listing = context.spec.operations["list_orders"]
    for negative_case in NEGATIVE_CASES:
        if negative_case.check in BEFORE_THE_NONCE and negative_case.check not in checks:
            checks.add(negative_case.check)
            draft = draft_for(session, operation)
            negative_case.apply(draft)
            session.send(draft.build(), draft.desk, draft.payload_json(), negative_case.name)
            payload = session.payload(draft.desk, listing, {"nonce": draft.body["nonce"], "limit_orders": 1})
            session.send(
                signed_request(draft.desk, listing.path, payload), draft.desk, payload, "the same nonce, unspent"
            )
    for name, schema in list(operation.own_fields.items())[:1]:
        draft = draft_for(session, operation)
        draft.body[name] = next(invalid_values(schema))[1]
        session.send(draft.build(), draft.desk, draft.payload_json(), f"a bad {name}")
        payload = session.payload(draft.desk, listing, {"nonce": draft.body["nonce"], "limit_orders": 1})
        session.send(signed_request(draft.desk, listing.path, payload), draft.desk, payload, "the same nonce, unspent")
    for who, spending in (("initiator", {"account": "primary"}), ("auditor", {})):
        if who in session.ring.desks:
            draft = draft_for(session, operation, session.desk(who))
            draft.body.update(spending)
            session.send(draft.build(), draft.desk, draft.payload_json(), "refused after the nonce was checked")
            payload = session.payload(draft.desk, listing, {"nonce": draft.body["nonce"], "limit_orders": 1})
            session.send(
                signed_request(draft.desk, listing.path, payload), draft.desk, payload, "the same nonce, spent"
            )
