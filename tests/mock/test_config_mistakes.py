"""Errors in a configuration file are reported with line and key."""

import re

import pytest

from gemini_clearing_mock import read_config
from gemini_clearing_mock._command import main
from gemini_clearing_mock.config._toml import parse_config
from gemini_clearing_mock.errors import ConfigError

from .configs import SMALL


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("seed = 7", "sed = 7", "line 3, choices.sed: unknown key."),
        ("seed = 7", "seed = 'x'", "line 3, choices.seed: expected `int | null`, got `str`."),
        ("hours = 2", "hours = 900", "line 2, choices.default_expiry_hours: 900 must be above 0"),
        ("hours = 2", "hours = 2\nlog_size = 0", "line 3, choices.log_size: 0 must be at least 1."),
        ('"0.5"', '"0"', "line 9, symbols[0].amount_step: 0 must be above 0."),
        ('"0.5"', '"half"', "line 9, symbols[0].amount_step: invalid decimal string."),
        ('"ABCXYZ"', '"abc/xyz"', "line 6, symbols[0].name: 'abc/xyz' must consist of upper-case letters and digits."),
        ('quote = "XYZ"', 'quote = "ABC"', "line 8, symbols[0].quote: quote and base must be different currencies."),
        (
            '"SOUTH"\n\n',
            '"NORTH"\n\n',
            "line 16, accounts[0].aliases: 'SOUTH' is not the counterparty_id of an account in this file.",
        ),
        ('account = "north"', 'account = "east"', "unknown account 'east'. Accounts: north, south."),
        ('name = "south"', 'name = "north"', "line 19, accounts[1].name: duplicate name 'north'."),
        ("XYZ = 1000", "XYZ = -1", "line 15, accounts[0].balances: XYZ = -1 must be finite and not negative."),
        ('account = "north"', 'account = "east"', "line 26, keys[0].account: unknown account 'east'"),
        (
            '"account-north"',
            '"north"',
            "line 24, keys[0].api_key: 'north': the key of an account must start with 'account-'.",
        ),
        ('"made-up"', '""', "line 25, keys[0].api_secret: the secret must not be empty."),
        (
            '"Trader", ',
            '"Treasurer", ',
            "keys[0].roles: unknown role 'Treasurer'. Valid roles: Administrator, Auditor, Fund Manager, Trader.",
        ),
        ('"Trader", ', '"Auditor", ', "line 27, keys[0].roles: Auditor cannot be combined with another role."),
        ("seed = 7", "seed = ", "Invalid value (at line 3, column 8)"),
        ('"ABCXYZ"', '"abcxyz"', "line 6, symbols[0].name: 'abcxyz' must consist of upper-case letters and digits."),
        ('"ABCXYZ"', '"ABC/XYZ"', "line 6, symbols[0].name: 'ABC/XYZ' must consist of upper-case letters and digits."),
        ('"Trader", ', "7, ", "line 27, keys[0].roles[0]: expected `str`, got `int`."),
        ("[choices]", "speed = 1\n[choices]", "line 1, speed: unknown key."),
        ('base = "ABC"', 'basis = "ABC"', "line 7, symbols[0].basis: unknown key."),
        ('"SOUTH"\n\n', '"SOUTH"\nid = 1\n\n', "line 21, accounts[1].id: unknown key."),
        ("roles = ", "rights = ", "line 27, keys[0].rights: unknown key."),
        ("[choices]", "[[tokens]]\nrole = 1\n[choices]", "line 2, tokens[0].role: unknown key."),
        ('"SOUTH"\n\n', '"SOUTH"\n[[accounts]]\n', "line 21, accounts[2]: object missing required field `name`."),
    ],
)
def test_error_names_line_and_key(old, new, problem):
    """Each error gives one message with file, line, key and problem."""
    assert old in SMALL

    with pytest.raises(ConfigError) as rejected:
        parse_config(SMALL.replace(old, new, 1), "mine.toml")

    assert problem in str(rejected.value)
    assert str(rejected.value).startswith("mine.toml")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('\n"the speed" = 1', "line 2, the speed: unknown key."),
        ("\nchoices . sed = 1", "line 2, choices.sed: unknown key."),
        ("\n'größe' = 1", "line 2, größe: unknown key."),
        ('"a = b" = 1', "line 1, a = b: unknown key."),
    ],
)
def test_error_names_line_for_any_key_syntax(text, problem):
    """The line is found for quoted, dotted and non-ASCII keys; otherwise it is line 1."""
    with pytest.raises(ConfigError, match=problem):
        parse_config(text)


