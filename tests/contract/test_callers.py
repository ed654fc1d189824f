"""Master keys and access tokens: their expected outcomes, the notes without them, and their choices."""

import time
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from typing import Any

import attrs
import pytest

from gemini_clearing_contract.cases.caller_cases import foreign_accounts
from gemini_clearing_contract.cases.values import plain_body
from gemini_clearing_contract.cli import run_of as run_of_options
from gemini_clearing_contract.layers import layer_named
from gemini_clearing_contract.options import parse_options
from gemini_clearing_contract.oracle.expected_outcome import ExpectedOutcome, expected_outcome
from gemini_clearing_contract.oracle.key_ring import KeyRing
from gemini_clearing_contract.report.summary import Summary, summarize
from gemini_clearing_contract.run.runner import run_layers
from gemini_clearing_contract.spec import Spec
from gemini_clearing_contract.targets.embedded import EmbeddedTarget, ExchangeFactory
from gemini_clearing_contract.targets.http import HttpTarget
from gemini_clearing_contract.targets.mock import embedded_mock, make_exchange
from gemini_clearing_contract.targets.sandbox import SandboxTarget
from gemini_clearing_contract.wire import (
    AUTHORIZATION_HEADER,
    AccessToken,
    Caller,
    Desk,
    MasterKey,
    WireRequest,
    WireResponse,
    render_json,
    request_by,
)
from tests.contract.interceptors import PATHS, body_of
from tests.contract.running import Handle, intercepted, run_of

SPEC = Spec()
TRADER = frozenset({"Trader"})
DESK = Desk("desk", "account-demo", "demo-secret", "R485E04Q", TRADER)
MASTER = MasterKey("group", "master-demo", "group-secret", "", TRADER, None, {"one": "R485E04Q", "two": "OM9VNL1G"})
READER = AccessToken("reader", "token-of-reader", "R485E04Q", frozenset({"clearing:read"}))
UNKNOWN = attrs.evolve(READER, token="unknown-token")


def outcome(caller: Caller, operation: str, spec: Spec = SPEC, **fields: Any) -> ExpectedOutcome:
    """Return the expected outcome of the plain request of a caller, with further fields."""
    ring = KeyRing((DESK,), lambda: Decimal(0), (MASTER,), (READER,))
    called = spec.operations[operation]
    body = {"request": called.path, **plain_body(called), **fields}
    return expected_outcome(spec, ring, request_by(caller, called.path, render_json(body)))


@pytest.mark.parametrize(("account", "counterparty_id"), [("one", "R485E04Q"), ("two", "OM9VNL1G")])
@pytest.mark.parametrize("operation", SPEC.operations)
def test_master_key_acts_for_the_account_that_it_names(operation: str, account: str, counterparty_id: str) -> None:
    """The business rules apply to the named account."""
    expected = outcome(MASTER, operation, nonce=1, account=account)

    assert (None, counterparty_id) == (expected.check, expected.account)


@pytest.mark.parametrize(
    ("caller", "fields", "check", "reason"),
    [
        (MASTER, {}, "account", "MissingAccounts"),
        (MASTER, {"account": "three"}, "account", "InvalidAccountName"),
        (MASTER, {"account": 1}, "schema", "InvalidAccountName"),
        (DESK, {"account": "one"}, "account", "AccountsOnGroupOnlyApi"),
    ],
)
def test_wrong_account_is_rejected_with_its_reason(
    caller: Desk, fields: dict[str, Any], check: str, reason: str
) -> None:
    """The reasons are those of Gemini's documentation, for every operation."""
    for operation in SPEC.operations:
        expected = outcome(caller, operation, nonce=1, **fields)

        assert (check, {reason}) == (expected.check, {error.reason for error in expected.errors})


@pytest.mark.parametrize("operation", SPEC.operations)
def test_token_needs_its_scope_and_no_nonce(operation: str) -> None:
    """A token with the scope for reading calls the operations that read; no nonce is spent."""
    expected = outcome(READER, operation)

    is_read = operation in {"get_order", "list_orders", "list_broker_orders", "list_trades"}
    assert (None if is_read else "role", "R485E04Q", None) == (expected.check, expected.account, expected.spends_nonce)


