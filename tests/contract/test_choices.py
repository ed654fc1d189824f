"""A server is held to the spec; the choices of this project that go beyond it can be switched off."""

from collections.abc import Callable
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from gemini_clearing_contract.cli import main, run_of
from gemini_clearing_contract.layers import layer_named
from gemini_clearing_contract.options import parse_options
from gemini_clearing_contract.run.run import Run
from gemini_clearing_contract.run.runner import run_layers
from gemini_clearing_contract.spec import Spec
from gemini_clearing_contract.spec.choices import CHOICES
from gemini_clearing_contract.targets.embedded import EmbeddedTarget
from gemini_clearing_contract.targets.mock import EmbeddedClock, handler_of
from gemini_clearing_contract.wire import WireRequest, WireResponse, render_json
from gemini_clearing_mock import Choices, Exchange, ManualClock, demo_config
from tests.contract.interceptors import body_of
from tests.contract.running import Handle, intercepted

ROOT = Path(__file__).parents[2]
HOUR_MS = 3_600_000


def checks(target: EmbeddedTarget, *choices: str, layer: str = "sequences", only: str = "") -> set[str]:
    """Run a layer, or one of its cases; returns the checks with findings."""
    scenario = ["--only", only] if only else []
    options = parse_options(["--profile", "recall", "--choices", ",".join(choices) or "none", *scenario])
    run = run_of(options, Spec(choices=options.choices), target)
    run_layers(run, [layer_named(layer)])
    assert [] == [result.stopped for result in run.results if result.stopped]
    assert run.ledger.requests
    return {finding.check for finding in run.ledger.findings.values()}


def with_default_expiry(hours: Any) -> EmbeddedTarget:
    """Return a mock whose orders without `expires_in_hrs` live for a number of hours."""

    def factory(start_ms: int) -> tuple[Any, Any, Any]:
        clock, numbers = ManualClock(start_ms), count(0xA0000001)
        config = demo_config(Choices(default_expiry_hours=Decimal(hours)))
        exchange = Exchange(config, clock=clock, ids=(f"{number:08X}" for number in numbers))
        return exchange, EmbeddedClock(clock), handler_of(exchange.handle)

    return EmbeddedTarget(factory)


def changed_rows(change: Any, target: EmbeddedTarget | None = None) -> EmbeddedTarget:
    """Return a mock that changes the rows of its lists."""

    def factory(start_ms: int) -> tuple[Any, Any, Any]:
        exchange, clock, handle = (target or with_default_expiry(24)).make(start_ms)

        def respond(request: WireRequest) -> WireResponse:
            response = handle(request)
            body = body_of(response)
            for name in ("orders", "results"):
                if isinstance(body.get(name), list):
                    body[name] = change(body[name], name)
                    return WireResponse(response.status, response.headers, render_json(body))
            return response

        return exchange, clock, respond

    return EmbeddedTarget(factory)


def half_a_minute_early(rows: Any, table: str) -> Any:
    """Return an earlier expiration in each row."""
    name = "expiration" if table == "orders" else "expirationTimeMs"
    return [{**row, name: row[name] - 30_000} for row in rows]


def test_longer_default_expiry_is_lawful() -> None:
    """The documentation does not state how long an order without `expires_in_hrs` lives."""
    assert set() == checks(with_default_expiry("36.5"), "exact_expiry", "inclusive_ends", "newest_first")


@pytest.mark.parametrize(
    "scenario",
    [
        "orders between two desks expire",
        "lifetimes are those of the request",
        "every pair of desks",
    ],
)
def test_shorter_default_expiry_is_lawful(scenario: str) -> None:
    """Those scenarios in which an order without `expires_in_hrs` expires, or its expiration is compared."""
    assert set() == checks(with_default_expiry(12), only=scenario)


def test_default_expiry_can_be_required() -> None:
    """With the choice, 12 hours are a finding."""
    assert "wrong expiration" in checks(with_default_expiry(12), "default_expiry")


def test_default_expiry_must_be_the_same_for_every_order() -> None:
    """Without the choice, an order that lives longer than an earlier one is a finding."""
    name = {"orders": "expiration", "results": "expirationTimeMs"}

    def one_hour_more(rows: Any, table: str) -> Any:
        ids = [row.get("clearing_id", row.get("clearingId")) for row in rows]
        starts = [row.get("submission", row.get("createdMs")) for row in rows]
        return [
            {**row, name[table]: row[name[table]] + HOUR_MS}
            if row[name[table]] - start == 36.5 * HOUR_MS and int(number, 16) % 2
            else row
            for row, number, start in zip(rows, ids, starts, strict=True)
        ]

    assert "wrong expiration" in checks(changed_rows(one_hour_more, with_default_expiry("36.5")))


@pytest.mark.parametrize(
    ("choice", "change", "check", "scenario"),
    [
        ("newest_first", lambda rows, _: rows[::-1], "wrong sort order", "every filter at its boundaries"),
        ("exact_expiry", half_a_minute_early, "wrong expiration", "an order expires"),
    ],
)
def test_choice_can_be_switched_off(choice: str, change: Any, check: str, scenario: str) -> None:
    """A difference that only the choice forbids is a finding only with it."""
    assert check in checks(changed_rows(change), choice, only=scenario)
    assert check not in checks(changed_rows(change), only=scenario)


@pytest.mark.parametrize("change", [str.lower, lambda path: path.rstrip("/")], ids=["letter case", "slash"])
def test_server_with_lenient_paths_is_lawful_without_the_choice(change: Callable[[str], str]) -> None:
    """The documentation is silent on paths in other letter cases, and on those with a slash at their end."""

    def lenient(request: WireRequest, handle: Handle, exchange: Any) -> WireResponse:
        return handle(evolve(request, path=change(request.path)))

    assert checks(intercepted(lenient), "exact_paths", layer="bad_signatures")
    assert set() == checks(intercepted(lenient), layer="bad_signatures")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], set(CHOICES)),
        (["--target", "http://127.0.0.1:1"], CHOICES.keys() - {"default_expiry", "funds_checked", "token_errors"}),
        (["--target", "http://127.0.0.1:1", "--choices", "all"], set(CHOICES)),
        (["--choices", "none"], set()),
        (["--choices", "newest_first, exact_expiry"], {"newest_first", "exact_expiry"}),
    ],
)
def test_choices_are_selected(arguments: list[str], expected: set[str]) -> None:
    """The embedded mock shares all choices; of another server, less is required by default."""
    assert expected == parse_options(arguments).choices


def test_unknown_choice_is_rejected(capsys: pytest.CaptureFixture[str]) -> None:
    """The error lists the valid choices."""
    with pytest.raises(SystemExit) as ended:
        main(["--choices", "newest"])

    assert 2 == ended.value.code
    assert "unknown choice newest. Valid choices: default_expiry, " in capsys.readouterr().err


def test_every_choice_is_documented() -> None:
    """The page on the contract suite has a row for each choice."""
    page = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")

    assert [] == [name for name in CHOICES if f"| `{name}` |" not in page]


def test_replay_contains_the_choices() -> None:
    """A finding is reproduced with the same choices."""
    options = parse_options(["--choices", "none"])
    run = run_of(options, Spec(choices=options.choices), with_default_expiry(24))

    assert isinstance(run, Run)
    assert "--choices none" in run.replay("sequences", "")
