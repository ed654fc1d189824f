"""A wrong counterparty id in the credentials is reported as such; a server with a similar fault is tested."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from attrs import evolve

from gemini_clearing_contract.errors import LineError, TargetError
from gemini_clearing_contract.run.account_ids import check_account_ids
from gemini_clearing_contract.run.session import Session
from gemini_clearing_contract.spec import Spec
from gemini_clearing_contract.targets.http import HttpTarget
from gemini_clearing_contract.targets.target import Target
from gemini_clearing_contract.wire import (
    KEY_HEADER,
    Desk,
    WireRequest,
    WireResponse,
    payload_of,
    read_body,
    render_json,
)
from tests.contract.interceptors import PATHS
from tests.contract.proxy import proxy
from tests.contract.running import Handle, intercepted, run_of
from tests.contract.test_unstable_line import run_suite

SPEC = Spec()
INITIATOR, COUNTERPARTY, ABSENT = "R485E04Q", "OM9VNL1G", "AAAAAAA1"
CREATE, CANCEL = PATHS["create_order"], PATHS["cancel_order"]
KEY_OF_INITIATOR = "account-demo-initiator"
Respond = Callable[[WireRequest, Handle], WireResponse]


def rejected(reason: str) -> WireResponse:
    """Return an error response."""
    body = {"result": "error", "reason": reason, "message": "-"}
    return WireResponse(400, {"content-type": "application/json"}, render_json(body))


def every_order(reason: str) -> Respond:
    """Reject each order for the same reason."""
    return lambda request, handle: rejected(reason) if request.path == CREATE else handle(request)


def is_own(response: WireResponse) -> bool:
    """Whether the order was rejected because it names the account itself."""
    body = read_body(response)
    return isinstance(body, dict) and body.get("reason") == "ConflictingAccountName"


def accept_own(request: WireRequest, handle: Handle) -> WireResponse:
    """Accept an order that names the account itself."""
    response = handle(request)
    if request.path != CREATE or not is_own(response):
        return response
    return WireResponse(200, response.headers, render_json({"result": "AwaitConfirm", "clearing_id": "0OQGOZXW"}))


def own_is_unknown_to_initiator(request: WireRequest, handle: Handle) -> WireResponse:
    """Give one key a wrong reason for an order with itself."""
    response = handle(request)
    is_initiator = request.header(KEY_HEADER) == KEY_OF_INITIATOR
    return rejected("InvalidAccountName") if is_initiator and is_own(response) else response


def forward(request: WireRequest, handle: Handle) -> WireResponse:
    """Change nothing."""
    return handle(request)


def session_of(respond: Respond, ids: Mapping[str, str] | None = None) -> tuple[Session, list[WireRequest]]:
    """Return a session with an exchange, the requests that it gets, and other ids of desks in the credentials."""
    received: list[WireRequest] = []

    def recording(request: WireRequest, handle: Handle, exchange: object) -> WireResponse:
        received.append(request)
        return respond(request, handle)

    target = intercepted(recording)
    target.desks = with_ids(target, ids or {})
    return Session(SPEC, target, run_of().ledger, "examples"), received


def with_ids(target: Target, ids: Mapping[str, str]) -> tuple[Desk, ...]:
    """Return the desks of a target with other ids."""
    return tuple(evolve(desk, counterparty_id=ids.get(desk.name, desk.counterparty_id)) for desk in target.desks)


def test_right_ids_cost_one_request_for_each_account() -> None:
    """Each caller that may place orders is rejected with its own id, and nothing is created or canceled."""
    session, received = session_of(forward)
    check_account_ids(session)

    named = [payload_of(request)["counterparty_id"] for request in received]
    assert {CREATE} == {request.path for request in received}
    # Keys of five desks, master keys for four and two accounts, and two tokens.
    assert (13, 6) == (len(named), len(set(named)))
    assert set() == session.book.foreign


@pytest.mark.parametrize("desk", ["initiator", "counterparty", "desk3"])
def test_unknown_id_is_named(desk: str) -> None:
    """The server rejects the id from two callers, and recognizes that of another caller."""
    session, _ = session_of(forward, {desk: ABSENT})

    with pytest.raises(TargetError, match=rf"^{ABSENT} is not the counterparty id of {desk}: embedded mock has no"):
        check_account_ids(session)


def test_placeholder_is_not_sent() -> None:
    """The sandbox's key may have no id in the environment, and then the credentials have a placeholder."""
    session, received = session_of(forward, {"initiator": "(initiator)"})
    check_account_ids(session)

    assert "(initiator)" not in {payload_of(request)["counterparty_id"] for request in received}


