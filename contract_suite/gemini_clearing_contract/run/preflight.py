"""
Requests before the first layer: whether the target is this API, accepts the keys and has their counterparty ids, which
orders exist already, and which keys use time-based nonces if the credentials do not state it.

Only requests that any client may send are used. Findings are left to the layers.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from ..cases.values import plain_body
from ..errors import TargetError
from ..oracle.operations import ORDER_LISTS, CancelOrder, CreateOrder
from ..spec import SpecOperation
from ..wire import Caller, Desk, MasterKey
from .account_ids import check_account_ids
from .identification import has_known_reason, require_this_api
from .session import Session

__all__ = ["preflight"]


def preflight(session: Session, operations: Iterable[SpecOperation]) -> None:
    """
    Prepare a session with a target.

    Args:
        session: The session with the target.
        operations: The operations that may be sent.

    Raises:
        TargetError: The target is not this API, rejects the keys, or has other counterparty ids.
    """
    bodies = {caller.title: _probe(session, caller) for caller in _callers(session)}
    # An exchange in this process is one of this API, however broken.
    if not session.controls_clock:
        if not any(has_known_reason(session.spec, body) for body in bodies.values()):
            require_this_api(session, operations)
        _check_keys(session, bodies)
        if {CreateOrder.name, CancelOrder.name} <= {operation.name for operation in operations}:
            check_account_ids(session)
        for caller, fields in _one_for_each_account(session):
            _add_existing_orders(session, caller, fields)


def _callers(session: Session) -> Iterator[Caller]:
    yield from session.ring.by_key.values()
    yield from session.ring.tokens.values()


def _one_for_each_account(session: Session) -> Iterator[tuple[Caller, dict[str, str]]]:
    """Yield a caller that can list the orders of each account, and the fields that name the account."""
    desks = session.traders()
    seen = {desk.counterparty_id for desk in desks}
    yield from ((desk, {}) for desk in desks)
    for key in session.ring.master_keys.values():
        new = {name: number for name, number in key.accounts.items() if number not in seen}
        seen |= set(new.values())
        yield from ((key, {"account": name}) for name in new)
    yield from ((token, {}) for token in session.ring.tokens.values() if token.counterparty_id not in seen)


def _probe(session: Session, desk: Caller) -> Any:
    """Return the response to a first request of a caller, after the kind of a key's nonce is known."""
    fields = {"account": next(iter(desk.accounts))} if isinstance(desk, MasterKey) else {}
    body = _query(session, desk, session.spec.probe, fields)
    if not isinstance(desk, Desk) or not isinstance(body, dict) or body.get("reason") != "InvalidNonce":
        return body
    if desk.nonce_mode is None and "seconds of server time" in str(body.get("message")):
        session.ring.time_based.add(desk.api_key)
    elif not session.controls_clock and desk.api_key not in session.ring.time_based:
        # Another program has used nanoseconds as nonces of this key.
        session.continue_above(desk, int(session.target.now_ms()) * 1_000_000)
        return _query(session, desk, session.spec.probe, fields)
    return body


def _add_existing_orders(session: Session, caller: Caller, fields: dict[str, str]) -> None:
    for order_list in ORDER_LISTS:
        operation = session.spec.operations.get(order_list.name)
        body = _query(session, caller, operation, fields) if operation else None
        rows = body.get(order_list.rows) if isinstance(body, dict) else None
        for row in rows if isinstance(rows, list) else ():
            clearing_id = row.get(order_list.fields["clearing_id"]) if isinstance(row, dict) else None
            if isinstance(clearing_id, str):
                session.book.foreign.add(clearing_id)


def _check_keys(session: Session, bodies: dict[str, Any]) -> None:
    """Stop if the server rejects a key or a signature: each response would be a finding."""
    reasons = session.spec.reasons_of("key") | session.spec.reasons_of("signature")
    by_desk = {name: str(body.get("reason")) for name, body in bodies.items() if isinstance(body, dict)}
    rejected = [f"{name} with {reason}" for name, reason in by_desk.items() if reason in reasons]
    if rejected:
        message = f"{session.target.name} rejects correctly signed requests of {', '.join(rejected)}."
        raise TargetError(f"{message} Check that the credentials belong to this server.")


def _query(session: Session, caller: Caller, operation: SpecOperation, fields: dict[str, str]) -> Any:
    return session.ledger.line.query(session, caller, operation, {**plain_body(operation), **fields})