def test_master_key_needs_master_prefix():
    """A key without account is a master key, and its API key must start with `master-`."""
    with pytest.raises(ConfigError, match="a master key \\(a key without account\\) must start with 'master-'"):
        parse_config(SMALL.replace('account = "north"\n', ""))


@pytest.mark.parametrize(
    "choice",
    [
        "default_expiry_hours = 720.5",
        "default_expiry_hours = 0",
        "settlement_interval_s = 0",
        "log_size = 0",
        "heartbeat_timeout_s = 0",
        "requests_per_minute = -1",
        "queued_requests = -1",
        "nonce_window_s = -1",
    ],
)
def test_choice_rejects_values_beyond_its_limit(choice):
    """A choice beyond its limit is rejected when the file is read."""
    with pytest.raises(ConfigError, match=f"line 2, choices.{choice.split()[0]}: "):
        parse_config(f"[choices]\n{choice}")


def test_keys_without_accounts_are_rejected():
    """Keys without accounts are rejected, with the line of their section."""
    with pytest.raises(ConfigError, match="line 4, keys: keys and tokens need accounts"):
        parse_config("[choices]\nseed = 1\n\n" + SMALL[SMALL.index("[[keys]]") :])


def test_tokens_without_accounts_are_rejected():
    """Tokens without accounts are rejected, with the line of their section."""
    with pytest.raises(ConfigError, match="line 1, tokens: keys and tokens need accounts"):
        parse_config('[[tokens]]\nname = "t"\ntoken = "t"\nscopes = []\naccount = "x"\n')


def test_counterparty_id_is_unique():
    """Of two accounts with the same counterparty id, the second is reported."""
    text = SMALL.replace('aliases = { SOUTH = "them" }\n', "").replace('"SOUTH"', '"NORTH"')

    with pytest.raises(ConfigError, match=r"accounts\[1\]\.counterparty_id: duplicate counterparty_id 'NORTH'"):
        parse_config(text)


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ("[[symbols]]", "symbols[1].name: duplicate symbol 'ABCXYZ'."),
        ("[[keys]]", "keys[1].api_key: duplicate key 'account-north'."),
    ],
)
def test_symbols_and_keys_are_unique(block, problem):
    """Of two symbols or keys with the same name, the second is reported."""
    twice = next(part for part in SMALL.split("\n\n") if part.startswith(block))

    with pytest.raises(ConfigError, match=re.escape(problem)):
        parse_config(f"{SMALL}\n{twice}\n")


def test_command_prints_config_error_without_traceback(tmp_path, capsys):
    """The command prints a configuration error in one line, and exits with status 2."""
    file = tmp_path / "mine.toml"
    file.write_text("[choices]\nspeed = 1\n")

    assert main(["--config", str(file), "--port", "0"]) == 2
    assert capsys.readouterr().err == "gemini-clearing-mock: mine.toml, line 2, choices.speed: unknown key.\n"


def test_command_names_missing_file(tmp_path, capsys):
    """The error for a missing file names the command that creates one."""
    missing = tmp_path / "none.toml"

    assert main(["--config", str(missing)]) == 2
    assert capsys.readouterr().err == (
        f"gemini-clearing-mock: cannot read {missing}: No such file or directory. "
        f"Create a configuration file with: gemini-clearing-mock init {missing}\n"
    )


def test_file_that_is_not_utf8_is_rejected(tmp_path):
    """A file that is not UTF-8 is rejected."""
    file = tmp_path / "exchange.toml"
    file.write_bytes(b"\xff")

    with pytest.raises(ConfigError, match=f"cannot read {file}: it is not UTF-8. Choose another file."):
        read_config(file)
