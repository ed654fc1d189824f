"""Profiles: the file, its mode, the order of precedence, and the keyring."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from gemini_clearing_cli._connection import Options, connect
from gemini_clearing_cli._exit_codes import ExitCode
from gemini_clearing_mock import Exchange
from tests.command_line.conftest import Cli

DESK = """
[profiles.desk]
base_url = "http://127.0.0.1"
api_key = "account-demo-initiator"
api_secret = "demo-secret-of-initiator"
"""
OTHER = DESK.replace("desk", "other").replace("initiator", "counterparty")


@pytest.fixture(autouse=True)
def without_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the identity from the environment, so that the file counts."""
    for name in ("GEMINI_API_KEY", "GEMINI_API_SECRET", "GEMINI_BASE_URL"):
        monkeypatch.delenv(name)


def save(folder: Path, text: str, mode: int = 0o600) -> Path:
    """Write the file of profiles."""
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_only_profile_is_the_default(cli: Cli, tmp_path: Path) -> None:
    """A file with one profile needs no option."""
    save(tmp_path, DESK)

    assert cli("order", "list", "--json").json == []


def test_default_profile_is_used(cli: Cli, tmp_path: Path) -> None:
    """Of several profiles, `default_profile` is used, and `--profile` selects another."""
    save(tmp_path, 'default_profile = "desk"\n' + DESK + OTHER.replace("demo-secret", "wrong-secret"))

    assert cli("order", "list").code == ExitCode.OK
    assert cli("order", "list", "--profile", "other").code == ExitCode.REJECTED


def test_several_profiles_without_a_default_are_ambiguous(cli: Cli, tmp_path: Path) -> None:
    """The command never chooses one of several profiles by itself."""
    save(tmp_path, DESK + OTHER)

    ended = cli("order", "list")

    assert ended.code == ExitCode.USAGE
    assert "names no default_profile" in ended.err


def test_environment_variables_come_before_the_default_profile(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables win against the default profile, and `--profile` against variables."""
    save(tmp_path, DESK)
    monkeypatch.setenv("GEMINI_API_KEY", "account-demo-initiator")
    monkeypatch.setenv("GEMINI_API_SECRET", "not-the-secret")
    monkeypatch.setenv("GEMINI_BASE_URL", "http://127.0.0.1")

    assert cli("order", "list").code == ExitCode.REJECTED
    assert cli("order", "list", "--profile", "desk").code == ExitCode.OK


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o604])
def test_secret_that_others_may_read_is_rejected(cli: Cli, tmp_path: Path, mode: int) -> None:
    """A file with a secret must have mode 0600; the message has the command that corrects it."""
    path = save(tmp_path, DESK, mode)

    ended = cli("order", "list")

    assert ended.code == ExitCode.USAGE
    assert f"(mode {mode:04o}). Run: chmod 600 {path}" in ended.err


def test_file_without_a_secret_may_be_read(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the keyring, the file has no secret, and any mode is allowed."""
    keyring = SimpleNamespace(
        get_password=lambda service, name: "demo-secret-of-initiator" if service == "gemini-clearing" else None
    )
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    save(tmp_path, DESK.replace('api_secret = "demo-secret-of-initiator"', "keyring = true"), 0o644)

    assert cli("order", "list", "--json").json == []


@pytest.mark.parametrize(
    ("keyring", "message"),
    [
        (None, "keyring is not installed. Run: pip install keyring"),
        (SimpleNamespace(get_password=lambda *_: None), "has no secret for profile desk. Run: keyring set"),
        (SimpleNamespace(), "the keyring cannot be read: AttributeError"),
    ],
)
def test_unusable_keyring_is_a_usage_error(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keyring: object, message: str
) -> None:
    """The message states what is missing."""
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    save(tmp_path, DESK.replace('api_secret = "demo-secret-of-initiator"', "keyring = true"))

    ended = cli("order", "list")

    assert ended.code == ExitCode.USAGE
    assert message in ended.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("profiles = 5", "profiles must be tables"),
        ("[profiles.desk]\nenviroment = 'sandbox'", "profile desk: unknown key enviroment. Valid keys: environment"),
        ("[profile.desk]", "unknown key profile. Valid keys: default_profile, profiles."),
        ("[profiles.desk]\napi_secret = 5", "profile desk: api_secret has the wrong type: int."),
        ("[profiles.desk]\ntimeout = true", "profile desk: timeout has the wrong type: bool."),
        ("[profiles.desk]\nrate_limit = true", "profile desk: rate_limit has the wrong type: bool."),
        (
            "[profiles.desk]\nrate_limit = 'fast'",
            "config.toml: profile desk: invalid rate_limit: 'fast'. Set a number of requests per second from 0.001 to ",
        ),
        ("[profiles.desk]\nrate_limit = '2'", "profile desk: invalid rate_limit: '2'. Set a number"),
        ("[profiles.desk]\nrate_limit = 0", "profile desk: invalid rate_limit: 0. Set a number"),
        ("[profiles.desk]\nrate_limit = nan", "profile desk: invalid rate_limit: nan. Set a number"),
        ("default_profile = 'x'", "default_profile names 'x'. The file has no profiles."),
        ("[profiles.desk]\nkeyring = true\napi_secret = 'demo-secret'", "keyring and api_secret are both given"),
        ("[profiles.desk", "cannot be read"),
        (
            "[profiles.desk]\nenvironment = 'moon'\napi_key = 'account-1'\napi_secret = 's'",
            "unknown environment: 'moon'",
        ),
    ],
)
def test_invalid_file_is_a_usage_error(cli: Cli, tmp_path: Path, text: str, message: str) -> None:
    """The message names the file, the profile and the key, and never a secret."""
    save(tmp_path, text)

    ended = cli("order", "list")

    assert ended.code == ExitCode.USAGE
    assert message in ended.err
    assert "demo-secret" not in ended.err


def test_profile_sets_account_nonces_and_journal(cli: Cli, tmp_path: Path) -> None:
    """The other settings of a client are keys of a profile; a path may start with `~`."""
    nonces, journal = tmp_path / "nonces", tmp_path / "desk.db"
    save(tmp_path, f'{DESK}nonces = "{nonces}"\njournal = "{journal}"\ntimeout = 5')

    ended = cli("order", "new", "--symbol", "btcusd", "--amount", "1", "--price", "1", "--side", "buy", "--yes")

    assert ended.code == ExitCode.OK, ended.err
    assert nonces.exists()
    assert journal.exists()


@pytest.mark.parametrize(
    ("setting", "per_second"), [("", None), ("rate_limit = 'off'", None), ("rate_limit = 0.5", 0.5)]
)
def test_profile_sets_the_rate_limit(
    exchange: Exchange, tmp_path: Path, setting: str, per_second: float | None
) -> None:
    """The client of a profile has its rate limit; without the key it has the client's default, here that of a mock."""
    save(tmp_path, DESK + setting)

    with connect(Options(transport=exchange.transport())) as client:
        assert client._settings.rate_per_s == per_second
