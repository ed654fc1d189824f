"""The credentials file, and the notes of the report about facts that are missing in it."""

import json
from typing import Any

import attrs
import pytest

from gemini_clearing_contract.errors import TargetError
from gemini_clearing_contract.report.summary import summarize
from gemini_clearing_contract.targets.credentials import desk_of, parse_credentials
from gemini_clearing_contract.targets.embedded import EmbeddedTarget, ExchangeFactory
from gemini_clearing_contract.targets.mock import make_exchange
from tests.contract.running import run_of

ENTRY = {"name": "desk", "api_key": "account-demo", "api_secret": "demo-secret", "counterparty_id": "R485E04Q"}


@pytest.mark.parametrize("mode", ["incremental", "time-based", None])
def test_nonce_mode_is_that_of_the_entry(mode: str | None) -> None:
    """Both modes are valid, and null means that the credentials do not state it."""
    assert mode == desk_of({**ENTRY, "nonce_mode": mode}).nonce_mode


def test_nonce_mode_is_optional() -> None:
    """Without it the suite takes the mode from the server."""
    assert desk_of(ENTRY).nonce_mode is None


@pytest.mark.parametrize("mode", ["Incremental", "time_based", "", "seconds", 0, True, ["incremental"]])
def test_unknown_nonce_mode_is_rejected(mode: Any) -> None:
    """The error names the value, the valid modes and the file, and no secret."""
    text = json.dumps({"accounts": [{**ENTRY, "nonce_mode": mode}]})

    with pytest.raises(TargetError, match=r"^desks\.json: .*incremental, time-based") as error:
        parse_credentials(text, "desks.json")

    assert "demo-secret" not in str(error.value)


def notes_of(*, nonce_mode: str | None) -> tuple[str, ...]:
    """Return the notes of a run whose desks have a nonce mode, or none."""

    target = EmbeddedTarget(make_exchange) if nonce_mode else _Unstated(make_exchange)
    return summarize(run_of("examples", target=target), 1.0).notes


class _Unstated(EmbeddedTarget):
    """A target whose credentials state no nonce mode."""

    def __init__(self, factory: ExchangeFactory) -> None:
        super().__init__(factory)
        self.desks = tuple(attrs.evolve(desk, nonce_mode=None) for desk in self.desks)

    def fresh(self) -> EmbeddedTarget:
        return _Unstated(self.make)


def test_report_names_the_keys_whose_nonce_mode_is_not_stated() -> None:
    """A mode that the suite took from the server is not tested, and the report has a note about it."""
    [note] = [one for one in notes_of(nonce_mode=None) if "nonce mode" in one]

    assert note.startswith("Not judged: the nonce mode of initiator, ")
    assert "clockwork" in note


def test_report_has_no_note_about_stated_nonce_modes() -> None:
    """With every mode in the credentials nothing is left open."""
    assert [] == [one for one in notes_of(nonce_mode="stated") if "nonce mode" in one]


def test_report_names_what_no_request_can_show() -> None:
    """Master keys, tokens and limits are not tested, and the report of a complete run has a note about it."""
    [note] = [one for one in notes_of(nonce_mode="stated") if one.startswith("Not tested")]

    assert note == "Not tested: master keys, access tokens, RateLimit, InsufficientFunds."
