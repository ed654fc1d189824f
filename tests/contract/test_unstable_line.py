"""A line that breaks now and then is reported as such, and everything else is tested completely."""

import json
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from attrs import asdict, frozen

from gemini_clearing_contract.cli import main
from gemini_clearing_contract.run import delivery
from gemini_clearing_contract.run.session import CheckedResponse, Session
from gemini_clearing_contract.spec import Spec
from gemini_clearing_contract.targets.http import HttpTarget
from gemini_clearing_contract.wire import KEY_HEADER, Caller, WireRequest, WireResponse
from tests.contract.interceptors import PATHS
from tests.contract.proxy import Handle, Interceptor, proxy
from tests.contract.running import ServerInProcess, run_of

WRITES = {PATHS[name] for name in ("create_order", "create_broker_order", "confirm_order", "cancel_order")}
UNAVAILABLE = WireResponse(503, {"content-type": "text/html"}, b"<h1>503 Service Temporarily Unavailable</h1>")
Fail = Callable[[WireRequest, Handle], WireResponse | None]


def before(request: WireRequest, handle: Handle) -> None:
    """Close the connection before the server gets the request."""


def after(request: WireRequest, handle: Handle) -> None:
    """Close the connection after the server has executed the request."""
    handle(request)


def unavailable(request: WireRequest, handle: Handle) -> WireResponse:
    """Respond for a server that does not get the request."""
    return UNAVAILABLE


def unavailable_after(request: WireRequest, handle: Handle) -> WireResponse:
    """Respond for a server that has executed the request."""
    handle(request)
    return UNAVAILABLE


def every(number: int, fail: Fail) -> Interceptor:
    """Fail for every request whose number is a multiple of `number`."""
    numbers = count(1)
    return lambda request, handle: fail(request, handle) if next(numbers) % number == 0 else handle(request)


def run_suite(url: str, mock: HttpTarget, folder: Path, layers: str, *options: str) -> tuple[int, dict[str, Any]]:
    """Run layers; returns the exit status and the report."""
    accounts = [{**asdict(desk), "roles": sorted(desk.roles)} for desk in mock.desks]
    credentials = folder / "credentials.json"
    credentials.write_text(json.dumps({"accounts": accounts}))
    given = ["--target", url, "--credentials", str(credentials), "--report-dir", str(folder)]
    status = main([*given, "--layers", layers, "--profile", "recall", "--timeout", "5", *options])
    return status, json.loads((folder / "report.json").read_text())


@frozen
class Suite:
    """The command of the suite on a line in this process, and where its report is written."""

    folder: Path
    patch: pytest.MonkeyPatch

    def run(self, line: Interceptor, layers: str, *options: str) -> tuple[int, dict[str, Any], int]:
        """Run layers; returns the exit status, the report, and the number of requests."""
        target = ServerInProcess(line)
        self.patch.setattr("gemini_clearing_contract.cli.choose_target", lambda options, spec: target)
        given = ["--target", "http://127.0.0.1:1", "--report-dir", str(self.folder)]
        status = main([*given, "--layers", layers, "--profile", "recall", *options])
        return status, json.loads((self.folder / "report.json").read_text()), target.sent


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """The command of the suite, with a folder of its own, and without pauses before a request is sent again."""
    monkeypatch.setattr(delivery, "PAUSE_S", 0)
    return Suite(tmp_path, monkeypatch)


@pytest.mark.parametrize("fail", [before, after, unavailable, unavailable_after])
def test_one_failure_in_fifty_requests_is_no_finding(fail: Fail, suite: Suite) -> None:
    """Reads are sent again and writes looked up, so that the run is complete; the report counts the failures."""
    status, report, sent = suite.run(every(47, fail), "examples,rejected_requests")

    assert [] == [finding["check"] for finding in report["findings"]]
    assert (0, "No findings", None) == (status, report["result"], report["stopped"])
    assert f"Unstable line: {sent // 47} of {sent:,} requests" in report["scope"]


def test_connection_that_is_closed_now_and_then_is_no_finding(mock: HttpTarget, tmp_path: Path) -> None:
    """The same with a socket that is closed without a response."""
    with proxy(mock.name, every(17, after)) as line:
        status, report = run_suite(line.url, mock, tmp_path, "examples,state_machine")

    assert (0, [], None) == (status, report["findings"], report["stopped"])
    assert f"Unstable line: {len(line.paths) // 17} of {len(line.paths):,} requests" in report["scope"]


@pytest.mark.parametrize("fail", [before, after])
def test_lost_write_is_looked_up(fail: Fail, suite: Suite) -> None:
    """A write is sent again only if the server has not executed it: no order is created twice."""
    numbers = count(1)

    def lose(request: WireRequest, handle: Handle) -> WireResponse | None:
        is_lost = request.path in WRITES and next(numbers) % 17 == 0
        return fail(request, handle) if is_lost else handle(request)

    status, report, _ = suite.run(lose, "sequences", "--only", "every pair of desks")

    assert [] == [finding["check"] for finding in report["findings"]]
    assert (0, None) == (status, report["stopped"])
    assert "Unstable line" in report["scope"]