@pytest.mark.parametrize(("caller", "operation"), [(UNKNOWN, "list_orders"), (READER, "create_order")])
def test_status_of_a_rejected_token_is_a_choice(caller: AccessToken, operation: str) -> None:
    """The documentation states no error response to a token: without the choice any rejection is allowed."""
    expected = outcome(caller, operation)
    free = outcome(caller, operation, Spec(choices=()))

    assert (frozenset(), frozenset({400, 401, 403})) == (expected.open_statuses, free.open_statuses)


def test_accounts_of_other_groups_are_those_that_the_own_group_lacks() -> None:
    """An account with the same name in two groups is not a foreign one."""
    other = attrs.evolve(MASTER, accounts={"one": "AB12CD34", "vault": "EF56GH78"})

    assert (["vault"], ["two"]) == (foreign_accounts(MASTER, [MASTER, other]), foreign_accounts(other, [MASTER, other]))


class Without(EmbeddedTarget):
    """The embedded mock with credentials that lack some callers."""

    def __init__(self, *kinds: str, make: ExchangeFactory = make_exchange) -> None:
        super().__init__(make)
        self._kinds = kinds
        for kind in kinds:
            setattr(self, kind, ())

    def fresh(self) -> EmbeddedTarget:
        """Return a new exchange with the same credentials."""
        return Without(*self._kinds, make=self.make)


def open_note(target: EmbeddedTarget) -> str:
    """Return the note about the parts that a run did not test."""
    [note] = [one for one in summary_of(target).notes if one.startswith("Not judged")]
    return note


def summary_of(target: EmbeddedTarget) -> Summary:
    """Return the summary of the layer of the callers."""
    return summarize(run_of("examples", "callers", target=target), 1.0)


def test_report_names_callers_that_the_credentials_lack() -> None:
    """Without master keys and tokens the report names both as missing, and the layer is skipped."""
    summary = summary_of(Without("master_keys", "tokens"))

    [note] = [one for one in summary.notes if one.startswith("Not judged")]
    assert "master keys and MissingAccounts (the credentials have no master_keys)" in note
    assert "access tokens (the credentials have no tokens)" in note
    assert "skipped: callers" in summary.scope.lower()


@pytest.mark.parametrize(("kind", "absent"), [("master_keys", "tokens"), ("tokens", "master_keys")])
def test_report_names_only_the_callers_that_are_missing(kind: str, absent: str) -> None:
    """With one kind of caller the layer runs, and the note is about the other one."""
    note = open_note(Without(kind))

    assert f"the credentials have no {kind}" in note
    assert f"the credentials have no {absent}" not in note


def test_report_names_no_caller_of_complete_credentials() -> None:
    """With two groups and tokens, the note has no caller."""
    note = open_note(embedded_mock())

    assert "master" not in note
    assert "token" not in note


def test_secrets_of_all_callers_are_redacted() -> None:
    """No finding shows the key or secret of a group, or a token."""
    run = run_of()
    secrets = [secret for key in run.target.master_keys for secret in (key.api_key, key.api_secret)]
    secrets += [token.token for token in run.target.tokens]

    assert len(secrets) == 2 * 3 + 3
    assert [] == [secret for secret in secrets if secret in run.ledger.redact(f"{secret} is here")]


