"""The sandbox is somebody else's: it is asked slowly, changed only if allowed, and left as it was found."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gemini_clearing_contract.__main__ import choose_target, main
from gemini_clearing_contract.options import parse_options
from gemini_clearing_contract.spec import Spec
from gemini_clearing_contract.targets.http import HttpTarget
from gemini_clearing_contract.targets.rate_limit import RateLimit, retry_after_s
from gemini_clearing_contract.targets.sandbox import RATE, SandboxTarget
from gemini_clearing_contract.targets.served_mock import served_mock
from gemini_clearing_contract.targets.target import TargetError
from gemini_clearing_contract.wire import Desk, WireRequest, WireResponse, render_json, signed_request
from tests.contract.interceptors import PATHS, body_of
from tests.contract.proxy import Handle, Proxy, Way, proxy

SUITE = (sys.executable, "-m", "gemini_clearing_contract")

SERVER_LAYERS = (
    "examples,corpus,bad_signatures,error_precedence,sequences,rejected_requests,fuzzing,links,state_machine"
)
CHANGING = {PATHS[name] for name in ("create_order", "create_broker_order", "cancel_order", "confirm_order")}
DESK = Desk("initiator", "key-of-nobody", "secret-of-nobody", "R485E04Q", frozenset({"Trader"}))
REQUEST = signed_request(DESK, "/v1/clearing/list", b"{}")


@pytest.fixture(scope="module")
def mock() -> Iterator[HttpTarget]:
    """A mock that stands for the sandbox."""
    with served_mock() as target:
        yield target


@pytest.fixture
def environment(mock: HttpTarget, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The initiator's keys in the environment, and not whose they are."""
    monkeypatch.setenv("GEMINI_API_KEY", mock.desks[0].api_key)
    monkeypatch.setenv("GEMINI_API_SECRET", mock.desks[0].api_secret)
    monkeypatch.delenv("GEMINI_COUNTERPARTY_ID", raising=False)
    return monkeypatch


def run_suite(found: Proxy, environment: pytest.MonkeyPatch, folder: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Run the suite as for the sandbox, as fast as it goes; its exit status and report."""
    environment.setenv("GEMINI_SANDBOX_URL", found.url)
    status = main(["--target", "sandbox", "--rate", "0", "--report-dir", str(folder), *options])
    return status, json.loads((folder / "report.json").read_text())


def waiting(mock: HttpTarget) -> list[str]:
    """The orders of the initiator that still wait, as the mock itself tells."""
    path = PATHS["list_orders"]
    payload = render_json({"request": path, "nonce": time.time_ns() // 1000})
    body = body_of(mock.send(signed_request(mock.desks[0], path, payload)))
    return [row["clearing_id"] for row in body["orders"] if row["status"].startswith("Await")]


def placing(number: int, then: Any) -> Way:
    """Do something when an order is placed, and so many were placed before."""
    placed: list[str] = []

    def way(request: WireRequest, handle: Handle) -> WireResponse | None:
        given = handle(request)
        if request.path == PATHS["create_order"] and "clearing_id" in body_of(given):
            placed.append(body_of(given)["clearing_id"])
            return given if len(placed) != number else then(given)
        return given

    return way


def test_sandbox_without_keys_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent anywhere, and the report says why."""
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)

    status = main(["--target", "sandbox", "--report-dir", str(tmp_path)])

    report = json.loads((tmp_path / "report.json").read_text())
    assert (2, "TARGET=sandbox needs GEMINI_API_KEY and GEMINI_API_SECRET in the environment.") == (
        status, report["stopped"],
    )  # fmt: skip


