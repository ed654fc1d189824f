"""
Layer: master keys and access tokens, as far as the credentials have some.

A master key calls every operation for each account of its group, and for no other account. A token calls the
operations of its scopes. Every caller of an account reads the same orders, also the orders of the other callers.
"""

from typing import Any

from ..cases.caller_cases import TokenDraft, account_cases, foreign_accounts, token_cases
from ..cases.negative_cases import NegativeCase
from ..oracle.allowed_results import looks_like_id
from ..run.run import Context
from ..run.session import Session
from ..spec import SpecOperation
from ..wire import AUTHORIZATION_HEADER, KEY_HEADER, PAYLOAD_HEADER, SIGNATURE_HEADER, AccessToken, MasterKey, sign
from .bad_signatures import draft_for, send_draft
from .scenarios.caller_forms import CALLER_SCENARIOS

__all__ = ["run", "token_draft"]


def run(context: Context) -> None:
    """Send each operation by each caller, then wrong accounts and tokens, then the scenarios."""
    session = context.session()
    if not session.ring.master_keys and not session.ring.tokens:
        context.result.skipped = "the credentials have no master_keys and no tokens"
        return
    for key in session.ring.master_keys.values():
        _call_for_each_account(context, session, key)
        _name_wrong_accounts(context, session, key)
        _share_nonces(context, session, key)
    for token in session.ring.tokens.values():
        _call_with_token(context, session, token)
        _leave_nonces_of_keys(context, session, token)
    for token in list(session.ring.tokens.values())[:1]:
        _send_wrong_tokens(context, session, token)
    _name_accounts_of_account_keys(context, session)
    for name, scenario in CALLER_SCENARIOS.items():
        if context.run.may_create_orders and context.begins(session, name):
            scenario(session)


def _plain_fields(session: Session, operation: SpecOperation, account: str) -> dict[str, Any]:
    """Return the plain request of an account: the desks that it names are other ones."""
    ids = session.ring.account_ids()
    others = (one for one in sorted(ids) if looks_like_id(one) and one != account)
    plain = session.plain_body(operation)
    return {name: next(others, value) if value in ids else value for name, value in plain.items()}


def _call_for_each_account(context: Context, session: Session, key: MasterKey) -> None:
    for name, number in key.accounts.items():
        for operation in context.operations:
            if context.begins(session, f"{operation.name}/{key.title} for {name}"):
                session.call(key, operation, **_plain_fields(session, operation, number), account=name)


def _name_wrong_accounts(context: Context, session: Session, key: MasterKey) -> None:
    others = foreign_accounts(key, session.ring.master_keys.values())
    for operation in context.operations:
        for case in account_cases(key, others):
            if context.begins(session, f"{operation.name}/{key.title}: {case.name}"):
                draft = draft_for(session, operation, key)
                case.apply(draft)
                send_draft(session, draft, case.name)


def _share_nonces(context: Context, session: Session, key: MasterKey) -> None:
    """The nonces of a master key increase over all of its accounts."""
    operation = context.spec.queries[0]
    if len(key.accounts) < 2 or key.api_key in session.ring.time_based:
        return
    if context.begins(session, f"{operation.name}/{key.title} has one sequence of nonces"):
        first, second = list(key.accounts)[:2]
        nonce = session.nonce(key) + 10
        session.call(key, operation, account=first, nonce=nonce)
        session.call(key, operation, account=second, nonce=nonce - 5)
        session.call(key, operation, account=second, nonce=nonce + 1)


def _call_with_token(context: Context, session: Session, token: AccessToken) -> None:
    for operation in context.operations:
        if operation.scopes is None:
            continue
        fields = _plain_fields(session, operation, token.counterparty_id)
        for note, more in (("without", {}), ("with", {"nonce": int(session.target.now_ms())})):
            if context.begins(session, f"{operation.name}/{token.title} {note} a nonce"):
                session.call(token, operation, **fields, **more)


def token_draft(session: Session, operation: SpecOperation, token: AccessToken) -> TokenDraft:
    """Return a valid request of a token."""
    draft = draft_for(session, operation)
    fields = _plain_fields(session, operation, token.counterparty_id)
    return TokenDraft(
        draft.desk, operation, {"request": operation.path, **fields}, draft.spent, draft.other_desk, draft.other_path,
        token=token,
    )  # fmt: skip


def _send_wrong_tokens(context: Context, session: Session, token: AccessToken) -> None:
    cases = (*token_cases(context.spec), *_ambiguous(session))
    for operation in context.operations:
        if operation.scopes is None:
            continue
        for case in cases:
            if context.begins(session, f"{operation.name}/{token.title}: {case.name}"):
                draft = token_draft(session, operation, token)
                case.apply(draft)
                send_draft(session, draft, case.name)
        if context.begins(session, f"{operation.name}/{token.title}: scheme in lower case"):
            draft = token_draft(session, operation, token)
            draft.authorization = "bearer {}".format
            send_draft(session, draft, "scheme in lower case")


def _ambiguous(session: Session) -> list[NegativeCase]:
    """Return the cases of a known token together with a key: the server may choose neither."""
    desk = session.desk("initiator")

    def add(*names: str) -> Any:
        def edit(headers: dict[str, str]) -> None:
            values = {KEY_HEADER: desk.api_key, SIGNATURE_HEADER: sign(headers[PAYLOAD_HEADER], desk.api_secret)}
            headers.update({name: values[name] for name in names})

        return lambda draft: draft.headers.append(edit)

    def without(name: str) -> Any:
        return lambda draft: draft.headers.append(lambda headers: headers.pop(name, None))

    return [
        NegativeCase("a token and a signed key", "key", "AmbiguousAuthentication", add(KEY_HEADER, SIGNATURE_HEADER)),
        NegativeCase("a token and a key", "key", "AmbiguousAuthentication", add(KEY_HEADER)),
        NegativeCase("a token and a signature", "key", "AmbiguousAuthentication", add(SIGNATURE_HEADER)),
        NegativeCase("a token without a payload", "payload", "MissingPayloadHeader", without(PAYLOAD_HEADER)),
        NegativeCase("neither token nor key", "key", "MissingApikeyHeader", without(AUTHORIZATION_HEADER)),
    ]


def _leave_nonces_of_keys(context: Context, session: Session, token: AccessToken) -> None:
    """A nonce in the payload of a token does not count for the keys of its account."""
    operation = context.spec.queries[0]
    desks = (one for one in session.traders() if one.counterparty_id == token.counterparty_id)
    desk = next(desks, None)
    if desk is not None and context.begins(session, f"{operation.name}/{token.title} leaves the nonces of keys"):
        session.call(token, operation, nonce=session.nonce(desk) * 1000)
        session.call(desk, operation)


def _name_accounts_of_account_keys(context: Context, session: Session) -> None:
    """The key of an account may not name an account, not even its own."""
    desk = session.desk("initiator")
    keys = session.ring.master_keys.values()
    named = {name: number for key in keys for name, number in key.accounts.items()}
    own = [name for name, number in named.items() if number == desk.counterparty_id]
    other = [name for name in named if name not in own]
    for name in (*own[:1], *other[:1]):
        for operation in context.operations:
            if context.begins(session, f"{operation.name}/{desk.title} names the account {name}"):
                session.call(desk, operation, **session.plain_body(operation), account=name)