def write_everything(session: Session, caller: Caller, fields: dict[str, str]) -> list[CheckedResponse]:
    """Send each write of a caller, and return the responses and those of the lists of its account."""
    source, target = (session.desk(name).counterparty_id for name in ("counterparty", "broker"))
    terms = {"symbol": "btcusd", "amount": "1.5", "price": "25", "side": "buy"}
    parties = {"source_counterparty_id": source, "target_counterparty_id": target, "expires_in_hrs": 2}
    since = int(session.target.now_ms()) - 1
    own = session.desk("initiator").counterparty_id
    other = session.call("counterparty", "create_order", **terms, counterparty_id=own).clearing_id
    created = session.call(caller, "create_order", **terms, **fields, counterparty_id=target)
    return [
        created,
        session.call(caller, "create_broker_order", **terms, **fields, **parties),
        session.call(caller, "confirm_order", **{**terms, "side": "sell"}, **fields, clearing_id=other),
        session.call(caller, "cancel_order", **fields, clearing_id=created.clearing_id),
        session.call("initiator", "list_orders", timestamp=since),
        session.call("initiator", "list_broker_orders", timestamp=since),
    ]


@pytest.mark.parametrize("kind", ["master key", "token"])
@pytest.mark.parametrize("fail", [before, after])
def test_lost_write_of_a_master_key_or_token_is_looked_up(kind: str, fail: Fail, mock: HttpTarget) -> None:
    """Each takes effect once: the lookup names the master key's account, or reads with a key of the token's account."""
    caller: Caller = mock.master_keys[0] if kind == "master key" else mock.tokens[0]
    fields = {"account": "initiator"} if kind == "master key" else {}
    lost: set[str] = set()

    def lose(request: WireRequest, handle: Handle) -> WireResponse | None:
        key = request.header(KEY_HEADER)
        is_first = request.path in WRITES - lost and key in {None, getattr(caller, "api_key", None)}
        if not is_first:
            return handle(request)
        lost.add(request.path)
        return fail(request, handle)

    with proxy(mock.name, lose) as line, closing(HttpTarget(line.url, mock.desks, tokens=mock.tokens)) as target:
        target.master_keys, target.slack_ms = mock.master_keys, 0
        session = Session(Spec(), target, run_of().ledger, "callers")
        responses = write_everything(session, caller, fields)

    assert [200] * 6 == [response.wire.status for response in responses]
    assert {} == session.ledger.findings
    assert all(request.header(KEY_HEADER) for request in line.received if request.path not in WRITES)
    assert {PATHS[name]: 1 for name in session.ledger.line.lost()} == dict.fromkeys(WRITES, 1)


def test_stable_line_is_not_mentioned(mock: HttpTarget, tmp_path: Path) -> None:
    """Without a failure the report has no such note."""
    status, report = run_suite(mock.name, mock, tmp_path, "examples")

    assert (0, False) == (status, "Unstable line" in report["scope"])


def test_status_503_that_persists_is_a_finding(suite: Suite) -> None:
    """A server that always responds with 503 to an operation has an error, and not an unstable line."""

    def broken(request: WireRequest, handle: Handle) -> WireResponse:
        return unavailable_after(request, handle) if request.path == PATHS["create_order"] else handle(request)

    status, report, _ = suite.run(broken, "sequences")

    assert 1 == status
    assert ("create_order", "server error") in {(one["operation"], one["check"]) for one in report["findings"]}


@pytest.mark.parametrize("fail", [after, unavailable_after])
def test_operation_that_never_responds_is_not_passed(fail: Fail, suite: Suite) -> None:
    """If only lookups show that writes were executed, the run names the operation, and does not blame the line."""

    def broken(request: WireRequest, handle: Handle) -> WireResponse | None:
        return fail(request, handle) if request.path == PATHS["create_order"] else handle(request)

    status, report, _ = suite.run(broken, "examples")

    assert (2, "Not tested completely") == (status, report["result"])
    assert report["stopped"].startswith("The response of create_order could not be tested: each was lost, ")
    assert "1 of create_order" in report["scope"]


def test_creation_whose_success_is_lost_each_time_is_a_finding(suite: Suite) -> None:
    """Correct rejections between them do not make the line the reason."""

    def broken(request: WireRequest, handle: Handle) -> WireResponse:
        response = handle(request)
        return UNAVAILABLE if request.path == PATHS["create_order"] and response.status == 200 else response

    status, report, _ = suite.run(broken, "corpus,sequences")

    assert 1 == status
    assert ("create_order", "server error") in {(one["operation"], one["check"]) for one in report["findings"]}


def test_server_that_only_fails_has_no_unstable_line(suite: Suite) -> None:
    """If no request has a response, the reason is the server."""
    status, report, _ = suite.run(unavailable, "examples")

    assert 2 == status
    assert "responds only with 502, 503 or 504" in report["stopped"]
    assert "Unstable line" not in report["scope"]


def test_findings_on_an_unstable_line_are_reported(suite: Suite) -> None:
    """A finding behind an unstable line is found, and gives the exit status 1."""

    def wrong(request: WireRequest, handle: Handle) -> WireResponse:
        response = handle(request)
        return WireResponse(response.status, {"content-type": "text/plain"}, response.body)

    numbers = count(1)
    status, report, _ = suite.run(
        lambda one, handle: None if next(numbers) % 20 == 0 else wrong(one, handle), "examples,bad_signatures"
    )

    assert 1 == status
    assert {"content type"} == {finding["check"] for finding in report["findings"]}
    assert "Unstable line" in report["scope"]
