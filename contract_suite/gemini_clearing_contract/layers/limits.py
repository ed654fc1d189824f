"""
Layer: a key above its rate limit, and an account without funds.

The rate limit is that of an embedded exchange, whose clock does not advance by itself: which request exceeds the limit
is certain. The account without funds is the account `unfunded` of the credentials. A rejected request changes nothing.
"""

import re
from email.utils import parsedate_to_datetime

from ..cases.negative_cases import negative_cases
from ..findings.finding import Problem
from ..run.run import Context
from ..run.session import CheckedResponse, Session
from ..targets.embedded import REQUESTS_PER_MINUTE, EmbeddedTarget
from ..targets.rate_limit import retry_after_s
from ..wire import UNFUNDED, Desk
from .bad_signatures import draft_for, send_draft
from .scenarios.desks import Desks, has_desks

__all__ = ["run"]

RATE_CASE, FUNDS_CASE = "a key above the rate limit", "an account without funds"
RETRY_AFTER = "retry-after"
TERMS = {"symbol": "btcusd", "amount": "3", "price": "70"}
MINUTE_MS = 60_000


def run(context: Context) -> None:
    """Exceed the limit of an embedded exchange, then place and confirm orders without funds."""
    if isinstance(context.run.target, EmbeddedTarget):
        rate, funds = context.variant("rate"), context.variant("funds")
        if context.begins(rate, RATE_CASE):
            _exceed_rate(context, rate)
        if context.begins(funds, FUNDS_CASE):
            _lack_funds(funds)
        return
    session = context.session()
    if UNFUNDED not in session.ring.desks or not has_desks(session):
        context.result.skipped = f"the credentials lack `{UNFUNDED}`, or one of the desks of the scenarios"
    elif context.run.may_create_orders and context.begins(session, FUNDS_CASE):
        _lack_funds(session)


def _exceed_rate(context: Context, session: Session) -> None:
    """Reach the limit of one key, send further requests, and continue after the pause."""
    desk, query = session.desk("initiator"), context.spec.queries[0]
    for _ in range(REQUESTS_PER_MINUTE):
        session.call(desk, query)
    session.ring.limited.add(desk.api_key)
    for operation in context.operations:
        _check_retry_after(session, session.call(desk, operation, **session.plain_body(operation)))
    # An earlier check has priority, and a later one is not reached.
    for case in negative_cases(context.spec.probe):
        draft = draft_for(session, context.spec.probe, desk)
        case.apply(draft)
        send_draft(session, draft, case.name)
    session.call("counterparty", query)
    nonce = session.nonce(desk)
    rejected = session.call(desk, query, nonce=nonce)
    header = rejected.wire.headers.get(RETRY_AFTER)
    session.target.wait_ms(int(retry_after_s(header) * 1000) if header else MINUTE_MS)
    session.ring.limited.clear()
    # The nonce of the rejected request is unspent.
    session.call(desk, query, nonce=nonce)
    session.target.wait_ms(MINUTE_MS)
    _list_orders(session, desk, session.desk("counterparty"))


def _check_retry_after(session: Session, response: CheckedResponse) -> None:
    value = response.wire.headers.get(RETRY_AFTER)
    if value is not None and not _is_retry_after(value):
        expected = "a whole number of seconds, or an HTTP date (RFC 9110, section 10.2.3)"
        session.report(response.operation, Problem("wrong Retry-After", f"header {RETRY_AFTER}", expected, value))


def _is_retry_after(value: str) -> bool:
    if re.fullmatch(r"\d+", value):
        return True
    try:
        return value.endswith("GMT") and parsedate_to_datetime(value) is not None
    except ValueError:
        return False


def _lack_funds(session: Session) -> None:
    """Place and confirm orders that need funds which an account does not have."""
    desks, poor = Desks(session), session.desk(UNFUNDED)
    partner = desks.id_of("counterparty")
    for side in ("buy", "sell"):
        _spend_nonce(session, poor, desks.create(UNFUNDED, **TERMS, side=side, counterparty_id=partner))
        desks.create(UNFUNDED, **TERMS, side=side)
        for source, target in ((UNFUNDED, "counterparty"), ("counterparty", UNFUNDED)):
            desks.create_for_two("broker", source, target, **TERMS, side=side, expires_in_hrs=24)
        _confirm_without_funds(session, side)
    _list_orders(session, poor, session.desk("counterparty"), session.desk("broker"))


def _confirm_without_funds(session: Session, side: str) -> None:
    """Confirm an order with this account, and one for any desk; both wait as before, the second for another desk."""
    desks = Desks(session)
    terms = {**TERMS, "side": "sell" if side == "buy" else "buy"}
    own = desks.create("initiator", **TERMS, side=side, counterparty_id=desks.id_of(UNFUNDED)).clearing_id
    desks.confirm(UNFUNDED, own, **terms)
    desks.get("initiator", own)
    desks.cancel("initiator", own)
    free = desks.create("initiator", **TERMS, side=side).clearing_id
    desks.confirm(UNFUNDED, free, **terms)
    desks.get("initiator", free)
    desks.confirm("counterparty", free, **terms)


def _spend_nonce(session: Session, desk: Desk, rejected: CheckedResponse) -> None:
    """Send the nonce of a request again that a business rule has rejected: it is spent."""
    if rejected.expected.body:
        session.call(desk, session.spec.queries[0], nonce=rejected.expected.body["nonce"])


def _list_orders(session: Session, *desks: Desk) -> None:
    """List the orders of desks: an order that was rejected is in no list."""
    for desk in desks:
        for operation in session.spec.queries:
            session.call(desk, operation)
