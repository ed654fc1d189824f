"""The sandbox gets requests slowly, is changed only with permission, and the suite's orders are canceled at the end."""

import json
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gemini_clearing_contract.cli import choose_target, main
from gemini_clearing_contract.errors import TargetError
from gemini_clearing_contract.options import parse_options
from gemini_clearing_contract.spec import Spec
from gemini_clearing_contract.targets.http import HttpTarget
from gemini_clearing_contract.targets.rate_limit import RateLimit, retry_after_s
from gemini_clearing_contract.targets.sandbox import RATE, SandboxTarget
from gemini_clearing_contract.wire import Desk, WireRequest, WireResponse, render_json, signed_request
from tests.contract.interceptors import PATHS, body_of
from tests.contract.proxy import Handle, Interceptor, Proxy, proxy
from tests.contract.running_pytest import run_pytest

SUITE = (sys.executable, "-m", "gemini_clearing_contract")
SERVER_LAYERS = (
    "examples,corpus,bad_signatures,error_precedence,sequences,rejected_requests,fuzzing,links,state_machine"
)
CHANGING = {PATHS[name] for name in ("create_order", "create_broker_order", "cancel_order", "confirm_order")}
DESK = Desk("initiator", "unknown-key", "unknown-secret", "R485E04Q", frozenset({"Trader"}))
REQUEST = signed_request(DESK, "/v1/clearing/list", b"{}")