def test_sandbox_is_not_changed_without_leave(
    mock: HttpTarget, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No request to place, confirm or cancel an order reaches it, not even a bad one; what is left out is named."""
    with proxy(mock.name) as found:
        status, report = run_suite(found, environment, tmp_path, "--layers", SERVER_LAYERS)

    assert 0 == status
    assert set() == CHANGING & set(found.paths)
    assert {"sequences", "rejected_requests", "links", "state_machine"} == {
        layer["name"] for layer in report["layers"] if layer["left_out"]
    }


def test_sandbox_is_left_as_it_was_found(mock: HttpTarget, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With leave orders are placed, and afterwards none of them waits."""
    with proxy(mock.name) as found:
        status, _ = run_suite(
            found, environment, tmp_path, "--place-orders", "--layers", "examples,rejected_requests,links"
        )

    assert 0 == status
    assert PATHS["create_order"] in found.paths
    assert [] == waiting(mock)


def test_sandbox_that_loses_an_answer_is_left_as_it_was_found(
    mock: HttpTarget, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The order whose answer was lost is found by its terms."""
    with proxy(mock.name, placing(1, lambda given: None)) as found:
        status, report = run_suite(found, environment, tmp_path, "--place-orders", "--layers", "links")

    assert (2, True) == (status, "broke off" in report["stopped"])
    assert [] == waiting(mock)


def test_sandbox_that_does_not_cancel_is_told(
    mock: HttpTarget, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The orders that could not be canceled are named."""

    def way(request: WireRequest, handle: Handle) -> WireResponse:
        # Only the orders that the layer itself does not cancel are left.
        is_cancel = request.path == PATHS["cancel_order"]
        return WireResponse(503, {}, b"closed") if is_cancel else handle(request)

    with proxy(mock.name, way) as found:
        status, report = run_suite(found, environment, tmp_path, "--place-orders", "--layers", "examples")
    left = waiting(mock)
    cancel(mock, left)

    assert 2 == status
    assert [] != left
    assert all(clearing_id in report["stopped"] for clearing_id in left)


def cancel(mock: HttpTarget, clearing_ids: list[str]) -> None:
    """Take orders back, past the suite."""
    path = PATHS["cancel_order"]
    for clearing_id in clearing_ids:
        payload = render_json({"request": path, "nonce": time.time_ns() // 1000, "clearing_id": clearing_id})
        mock.send(signed_request(mock.desks[0], path, payload))


def test_sandbox_run_that_is_interrupted_is_left_as_it_was_found(
    mock: HttpTarget, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Ctrl-C in the middle: what was judged so far is reported, and no order waits."""
    running: list[subprocess.Popen[str]] = []

    def interrupt(given: WireResponse) -> WireResponse:
        running[0].send_signal(signal.SIGINT)
        return given

    with proxy(mock.name, placing(3, interrupt)) as found:
        environment.setenv("GEMINI_SANDBOX_URL", found.url)
        command = [
            sys.executable,
            "-m",
            "gemini_clearing_contract",
            "--target",
            "sandbox",
            "--rate",
            "0",
            "--place-orders",
        ]
        options = ["--layers", "examples,rejected_requests,corpus", "--report-dir", str(tmp_path)]
        with subprocess.Popen(
            [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            running.append(process)
            output, _ = process.communicate(timeout=30)

    report = json.loads((tmp_path / "report.json").read_text())
    assert 130 == process.returncode
    assert "The run was interrupted." == report["stopped"]
    assert "Traceback" not in output
    assert [] == waiting(mock)


def test_pace_keeps_to_its_rate() -> None:
    """In no second does more leave than is allowed, however long each request takes."""
    now, left = [0.0], []

    def sleep(seconds: float) -> None:
        now[0] += seconds

    pace = RateLimit(RATE, lambda: now[0], sleep)
    for number in range(40):
        pace.wait()
        left.append(now[0])
        now[0] += 0.05 * (number % 7)

    assert RATE >= max(sum(start <= one < start + 1 for one in left) for start in left)
    assert RATE <= 5


def answers_429(times: int, retry_after: str) -> Way:
    """Hold so many requests off before one is let through."""
    held: list[WireRequest] = []

    def way(request: WireRequest, handle: Handle) -> WireResponse:
        held.append(request)
        return (
            WireResponse(429, {"retry-after": retry_after}, b"{}")
            if len(held) <= times
            else WireResponse(200, {}, b"{}")
        )

    return way


def test_request_that_came_too_fast_is_repeated(mock: HttpTarget) -> None:
    """As it stands, after as long as the server asks for."""
    slept: list[float] = []
    pace = RateLimit(sleep_s=slept.append)
    with proxy(mock.name, answers_429(2, "7")) as found, closing(HttpTarget(found.url, (), pace=pace)) as target:
        answer = target.send(REQUEST)

    assert (200, [7.0, 7.0], 3) == (answer.status, slept, len(found.seen))


@pytest.mark.parametrize(("times", "retry_after", "said"), [(9, "0", "--rate"), (1, "3600", "in 3600 s")])
def test_server_that_goes_on_holding_off_is_told(mock: HttpTarget, times: int, retry_after: str, said: str) -> None:
    """With what to do about it."""
    pace = RateLimit(sleep_s=lambda seconds: None)
    with (
        proxy(mock.name, answers_429(times, retry_after)) as found,
        closing(HttpTarget(found.url, (), pace=pace)) as target,
        pytest.raises(TargetError, match=said),
    ):
        target.send(REQUEST)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("3", 3.0), ("0.5", 0.5), (None, 1.0), ("soon", 1.0), ("-4", 0.0), ("Thu, 01 Jan 1970 00:00:12 GMT", 2.0)],
)
def test_retry_after_is_read(value: str | None, seconds: float) -> None:
    """A number of seconds or a date; a second where it says nothing."""
    assert seconds == retry_after_s(value, lambda: 10.0)


def test_production_is_not_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever gives its address is told, before anything is sent."""
    credentials = tmp_path / "credentials.json"
    credentials.write_text(json.dumps({"accounts": [{"name": "initiator", "api_key": "k", "api_secret": "s"}]}))
    options = ["--target", "https://api.gemini.com", "--credentials", str(credentials), "--report-dir", str(tmp_path)]

    assert 2 == main(options)
    assert "moves real funds" in " ".join(capsys.readouterr().out.split())


def test_sandbox_by_its_address_is_the_sandbox(tmp_path: Path) -> None:
    """With several accounts it has the same protection as with one."""
    credentials = tmp_path / "credentials.json"
    credentials.write_text(json.dumps({"accounts": [{"name": "initiator", "api_key": "k", "api_secret": "s"}]}))
    options = ["--target", "https://api.sandbox.gemini.com", "--credentials", str(credentials)]

    with closing(choose_target(parse_options(options), Spec())) as target:
        assert isinstance(target, SandboxTarget)
        with pytest.raises(TargetError, match="takes --place-orders"):
            target.send(signed_request(DESK, PATHS["cancel_order"], b"{}"))
