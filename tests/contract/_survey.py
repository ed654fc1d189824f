"""
What is there before a run: which keys take the time for a nonce, and which orders the suite did not place.

It asks only what any client may ask.  Nothing is judged here: the layers do that.
"""

from __future__ import annotations

from typing import Any

from contract._session import Session
from contract._shape import read_body, shorten
from contract._signer import Desk, render_json, signed_request
from contract._target import TargetError

__all__ = ["survey"]


def survey(session: Session) -> None:
    """Tell time-based keys from incremental ones; take down the orders that are already there."""
    answers = []
    for desk in session.ring.desks.values():
        answer = _ask(session, desk, "get_order", {"clearing_id": "ZZZZZZZ0"})
        if (
            isinstance(answer, dict)
            and answer.get("reason") == "InvalidNonce"
            and "seconds of server time" in str(answer.get("message"))
        ):
            session.ring.time_based.add(desk.api_key)
        answers.append(answer)
    if not any(isinstance(answer, dict) for answer in answers):
        raise TargetError(_no_api(session))
    if session.target.tolerance_ms:
        for desk in session.traders():
            for listing, rows, name in (
                ("list_orders", "orders", "clearing_id"),
                ("list_broker_orders", "orders", "clearing_id"),
                ("list_trades", "results", "clearingId"),
            ):
                answer = _ask(session, desk, listing, {})
                found = answer.get(rows, []) if isinstance(answer, dict) else []
                session.judge.book.foreign |= {
                    row[name] for row in found if isinstance(row, dict) and isinstance(row.get(name), str)
                }


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
