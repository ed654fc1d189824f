"""
What is there before a run: which keys take the time for a nonce, and which orders the suite did not place.

It asks only what any client may ask.  Nothing is judged here: the layers do that.
"""

from __future__ import annotations

from typing import Any

from ..findings.text import shorten
from ..targets.target import TargetError
from ..wire import Desk, read_body, render_json, signed_request
from .session import Session

__all__ = ["preflight"]


def preflight(session: Session) -> None:
    """Tell time-based keys from incremental ones; take down the orders that are already there."""
    answers = {}
    for name, desk in session.ring.desks.items():
        answer = _ask(session, desk, "get_order", {"clearing_id": "ZZZZZZZ0"})
        if isinstance(answer, dict) and answer.get("reason") == "InvalidNonce":
            if "seconds of server time" in str(answer.get("message")):
                session.ring.time_based.add(desk.api_key)
            elif session.target.tolerance_ms:
                # Other software has used this key with nanoseconds for a nonce.
                session.go_on_above(desk, int(session.target.now_ms()) * 1_000_000)
                answer = _ask(session, desk, "get_order", {"clearing_id": "ZZZZZZZ0"})
        answers[name] = answer
    if not any(isinstance(answer, dict) for answer in answers.values()):
        raise TargetError(_no_api(session))
    if session.target.tolerance_ms:
        _check_keys(session, answers)
        for desk in session.traders():
            for listing, rows, name in (
                ("list_orders", "orders", "clearing_id"),
                ("list_broker_orders", "orders", "clearing_id"),
                ("list_trades", "results", "clearingId"),
            ):
                answer = _ask(session, desk, listing, {})
                found = answer.get(rows) if isinstance(answer, dict) else None
                listed = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
                session.oracle.book.foreign |= {row[name] for row in listed if isinstance(row.get(name), str)}


def _check_keys(session: Session, answers: dict[str, Any]) -> None:
    """Keys of another server would make a finding of every answer."""
    reasons = session.spec.reasons_of("key") | session.spec.reasons_of("signature")
    told = {name: str(answer.get("reason")) for name, answer in answers.items() if isinstance(answer, dict)}
    refused = [f"{name} with {reason}" for name, reason in told.items() if reason in reasons]
    if refused:
        message = f"{session.target.name} refuses rightly signed requests of {', '.join(refused)}."
        raise TargetError(f"{message} Do these credentials belong to this server?")


def _no_api(session: Session) -> str:
    """What came instead of an answer."""
    desk, what = next(iter(session.ring.desks.values())), session.spec.operations["get_order"]
    payload = render_json({"request": what.path, "nonce": session.nonce(desk), "clearing_id": "ZZZZZZZ0"})
    wire = session.target.send(signed_request(desk, what.path, payload))
    kind = wire.headers.get("content-type", "no content type")
    came = shorten(wire.body.decode("utf-8", "replace"), 120)
    gave = f"status {wire.status}, {kind}: {came!r}"
    return f"{session.target.name} does not answer as this API: POST {what.path} gave {gave}."


def _ask(session: Session, desk: Desk, operation: str, fields: dict[str, Any]) -> Any:
    what = session.spec.operations[operation]
    payload = render_json({"request": what.path, "nonce": session.nonce(desk), **fields})
    return read_body(session.target.send(signed_request(desk, what.path, payload)))
