"""`config`: the profiles, the used one, and no secret."""

from pathlib import Path

import pytest

from gemini_clearing_cli._exit_codes import ExitCode
from tests.command_line.conftest import Cli

FILE = """
default_profile = "live"

[profiles.desk]
api_key = "account-AbCdEfGhIjKlMnOp"
api_secret = "demo-secret-of-the-desk"

[profiles.live]
environment = "production"
api_key = "account-QrStUvWxYzAbCdEf"
keyring = true
account = "main"
rate_limit = 2.5

[profiles.token]
oauth_token = "demo-token-of-the-desk"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Write a file of profiles."""
    path = tmp_path / "config.toml"
    path.write_text(FILE, encoding="utf-8")
    path.chmod(0o600)
    return path


def test_config_lists_the_profiles(cli: Cli, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each profile has its exchange, its shortened key, and the place of its secret; one is marked as used."""
    monkeypatch.delenv("GEMINI_API_KEY")

    ended = cli("config", "--json")

    assert [(row["profile"], row["used"], row["exchange"], row["identity"], row["secret"]) for row in ended.json] == [
        ("desk", False, "sandbox", "account-…MnOp", "file"),
        ("live", True, "production", "account-…CdEf", "keyring"),
        ("token", False, "sandbox", "OAuth token", "file"),
    ]
    assert f"File: {file}" in ended.err


def test_config_shows_the_environment_variables(cli: Cli, file: Path) -> None:
    """Variables are used before `default_profile`, and `--profile` before variables."""
    used = [row["profile"] for row in cli("config", "--json").json if row["used"]]
    selected = [row["profile"] for row in cli("config", "--profile", "desk", "--json").json if row["used"]]

    assert (used, selected) == (["(environment)"], ["desk"])


def test_config_shows_the_rate_limits(cli: Cli, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rate limit of each profile and of the environment is printed where one is set."""
    monkeypatch.setenv("GEMINI_RATE_LIMIT", "off")

    rates = {row["profile"]: row["rate_limit"] for row in cli("config", "--json").json}

    assert rates == {"(environment)": "off", "desk": None, "live": "2.5", "token": None}


@pytest.mark.parametrize("form", ["--json", "--csv"])
def test_config_shows_no_secret(cli: Cli, file: Path, form: str) -> None:
    """Neither a secret nor a whole key is printed."""
    ended = cli("config", form)

    for hidden in ("demo-secret", "demo-token", "AbCdEfGhIj", "account-demo-initiator"):
        assert hidden not in ended.out + ended.err


def test_config_without_any_identity_is_a_usage_error(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the file and both ways to set an identity."""
    monkeypatch.delenv("GEMINI_API_KEY")

    ended = cli("config")

    assert ended.code == ExitCode.USAGE
    assert "has no profile, and GEMINI_API_KEY is not set" in ended.err
