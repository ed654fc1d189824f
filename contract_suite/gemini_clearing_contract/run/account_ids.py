"""
Whether each caller has the counterparty id that the credentials state, which is decided before the first layer.

Each caller places an order that names its own id. The spec rejects it in two ways: as an order with oneself if the id
is right, and as an order with an unknown account if the id does not exist. An order that is accepted is canceled.

A broken server must get findings, so a wrong id is reported as a mistake in the credentials only in two cases:

- another caller gets the same error response for the id, and the server recognizes that caller's own id;
- or the caller's own id is another one of the credentials: the server rejects an order that names that one.

A server that has lost an account for every caller responds in the same way, and is reported as the first case.
"""

from collections.abc import Iterator

from attrs import frozen

from ..cases.values import plain_body
from ..errors import LineError, TargetError
from ..oracle.allowed_results import CONFLICTING_ACCOUNT, looks_like_id
from ..oracle.operations import CancelOrder, CreateOrder
from ..wire import AccessToken, Caller, MasterKey
from .session import Session

__all__ = ["check_account_ids"]

OWN, UNKNOWN = CONFLICTING_ACCOUNT.reason, "InvalidAccountName"
ROLE, SCOPE = "Trader", "clearing:create"


@frozen
class _Account:
    """A caller with the counterparty id that the credentials state for it."""

    caller: Caller
    counterparty_id: str
    # The account that a master key acts for.
    fields: dict[str, str]

    @property
    def title(self) -> str:
        """The caller, with the account if it acts for several."""
        named = f" with the account {self.fields['account']}" if self.fields else ""
        return f"{self.caller.title}{named}"


def check_account_ids(session: Session) -> None:
    """
    Check the counterparty id of each caller that may place orders.

    Raises:
        TargetError: An id of the credentials is wrong.
    """
    try:
        mistake = _mistake(session)
    except LineError:
        # An order that may have been placed is not placed again; the check ends without a result.
        return
    if mistake:
        raise TargetError(f"{mistake}. Correct the id in the credentials.")


def _mistake(session: Session) -> str | None:
    stated = [(account, _reason(session, account, account.counterparty_id)) for account in _accounts(session)]
    recognized = next((account for account, reason in stated if reason == OWN), None)
    ids = list(dict.fromkeys(account.counterparty_id for account, _ in stated))
    for account, reason in stated:
        stated_id = account.counterparty_id
        wrong = f"{stated_id} is not the counterparty id of {account.title}: {session.target.name}"
        if reason == UNKNOWN and recognized and _reason(session, recognized, stated_id) == UNKNOWN:
            return f"{wrong} has no account with it ({UNKNOWN}), but one with the id of {recognized.title}"
        if reason is None and (own := _own_id(session, account, ids)):
            return f"{wrong} has {own} for this account: an order that names it is rejected with {OWN}"
    return None


def _accounts(session: Session) -> Iterator[_Account]:
    ring = session.ring
    callers: list[Caller] = [*ring.desks.values(), *ring.master_keys.values(), *ring.tokens.values()]
    for caller in callers:
        may_create = SCOPE in caller.scopes if isinstance(caller, AccessToken) else ROLE in caller.roles
        ids = caller.accounts if isinstance(caller, MasterKey) else {"": caller.counterparty_id}
        for name, counterparty_id in ids.items():
            # The placeholder of the sandbox is not an id.
            if may_create and looks_like_id(counterparty_id):
                yield _Account(caller, counterparty_id, {"account": name} if name else {})


def _own_id(session: Session, account: _Account, ids: list[str]) -> str | None:
    """Return the other id of the credentials that the server rejects as the account's own."""
    others = (one for one in ids if one != account.counterparty_id)
    return next((one for one in others if _reason(session, account, one) == OWN), None)


def _reason(session: Session, account: _Account, named: str) -> str | None:
    """Place an order that names an id; return the reason of its rejection, or None for an order that was canceled."""
    operations, line = session.spec.operations, session.ledger.line
    create = operations[CreateOrder.name]
    terms = {**plain_body(create), **account.fields, "counterparty_id": named}
    body = line.send_once(session, account.caller, create, terms)
    clearing_id = body.get("clearing_id") if isinstance(body, dict) else None
    if not isinstance(clearing_id, str):
        return str(body.get("reason")) if isinstance(body, dict) else ""
    session.book.foreign.add(clearing_id)
    order = {**account.fields, "clearing_id": clearing_id}
    line.send_once(session, account.caller, operations[CancelOrder.name], order)
    return None