@pytest.fixture
def environment(mock: HttpTarget, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment with the initiator's key, but not its counterparty id."""
    monkeypatch.setenv("GEMINI_API_KEY", mock.desks[0].api_key)
    monkeypatch.setenv("GEMINI_API_SECRET", mock.desks[0].api_secret)
    monkeypatch.delenv("GEMINI_COUNTERPARTY_ID", raising=False)
    return monkeypatch


def run_suite(
    sandbox: Proxy, environment: pytest.MonkeyPatch, folder: Path, *options: str
) -> tuple[int, dict[str, Any]]:
    """Run the suite like on the sandbox, without a rate limit; returns the exit status and the report."""
    environment.setenv("GEMINI_SANDBOX_URL", sandbox.url)
    status = main(["--target", "sandbox", "--rate", "0", "--report-dir", str(folder), *options])
    return status, json.loads((folder / "report.json").read_text())


def waiting(mock: HttpTarget) -> list[str]:
    """Return the initiator's orders that still wait."""
    path = PATHS["list_orders"]
    payload = render_json({"request": path, "nonce": time.time_ns() // 1000})
    body = body_of(mock.send(signed_request(mock.desks[0], path, payload)))
    return [row["clearing_id"] for row in body["orders"] if row["status"].startswith("Await")]


def on_creation(number: int, then: Any) -> Interceptor:
    """Replace the response to the creation of an order by its number."""
    created: list[str] = []

    def intercept(request: WireRequest, handle: Handle) -> WireResponse | None:
        response = handle(request)
        if request.path == PATHS["create_order"] and "clearing_id" in body_of(response):
            created.append(body_of(response)["clearing_id"])
            return response if len(created) != number else then(response)
        return response

    return intercept


def test_missing_keys_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without keys nothing is sent, and the report contains the reason."""
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)

    status = main(["--target", "sandbox", "--report-dir", str(tmp_path)])

    report = json.loads((tmp_path / "report.json").read_text())
    reason = "TARGET=sandbox needs GEMINI_API_KEY and GEMINI_API_SECRET in the environment."
    assert (2, reason) == (status, report["stopped"])


def test_sandbox_is_not_changed_without_permission(
    mock: HttpTarget, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No request to create, confirm or cancel an order is sent, not even an invalid one; skipped layers are named."""
    with proxy(mock.name) as sandbox:
        status, report = run_suite(sandbox, environment, tmp_path, "--layers", SERVER_LAYERS)

    skipped = {layer["name"] for layer in report["layers"] if layer["skipped"]}
    assert 0 == status, (report["stopped"], report["findings"])
    assert set() == CHANGING & set(sandbox.paths)
    assert {"sequences", "rejected_requests", "links", "state_machine"} == skipped


def test_orders_are_canceled_at_the_end(mock: HttpTarget, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With permission orders are created, and after the run none of them waits."""
    layers = ("--layers", "examples,links,state_machine")
    with proxy(mock.name) as sandbox:
        status, _ = run_suite(sandbox, environment, tmp_path, "--place-orders", *layers)

    assert 0 == status
    assert PATHS["create_order"] in sandbox.paths
    assert [] == waiting(mock)


def test_orders_are_canceled_after_a_selection_of_pytest(
    mock: HttpTarget, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The orders of a layer are canceled also if pytest does not run the test that completes the run."""
    with proxy(mock.name) as sandbox:
        environment.setenv("GEMINI_SANDBOX_URL", sandbox.url)
        options = "--clearing-options=--rate 0 --place-orders --layers links"
        done = run_pytest(tmp_path, "--clearing-target", "sandbox", options, "-k", "links")

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "1 passed, 2 deselected" in done.stdout
    assert "clearing contract: " in done.stderr
    assert PATHS["create_order"] in sandbox.paths
    assert [] == waiting(mock)


def test_order_with_a_lost_response_is_canceled(
    mock: HttpTarget, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An order whose response was lost is found by its terms: the run continues, and the order is canceled."""
    with proxy(mock.name, on_creation(1, lambda response: None)) as sandbox:
        status, report = run_suite(sandbox, environment, tmp_path, "--place-orders", "--layers", "links")

    assert (0, True) == (status, "Unstable line: 1 of" in report["scope"])
    assert [] == waiting(mock)


def test_orders_that_cannot_be_canceled_are_reported(
    mock: HttpTarget, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The report names the orders that could not be canceled."""

    def intercept(request: WireRequest, handle: Handle) -> WireResponse:
        is_cancel = request.path == PATHS["cancel_order"]
        return WireResponse(503, {}, b"closed") if is_cancel else handle(request)

    with proxy(mock.name, intercept) as sandbox:
        status, report = run_suite(sandbox, environment, tmp_path, "--place-orders", "--layers", "examples")
    remaining = waiting(mock)
    cancel(mock, remaining)

    assert 2 == status
    assert [] != remaining
    assert all(clearing_id in report["stopped"] for clearing_id in remaining)


def cancel(mock: HttpTarget, clearing_ids: list[str]) -> None:
    """Cancel orders without the suite."""
    path = PATHS["cancel_order"]
    for clearing_id in clearing_ids:
        payload = render_json({"request": path, "nonce": time.time_ns() // 1000, "clearing_id": clearing_id})
        mock.send(signed_request(mock.desks[0], path, payload))


def test_orders_are_canceled_after_an_interruption(
    mock: HttpTarget, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """After Ctrl-C the report contains everything that was checked, and no order waits."""
    running: list[subprocess.Popen[str]] = []

    def interrupt(response: WireResponse) -> WireResponse:
        running[0].send_signal(signal.SIGINT)
        return response

    options = ("--target", "sandbox", "--rate", "0", "--place-orders", "--report-dir", str(tmp_path))
    with proxy(mock.name, on_creation(3, interrupt)) as sandbox:
        environment.setenv("GEMINI_SANDBOX_URL", sandbox.url)
        command = [*SUITE, *options, "--layers", "examples,rejected_requests,corpus"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            running.append(process)
            output, _ = process.communicate(timeout=30)

    report = json.loads((tmp_path / "report.json").read_text())
    assert 130 == process.returncode
    assert "The run was interrupted." == report["stopped"]
    assert "Traceback" not in output
    assert [] == waiting(mock)


def test_rate_limit_is_never_exceeded() -> None:
    """In each second at most as many requests start as the rate allows, for any duration of a request."""
    now, starts = [0.0], []

    def sleep(seconds: float) -> None:
        now[0] += seconds

    limit = RateLimit(RATE, lambda: now[0], sleep)
    for number in range(40):
        limit.wait()
        starts.append(now[0])
        now[0] += 0.05 * (number % 7)

    assert RATE >= max(sum(start <= one < start + 1 for one in starts) for start in starts)
    assert RATE <= 5


def returns_429(times: int, retry_after: str) -> Interceptor:
    """Respond with status 429 to the first requests."""
    received: list[WireRequest] = []

    def intercept(request: WireRequest, handle: Handle) -> WireResponse:
        received.append(request)
        if len(received) <= times:
            return WireResponse(429, {"retry-after": retry_after}, b"{}")
        return WireResponse(200, {}, b"{}")

    return intercept


def test_request_is_repeated_after_429(mock: HttpTarget) -> None:
    """The same request is sent again after the delay that the server has set."""
    delays: list[float] = []
    limit = RateLimit(sleep_s=delays.append)
    with proxy(mock.name, returns_429(2, "7")) as busy, closing(HttpTarget(busy.url, (), rate_limit=limit)) as target:
        response = target.send(REQUEST)

    assert (200, [7.0, 7.0], 3) == (response.status, delays, len(busy.received))


@pytest.mark.parametrize(("times", "retry_after", "message"), [(9, "0", "--rate"), (1, "3600", "3600 s")])
def test_persistent_429_is_reported(mock: HttpTarget, times: int, retry_after: str, message: str) -> None:
    """The error says what to do."""
    limit = RateLimit(sleep_s=lambda seconds: None)
    with (
        proxy(mock.name, returns_429(times, retry_after)) as busy,
        closing(HttpTarget(busy.url, (), rate_limit=limit)) as target,
        pytest.raises(TargetError, match=message),
    ):
        target.send(REQUEST)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("3", 3.0), ("0.5", 0.5), (None, 1.0), ("soon", 1.0), ("-4", 0.0), ("Thu, 01 Jan 1970 00:00:12 GMT", 2.0)],
)
def test_retry_after_is_parsed(value: str | None, seconds: float) -> None:
    """A number of seconds or a date; one second if the header is missing or malformed."""
    assert seconds == retry_after_s(value, lambda: 10.0)


def write_credentials(folder: Path) -> str:
    """Write a file with one account, and return its path."""
    path = folder / "credentials.json"
    path.write_text(json.dumps({"accounts": [{"name": "initiator", "api_key": "k", "api_secret": "s"}]}))
    return str(path)


def test_production_is_rejected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Production is never tested, and nothing is sent there."""
    options = ["--target", "https://api.gemini.com", "--credentials", write_credentials(tmp_path)]

    assert 2 == main([*options, "--report-dir", str(tmp_path)])
    assert "is production, where orders move real funds" in " ".join(capsys.readouterr().out.split())


def test_address_of_the_sandbox_is_protected(tmp_path: Path) -> None:
    """With several accounts and the address, the sandbox has the same protection."""
    options = ["--target", "https://api.sandbox.gemini.com", "--credentials", write_credentials(tmp_path)]

    target = choose_target(parse_options(options), Spec())
    with closing(target):
        assert isinstance(target, SandboxTarget)
        with pytest.raises(TargetError, match="--place-orders"):
            target.send(signed_request(DESK, PATHS["cancel_order"], b"{}"))