def test_exchanged_ids_are_named() -> None:
    """The order with another desk is accepted and canceled, and the account's own id is named."""
    session, received = session_of(forward, {"initiator": COUNTERPARTY, "counterparty": INITIATOR})
    with pytest.raises(TargetError, match=f"^{COUNTERPARTY} is not the .* of initiator: .* has {INITIATOR} for this"):
        check_account_ids(session)

    canceled = {payload_of(request)["clearing_id"] for request in received if request.path == CANCEL}
    assert canceled
    assert canceled == session.book.foreign


def test_wrong_id_of_a_master_key_is_named() -> None:
    """The error names the account of the group."""
    session, _ = session_of(forward)
    key = session.ring.master_keys["group"]
    session.ring.master_keys["group"] = evolve(key, accounts={"initiator": ABSENT})

    with pytest.raises(TargetError, match=f"^{ABSENT} is not .* of master key group with the account initiator: "):
        check_account_ids(session)


def test_wrong_id_of_a_token_is_named() -> None:
    """An access token belongs to an account, too."""
    session, _ = session_of(forward)
    token = session.ring.tokens["initiator"]
    session.ring.tokens["initiator"] = evolve(token, counterparty_id=ABSENT)

    with pytest.raises(TargetError, match=f"^{ABSENT} is not the counterparty id of {token.title}: "):
        check_account_ids(session)


BROKEN = {
    "each order names an unknown account": every_order("InvalidAccountName"),
    "each order names itself": every_order("ConflictingAccountName"),
    "each order is without funds": every_order("InsufficientFunds"),
    "an order with oneself is accepted": accept_own,
    "one account is unknown only to itself": own_is_unknown_to_initiator,
    "no JSON": lambda request, handle: WireResponse(200, {}, b"<html></html>"),
    "a list": lambda request, handle: WireResponse(200, {}, b"[]"),
}


@pytest.mark.parametrize("respond", BROKEN.values(), ids=BROKEN)
def test_broken_server_is_not_blamed_on_the_credentials(respond: Respond) -> None:
    """Without proof the layers decide; an order that the server accepted is canceled."""
    session, received = session_of(respond)
    check_account_ids(session)

    created = [one for one in received if one.path == CREATE]
    canceled = [one for one in received if one.path == CANCEL]
    assert len(canceled) <= len(created)
    assert session.book.foreign == {payload_of(request)["clearing_id"] for request in canceled}


def test_lost_response_ends_the_check() -> None:
    """An order that may have been placed is not placed again, and the lost response does not end the run."""

    def lost(request: WireRequest, handle: Handle) -> WireResponse:
        raise LineError("no response")

    session, received = session_of(lost)
    check_account_ids(session)

    assert 1 == len(received)


def test_wrong_id_has_exit_status_2(mock: HttpTarget, tmp_path: Path) -> None:
    """A run with it ends before the first layer, without a finding."""
    target = HttpTarget(mock.name, with_ids(mock, {"counterparty": ABSENT}))
    status, report = run_suite(mock.name, target, tmp_path, "examples,sequences")

    assert (2, []) == (status, report["findings"])
    assert report["stopped"].startswith(f"{ABSENT} is not the counterparty id of counterparty: ")
    assert report["stopped"].endswith("Correct the id in the credentials.")


@pytest.mark.parametrize("respond", [every_order("InvalidAccountName"), accept_own], ids=["rejects", "accepts"])
def test_broken_server_has_findings(respond: Respond, mock: HttpTarget, tmp_path: Path) -> None:
    """Its errors in the same rule are reported as findings of create_order."""
    with proxy(mock.name, respond) as broken:
        only = ("--only", "create_order/rejections")
        status, report = run_suite(broken.url, mock, tmp_path, "rejected_requests", *only)

    assert 1 == status
    assert "create_order" in {finding["operation"] for finding in report["findings"]}