def bearer_errors(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
    """Respond to rejected tokens as RFC 6750 describes, instead of as the mock."""
    response = handle(request)
    reason = body_of(response).get("reason") if request.header(AUTHORIZATION_HEADER) else None
    if reason == "InvalidApiKey":
        return WireResponse(401, {"www-authenticate": 'Bearer error="invalid_token"'}, b"")
    if reason == "MissingRole":
        body = {"result": "error", "reason": "InsufficientScope", "message": "The token lacks a scope."}
        return WireResponse(403, response.headers, render_json(body))
    return response


@pytest.mark.parametrize(("choices", "count"), [("none", 0), ("token_errors", 2)])
def test_errors_of_tokens_are_required_only_by_choice(choices: str, count: int) -> None:
    """A server that rejects tokens as HTTP suggests has findings only if the choice is required."""
    options = parse_options(["--profile", "recall", "--choices", choices])
    run = run_of_options(options, Spec(choices=options.choices), intercepted(bearer_errors))
    # The profile stops at the first finding.
    run.profile = attrs.evolve(run.profile, stop_at_first_finding=False)
    run_layers(run, [layer_named("callers")])

    about = {finding.check for finding in run.ledger.findings.values()}
    assert [] == [result.stopped for result in run.results if result.stopped]
    assert count == len({check.partition(": ")[2] for check in about if check.startswith("wrong error")})


def test_accepted_unknown_token_is_a_finding_without_choices() -> None:
    """Without the choice a server must still reject an unknown token."""

    def accept_all(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
        response = handle(request)
        if not request.header(AUTHORIZATION_HEADER) or body_of(response).get("reason") != "InvalidApiKey":
            return response
        headers = {**dict(request.headers), AUTHORIZATION_HEADER: f"Bearer {exchange.tokens[0].token}"}
        return handle(attrs.evolve(request, headers=tuple(headers.items())))

    options = parse_options(["--profile", "recall", "--choices", "none"])
    run = run_of_options(options, Spec(choices=options.choices), intercepted(accept_all))
    run_layers(run, [layer_named("callers")])

    assert any(one.check == "invalid request accepted: key" for one in run.ledger.findings.values())


def nonces() -> Iterator[int]:
    """Yield nonces that no other program uses."""
    while True:
        yield time.time_ns() // 1000


@pytest.mark.parametrize("kind", ["master_keys", "tokens"])
def test_sandbox_cancels_orders_of_every_caller(mock: HttpTarget, kind: str) -> None:
    """An order that a master key or a token placed is canceled at the end, for the account that placed it."""
    caller: Caller = getattr(mock, kind)[0]
    account = {"account": "counterparty"} if isinstance(caller, MasterKey) else {}
    number = nonces()
    terms = {"symbol": "btcusd", "amount": "1", "price": "5", "side": "buy", **account}

    def send(target: SandboxTarget, operation: str, **fields: Any) -> dict[str, Any]:
        payload = render_json({"request": PATHS[operation], "nonce": next(number), **fields})
        return body_of(target.send(request_by(caller, PATHS[operation], payload)))

    with closing(
        SandboxTarget(
            mock.name, mock.desks, SPEC, master_keys=mock.master_keys, tokens=mock.tokens, may_create_orders=True
        )
    ) as target:
        placed = send(target, "create_order", **terms)["clearing_id"]
        done = target.clean_up(lambda one: next(number), (), ())
        status = send(target, "get_order", clearing_id=placed, **account)["status"]

    assert (1, (), "Canceled") == (done.canceled, done.remaining, status)


def test_credentials_of_the_served_mock_have_every_caller(mock: HttpTarget) -> None:
    """The JSON that the mock prints is a complete credentials file."""
    [master] = mock.master_keys

    assert {"initiator", "counterparty", "broker", "desk3"} == master.accounts.keys()
    assert {"initiator": 2, "reader": 1} == {token.name: len(token.scopes) for token in mock.tokens}


def test_every_caller_reads_what_another_one_placed() -> None:
    """The steps of the scenarios name keys, master keys and tokens of one account."""
    senders: set[str] = set()

    def note(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
        if request.path == PATHS["create_order"]:
            senders.add(str(request.header("x-gemini-apikey") or request.header(AUTHORIZATION_HEADER)))
        return handle(request)

    run_of("callers", target=intercepted(note), only="one caller places and another cancels")

    assert {
        "account-demo-initiator",
        "account-demo-clockwork",
        "master-demo-group",
        "Bearer demo-token-of-initiator",
        "Bearer demo-token-of-writer",
    } == senders
