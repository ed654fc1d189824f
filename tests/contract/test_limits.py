"""A key above its rate limit, and an account without funds: what is tested of which server, and what is not."""

import time
from collections.abc import Collection
from typing import Any

import attrs
import pytest

from gemini_clearing_contract.layers import layer_named
from gemini_clearing_contract.report.summary import summarize
from gemini_clearing_contract.run.profiles import PROFILES
from gemini_clearing_contract.run.run import Run
from gemini_clearing_contract.run.runner import run_layers
from gemini_clearing_contract.spec import Spec
from gemini_clearing_contract.spec.choices import CHOICES, OF_ANY_SERVER
from gemini_clearing_contract.targets.embedded import EmbeddedTarget
from gemini_clearing_contract.targets.mock import make_exchange
from gemini_clearing_contract.wire import UNFUNDED
from tests.contract.running import run_of


class OneServer:
    """An exchange that cannot be reset and has no variants, like a server of others."""

    def __init__(self, target: EmbeddedTarget, **renamed: str) -> None:
        self._target = target
        self.desks = tuple(attrs.evolve(desk, name=renamed.get(desk.name, desk.name)) for desk in target.desks)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)

    def fresh(self) -> "OneServer":
        """Return the same server."""
        return self


def run_limits(target: Any, choices: Collection[str]) -> Run:
    """Run the layer on a server that must share some choices."""
    run = Run(Spec(choices=choices), target, PROFILES["quick"], 0, time.monotonic() + 60)
    run_layers(run, [layer_named("limits")])
    return run


def notes_of(run: Run) -> str:
    """Return the notes of a report."""
    return " ".join(summarize(run, 1).notes)


def checks_of(run: Run) -> set[tuple[str, str]]:
    """Return the operation and the check of each finding."""
    return {(one.operation, one.check) for one in run.ledger.findings.values()}


def test_both_reasons_of_the_embedded_mock_are_tested() -> None:
    """The layer has no finding, and the report names neither reason as not judged."""
    run = run_of("limits")

    assert (set(), 2) == (checks_of(run), run.results[0].cases)
    assert {"RateLimit", "InsufficientFunds"} <= run.ledger.reasons
    assert "RateLimit" not in notes_of(run)
    assert "InsufficientFunds" not in notes_of(run)


def test_reasons_that_were_not_caused_are_named() -> None:
    """Without the layer both reasons are named, with what is missing."""
    notes = notes_of(run_of("examples"))

    assert "RateLimit (the suite exceeds only the limit of the embedded mock)" in notes
    assert "InsufficientFunds (the credentials have no account `unfunded`)" in notes


@pytest.mark.parametrize("choices", [CHOICES, OF_ANY_SERVER])
def test_account_without_funds_of_another_server_is_tested(choices: Collection[str]) -> None:
    """The account `unfunded` of the credentials is enough; the rate limit of such a server is not exceeded."""
    run = run_limits(OneServer(EmbeddedTarget(make_exchange, "funds")), choices)

    assert (set(), 1) == (checks_of(run), run.results[0].cases)
    assert "InsufficientFunds" not in notes_of(run)
    assert "RateLimit (" in notes_of(run)


def test_server_may_accept_orders_without_funds() -> None:
    """The documentation requires funds for the settlement; the choice `funds_checked` requires the rejection."""
    free = run_limits(OneServer(EmbeddedTarget(make_exchange), desk3=UNFUNDED), OF_ANY_SERVER)
    strict = run_limits(OneServer(EmbeddedTarget(make_exchange), desk3=UNFUNDED), CHOICES)

    assert set() == checks_of(free)
    assert "InsufficientFunds (no response to the account without funds had this reason)" in notes_of(free)
    writes = {"create_order", "create_broker_order", "confirm_order"}
    assert {(name, "invalid request accepted: business") for name in writes} <= checks_of(strict)


def test_server_without_such_an_account_skips_the_layer() -> None:
    """The layer names what the credentials lack."""
    run = run_limits(OneServer(EmbeddedTarget(make_exchange)), OF_ANY_SERVER)

    assert "the credentials lack `unfunded`" in str(run.results[0].skipped)
