"""The credentials file, and the notes of the report about facts that are missing in it."""

import json
import os
from pathlib import Path
from typing import Any

import attrs
import pytest

from gemini_clearing_contract.errors import TargetError
from gemini_clearing_contract.report.summary import summarize
from gemini_clearing_contract.targets import json_file
from gemini_clearing_contract.targets.credentials import desk_of, parse_credentials, read_credentials
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


OTHER = {"name": "other", "api_key": "account-other", "api_secret": "other-secret", "counterparty_id": "OM9VNL1G"}


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("name", None, "the name of an account is not a text"),
        ("name", "a\nb", "the name of an account has a control character"),
        ("api_key", None, "the api_key of desk is not a text"),
        ("api_key", ["demo-secret"], "the api_key of desk is not a text"),
        ("api_key", "", "the api_key of desk is empty"),
        ("api_key", "demo-secret\n", "the api_key of desk has white space at its beginning or end"),
        ("api_key", "demo\0secret", "the api_key of desk has a control character"),
        ("api_key", "demo-secret-é", "the api_key of desk has a character that no HTTP header can have"),
        ("api_secret", 12345, "the api_secret of desk is not a text"),
        ("api_secret", " demo-secret", "the api_secret of desk has white space at its beginning or end"),
        ("api_secret", "\ud800", "the api_secret of desk has a control character, or one that is not Unicode"),
        ("counterparty_id", 5, "the counterparty_id of desk is not a text"),
        ("roles", "Trader", "the roles of desk are not a list of texts"),
        ("roles", 5, "the roles of desk are not a list of texts"),
        ("roles", [1], "the roles of desk are not a list of texts"),
        ("roles", ["trader"], "unknown role 'trader' of desk. Valid roles: Administrator, Auditor, "),
        ("roles", ["3zMnjHV5B1nxsfh6b8Jx"], "unknown role (a str that is not shown) of desk. Valid roles: "),
    ],
)
def test_wrong_field_is_rejected(field: str, value: Any, problem: str) -> None:
    """A value that the server would reject is named by its field and its account, and never printed."""
    with pytest.raises(TargetError) as error:
        parse_credentials(json.dumps({"accounts": [{**ENTRY, field: value}]}), "desks.json")

    assert str(error.value).startswith(f"desks.json: not a credentials file ({problem}")
    assert "demo-secret" not in str(error.value)


@pytest.mark.parametrize("field", ["name", "api_key", "api_secret"])
def test_missing_field_is_rejected(field: str) -> None:
    """Name, key and secret are required."""
    entry = {name: value for name, value in ENTRY.items() if name != field}

    with pytest.raises(TargetError, match=f"the {field} of (desk|an account) is missing"):
        parse_credentials(json.dumps({"accounts": [entry]}), "desks.json")


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        ({"name": "desk"}, "2 accounts have the name desk"),
        ({"api_key": ENTRY["api_key"]}, "desk and other have the same api_key"),
    ],
)
def test_accounts_differ_in_name_and_key(other: dict[str, str], problem: str) -> None:
    """Two accounts with one name would be one, and two with one key would disturb each other's nonces."""
    with pytest.raises(TargetError) as error:
        parse_credentials(json.dumps({"accounts": [ENTRY, {**OTHER, **other}]}), "desks.json")

    assert f"({problem})" in str(error.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("accounts:\n- name: desk", "not JSON: "),
        ("[" * 100_000, "not JSON: nested too deeply"),
        ('{"accounts": [], "accounts": []}', "the key 'accounts' occurs twice in one object"),
        ("[]", "no object with a list of `accounts`"),
        ("null", "no object with a list of `accounts`"),
        ('{"accounts": {}}', "no object with a list of `accounts`"),
        ('{"accounts": ["desk"]}', "no object with a list of `accounts`"),
        (" " * 1_000_001, "larger than 1,000,000 bytes"),
    ],
)
def test_file_of_another_format_is_rejected(text: str, problem: str, tmp_path: Path) -> None:
    """The error names the file and its fault."""
    file = tmp_path / "desks.json"
    file.write_text(text)

    with pytest.raises(TargetError) as error:
        read_credentials(file)

    assert str(error.value).startswith(f"{file}: not a credentials file ({problem}")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_file_of_a_windows_shell_is_read(encoding: str, tmp_path: Path) -> None:
    """A redirection in PowerShell writes UTF-16, or UTF-8 with a mark."""
    file = tmp_path / "desks.json"
    file.write_text(json.dumps({"accounts": [{**ENTRY, "name": "désk"}]}, ensure_ascii=False), encoding=encoding)

    assert ["désk"] == [desk.name for desk in read_credentials(file).desks]


def test_pipe_is_read(tmp_path: Path) -> None:
    """The output of another command can be given as `<(command)`."""
    end, start = os.pipe()
    os.write(start, json.dumps({"accounts": [ENTRY]}).encode())
    os.close(start)
    try:
        assert ["desk"] == [desk.name for desk in read_credentials(Path(f"/dev/fd/{end}")).desks]
    finally:
        os.close(end)


def test_pipe_without_a_writer_does_not_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait for the content is limited."""
    pipe = tmp_path / "desks.json"
    os.mkfifo(pipe)
    monkeypatch.setattr(json_file, "READ_TIME_S", 0.01)

    with pytest.raises(TargetError, match=r"cannot be read: nothing was written to it within 0\.01 s\.$"):
        read_credentials(pipe)


MASTER_KEY = {
    "name": "group",
    "api_key": "master-demo",
    "api_secret": "group-secret",
    "roles": ["Trader", "Fund Manager"],
    "nonce_mode": "time-based",
    "accounts": {"primary": "R485E04Q", "second": "OM9VNL1G"},
}
TOKEN = {"name": "app", "token": "demo-token", "counterparty_id": "R485E04Q", "scopes": ["clearing:read"]}


def test_master_keys_and_tokens_are_read() -> None:
    """Master keys have the ids of their accounts by name, and tokens their scopes."""
    text = json.dumps({"accounts": [ENTRY], "master_keys": [MASTER_KEY], "tokens": [TOKEN]})

    given = parse_credentials(text, "desks.json")

    [key], [token] = given.master_keys, given.tokens
    assert (key.name, key.api_secret, key.nonce_mode) == ("group", "group-secret", "time-based")
    assert (sorted(key.roles), key.accounts) == (["Fund Manager", "Trader"], MASTER_KEY["accounts"])
    assert (token.name, token.counterparty_id, list(token.scopes)) == ("app", "R485E04Q", ["clearing:read"])


@pytest.mark.parametrize("absent", [{}, {"master_keys": [], "tokens": []}, {"master_keys": None, "tokens": None}])
def test_master_keys_and_tokens_are_optional(absent: dict[str, Any]) -> None:
    """A credentials file may have only accounts."""
    given = parse_credentials(json.dumps({"accounts": [ENTRY], **absent}), "desks.json")

    assert (1, (), ()) == (len(given.desks), given.master_keys, given.tokens)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"accounts": [{**ENTRY, "api_key": "master-demo"}]}, "the key of desk is a master key. Move it"),
        ({"accounts": [], "tokens": [TOKEN, TOKEN]}, "2 tokens have the name app"),
        ({"accounts": [], "master_keys": [MASTER_KEY, MASTER_KEY]}, "2 master keys have the name group"),
        ({"accounts": [], "master_keys": [{**MASTER_KEY, "accounts": {}}]}, "the accounts of group are not an object"),
        (
            {"accounts": [], "master_keys": [{**MASTER_KEY, "accounts": ["primary"]}]},
            "the accounts of group are not an object",
        ),
        (
            {"accounts": [], "master_keys": [{**MASTER_KEY, "accounts": {"primary": 7}}]},
            "the primary of group is not a text",
        ),
        ({"accounts": [], "master_keys": [{**MASTER_KEY, "nonce_mode": "seconds"}]}, "unknown nonce_mode 'seconds'"),
        (
            {"accounts": [], "master_keys": [{**MASTER_KEY, "nonce_mode": ["3zMnjHV5B1nxsfh6b8Jx"]}]},
            "unknown nonce_mode (a list that is not shown)",
        ),
        (
            {"accounts": [], "tokens": [{**TOKEN, "scopes": "clearing:read"}]},
            "the scopes of app are not a list of texts",
        ),
        ({"accounts": [], "tokens": [{**TOKEN, "token": None}]}, "the token of app is not a text"),
        ({"accounts": [], "tokens": [{**TOKEN, "counterparty_id": ""}]}, "the counterparty_id of app is empty"),
        ({"accounts": [], "tokens": ["demo-token"]}, "no object with a list of `tokens`"),
    ],
)
def test_wrong_entry_is_named(content: dict[str, Any], problem: str) -> None:
    """The error names the entry and its problem, and shows neither secret nor token."""
    with pytest.raises(TargetError) as error:
        parse_credentials(json.dumps(content), "desks.json")

    assert problem in str(error.value)
    assert [] == [secret for secret in ("demo-secret", "group-secret", "demo-token") if secret in str(error.value)]


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
    """The report of a complete run names the reasons that no request of its layers can cause, and why."""
    notes = notes_of(nonce_mode="stated")

    limit = "RateLimit (the suite exceeds only the limit of the embedded mock)"
    assert f"Not judged: {limit}; InsufficientFunds (the credentials have no account `unfunded`)." in notes
