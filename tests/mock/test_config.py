"""The configuration file: what it says is served, and what is wrong with it is named with line and key."""

import json
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from gemini_clearing_mock import Account, Choices, Config, Exchange, demo_config, read_config
from gemini_clearing_mock._template import render
from gemini_clearing_mock._toml import parse_config
from gemini_clearing_mock.errors import ConfigError

SMALL = """\
[choices]
default_expiry_hours = 2
seed = 7

[[symbols]]
name = "ABCXYZ"
base = "ABC"
quote = "XYZ"
amount_step = "0.5"
price_step = 0.01

[[accounts]]
name = "north"
counterparty_id = "NORTH"
balances = { ABC = "10", XYZ = 1000 }
aliases = { SOUTH = "them" }

[[accounts]]
name = "south"
counterparty_id = "SOUTH"

[[keys]]
name = "north"
api_key = "account-north"
api_secret = "made-up"
account = "north"
roles = ["Trader", "Fund Manager"]
"""


def command(*arguments):
    """Run the command."""
    line = [sys.executable, "-m", "gemini_clearing_mock", *arguments]
    return subprocess.run(line, capture_output=True, text=True, timeout=30, check=False)


def test_template_is_the_demo_exchange():
    """What ``init`` writes is the demo exchange, word for word."""
    assert parse_config(render(demo_config())) == demo_config()


def test_init_writes_a_file_that_is_read_and_never_overwritten(tmp_path):
    """The file serves as it stands; a second ``init`` leaves it alone."""
    file = tmp_path / "mine.toml"

    done = command("init", str(file))
    assert (done.returncode, done.stdout.split(".toml ")[1][:23]) == (0, "holds the demo exchange")
    assert read_config(file) == demo_config()
    assert "[[accounts]]" in file.read_text(encoding="utf-8")
    again = command("init", str(file))
    assert (again.returncode, again.stderr) == (2, f"{file} cannot be written: File exists.\n")


def test_configured_exchange_trades_what_it_says(clock, desks_of):
    """Symbols, steps, expiry, aliases and seed come from the file."""
    desks = desks_of(Exchange(parse_config(SMALL), clock=clock))
    terms = {"symbol": "abcxyz", "amount": "1.5", "price": "0.01", "side": "sell", "counterparty_id": "SOUTH"}

    first = desks.north.place(**terms)
    assert desks.north.send("/v1/clearing/new", **terms | {"amount": "1.25"}).reason == "InvalidQuantity"
    assert desks.north.send("/v1/clearing/new", **terms | {"price": "0.015"}).reason == "InvalidPrice"
    assert desks.north.orders(counterparty="them")[0]["counterparty_alias"] == "them"
    clock.advance(hours=2)
    assert desks.north.status(first) == "Expired"
    assert desks_of(Exchange(parse_config(SMALL), clock=clock)).north.place(**terms) == first


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({"amount": "1.25"}, "amount: a multiple of 0.5"), ({"price": "0.015"}, "price: a multiple of 0.01")],
)
def test_log_names_the_step_that_was_missed(clock, desks_of, changes, expected):
    """What would have passed is a whole number of steps."""
    exchange = Exchange(parse_config(SMALL), clock=clock)
    terms = {"symbol": "abcxyz", "amount": "1.5", "price": "0.01", "side": "sell", "counterparty_id": "SOUTH"}

    desks_of(exchange).north.send("/v1/clearing/new", **terms | changes)

    assert exchange.log[-1].expected == expected


def test_empty_file_is_the_demo_exchange():
    """A part that is left out is the demo exchange's."""
    assert parse_config("") == demo_config()


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("seed = 7", "sed = 7", "line 3, choices.sed: there is no such key."),
        ("seed = 7", "seed = 'x'", "line 3, choices.seed: expected `int | null`, got `str`."),
        ("hours = 2", "hours = 900", "line 2, choices.default_expiry_hours: 900 must be above 0"),
        ("hours = 2", "hours = 2\nlog_size = 0", "line 3, choices.log_size: 0 must be at least 1."),
        ('"0.5"', '"0"', "line 9, symbols[0].amount_step: 0 must be above 0."),
        ('"0.5"', '"half"', "line 9, symbols[0].amount_step: invalid decimal string."),
        ('"ABCXYZ"', '"abc/xyz"', "line 6, symbols[0].name: 'abc/xyz' must be upper-case letters and digits."),
        ('quote = "XYZ"', 'quote = "ABC"', "line 8, symbols[0].quote: a currency is not traded for itself."),
        ('"SOUTH"\n\n', '"NORTH"\n\n', "line 16, accounts[0].aliases: 'SOUTH' is no counterparty_id of this file."),
        ('account = "north"', 'account = "east"', "there is no account 'east'; there are: north, south."),
        ('name = "south"', 'name = "north"', "line 19, accounts[1].name: 'north' is taken already."),
        ("XYZ = 1000", "XYZ = -1", "line 15, accounts[0].balances: XYZ = -1 must not be negative."),
        ('account = "north"', 'account = "east"', "line 26, keys[0].account: there is no account 'east'"),
        (
            '"account-north"',
            '"north"',
            "line 24, keys[0].api_key: 'north': a key of an account begins with 'account-'.",
        ),
        ('"made-up"', '""', "line 25, keys[0].api_secret: the secret is empty."),
        ('"Trader", ', '"Treasurer", ', "line 27, keys[0].roles: 'Treasurer' is no role"),
        ('"Trader", ', '"Auditor", ', "line 27, keys[0].roles: Auditor cannot be combined with another role."),
        ("seed = 7", "seed = ", "Invalid value (at line 3, column 8)"),
        ('"ABCXYZ"', '"abcxyz"', "line 6, symbols[0].name: 'abcxyz' must be upper-case letters and digits."),
        ('"ABCXYZ"', '"ABC/XYZ"', "line 6, symbols[0].name: 'ABC/XYZ' must be upper-case letters and digits."),
        ('"Trader", ', "7, ", "line 27, keys[0].roles[0]: expected `str`, got `int`."),
        ("[choices]", "speed = 1\n[choices]", "line 1, speed: there is no such key."),
        ('base = "ABC"', 'basis = "ABC"', "line 7, symbols[0].basis: there is no such key."),
        ('"SOUTH"\n\n', '"SOUTH"\nid = 1\n\n', "line 21, accounts[1].id: there is no such key."),
        ("roles = ", "rights = ", "line 27, keys[0].rights: there is no such key."),
        ("[choices]", "[[tokens]]\nrole = 1\n[choices]", "line 2, tokens[0].role: there is no such key."),
        ('"SOUTH"\n\n', '"SOUTH"\n[[accounts]]\n', "line 21, accounts[2]: object missing required field `name`."),
    ],
)
def test_mistake_is_named_with_line_and_key(old, new, complaint):
    """Each mistake gives one message that says where it stands and what is wrong."""
    assert old in SMALL

    with pytest.raises(ConfigError) as refused:
        parse_config(SMALL.replace(old, new, 1), "mine.toml")

    assert complaint in str(refused.value)
    assert str(refused.value).startswith("mine.toml")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('\n"the speed" = 1', "line 2, the speed: there is no such key."),
        ("\nchoices . sed = 1", "line 2, choices.sed: there is no such key."),
        ("\n'größe' = 1", "line 2, größe: there is no such key."),
        ('"a = b" = 1', "line 1, a = b: there is no such key."),
    ],
)
def test_mistake_is_found_however_its_key_is_written(text, complaint):
    """Quoted, spaced or in other letters; one that cannot be found is at the top."""
    with pytest.raises(ConfigError, match=complaint):
        parse_config(text)


def test_template_says_every_choice():
    """What was chosen comes back from the file that is written."""
    choices = Choices(
        default_expiry_hours=Decimal("0.5"),
        maximum_expiry_hours=Decimal(100),
        settlement_interval_s=7,
        funds_needed_to_place=True,
        funds_needed_to_confirm=True,
        nonce_window_s=8,
        requests_per_minute=9,
        queued_requests=10,
        heartbeat_timeout_s=11,
        heartbeat_cancels_orders=False,
        log_size=12,
        seed=13,
    )

    assert parse_config(render(demo_config(choices))).choices == choices


def test_key_without_account_is_told_what_it_would_be():
    """It is a master key, whose name begins otherwise."""
    with pytest.raises(ConfigError, match="a key without account is a master key, and begins with 'master-'"):
        parse_config(SMALL.replace('account = "north"\n', ""))


@pytest.mark.parametrize(
    "choice",
    [
        "default_expiry_hours = 720",
        'default_expiry_hours = "0.5"',
        "settlement_interval_s = 1",
        "log_size = 1",
        "heartbeat_timeout_s = 1",
        "requests_per_minute = 0",
        "queued_requests = 0",
        "nonce_window_s = 0",
    ],
)
def test_choice_may_be_at_its_limit(choice):
    """What is just possible is taken."""
    assert parse_config(f"[choices]\n{choice}").choices


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
def test_choice_beyond_its_limit_is_refused(choice):
    """What cannot be served is told when the file is read."""
    with pytest.raises(ConfigError, match=f"line 2, choices.{choice.split()[0]}: "):
        parse_config(f"[choices]\n{choice}")


def test_keys_without_accounts_are_named_with_their_line():
    """A part of the file is found by its heading."""
    with pytest.raises(ConfigError, match="line 4, keys: keys and tokens need accounts"):
        parse_config("[choices]\nseed = 1\n\n" + SMALL[SMALL.index("[[keys]]") :])


def test_tokens_without_accounts_are_named_with_their_line():
    """A part of the file is called by its own name."""
    with pytest.raises(ConfigError, match="line 1, tokens: keys and tokens need accounts"):
        parse_config('[[tokens]]\nname = "t"\ntoken = "t"\nscopes = []\naccount = "x"\n')


def test_key_belongs_to_the_group_of_its_account():
    """Whatever group the key's own row might name."""
    text = SMALL.replace('counterparty_id = "NORTH"', 'counterparty_id = "NORTH"\ngroup = "polar"')

    assert parse_config(text).keys[0].group == "polar"


def test_master_key_is_the_demo_groups_unless_told():
    """As an account is."""
    text = SMALL.replace('account = "north"\n', "").replace('"account-north"', '"master-north"')

    assert (parse_config(text).keys[0].account, parse_config(text).keys[0].group) == (None, "demo")


def test_accounts_need_no_keys():
    """A desk for whom nobody acts can still be traded with."""
    assert parse_config(SMALL.partition("[[keys]]")[0]).keys == ()


def test_counterparty_id_is_given_once():
    """Of two accounts the second is named, with the key that is wrong."""
    text = SMALL.replace('aliases = { SOUTH = "them" }\n', "").replace('"SOUTH"', '"NORTH"')

    with pytest.raises(ConfigError, match=r"accounts\[1\]\.counterparty_id: 'NORTH' is taken already"):
        parse_config(text)


@pytest.mark.parametrize(
    ("block", "complaint"),
    [
        ("[[symbols]]", "symbols[1].name: 'ABCXYZ' is there already."),
        ("[[keys]]", "keys[1].api_key: 'account-north' is there already."),
    ],
)
def test_symbols_and_keys_are_given_once(block, complaint):
    """Of two that are called the same the second is named, and neither is dropped in silence."""
    twice = next(part for part in SMALL.split("\n\n") if part.startswith(block))

    with pytest.raises(ConfigError, match=re.escape(complaint)):
        parse_config(f"{SMALL}\n{twice}\n")


def test_balance_may_be_zero():
    """A desk without funds is what a test of missing funds needs."""
    assert parse_config(SMALL.replace("XYZ = 1000", "XYZ = 0")).accounts[0].balances["XYZ"] == 0


def test_rows_need_no_more_than_their_names():
    """What is left out of an account or a key is what most have."""
    config = parse_config(SMALL)

    assert config.accounts[1] == Account("SOUTH", "south", "demo")
    assert (config.keys[0].group, config.keys[0].nonce, config.keys[0].heartbeat) == ("demo", "incremental", False)


def test_choices_are_those_of_the_documents_unless_told():
    """The defaults are a promise to whoever tests against them."""
    assert msgspec.structs.asdict(Choices()) == {
        "default_expiry_hours": 24,
        "maximum_expiry_hours": 720,
        "settlement_interval_s": 30,
        "funds_needed_to_place": False,
        "funds_needed_to_confirm": False,
        "nonce_window_s": 30,
        "requests_per_minute": 0,
        "queued_requests": 5,
        "heartbeat_timeout_s": 30,
        "heartbeat_cancels_orders": True,
        "log_size": 1000,
        "seed": None,
    }


def test_configuration_needs_neither_tokens_nor_choices():
    """Most exchanges have none of their own."""
    config = Config({}, (), ())

    assert (config.tokens, config.choices) == ((), Choices())


def test_command_tells_a_mistake_in_one_line(tmp_path):
    """No traceback, exit code 2."""
    file = tmp_path / "mine.toml"
    file.write_text("[choices]\nspeed = 1\n")

    done = command("--config", str(file), "--port", "0")

    assert (done.returncode, done.stderr) == (2, "mine.toml, line 2, choices.speed: there is no such key.\n")


def test_command_tells_a_missing_file(tmp_path):
    """A file that is not there is named, with the way to make one."""
    done = command("--config", str(tmp_path / "none.toml"))

    assert done.returncode == 2
    assert done.stderr.endswith(
        "none.toml cannot be read: No such file or directory. `gemini-clearing-mock init` writes one.\n"
    )


def test_file_that_is_no_text_is_named(tmp_path):
    """With the command that writes a good one."""
    file = tmp_path / "exchange.toml"
    file.write_bytes(b"\xff")

    with pytest.raises(
        ConfigError, match=f"{file} cannot be read: it is not UTF-8. `gemini-clearing-mock init` writes"
    ):
        read_config(file)


def test_command_serves_the_configured_exchange(tmp_path, serve):
    """The accounts that are announced are the file's."""
    file = tmp_path / "mine.toml"
    file.write_text(SMALL)

    with serve("--config", str(file)) as served:
        assert [account["name"] for account in json.loads(json.dumps(served.announced))["accounts"]] == ["north"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--workers", "2"], "Several workers need one state: set --state FILE too."),
        (["--workers", "0"], "0 workers serve nothing; set --workers to 1 or more."),
        (["--host", "0.0.0.0", "--controls"], "Controls on 0.0.0.0 are for everybody who can reach it"),  # noqa: S104
    ],
)
def test_command_refuses_options_that_contradict_each_other(options, complaint):
    """What cannot work, or would not be safe, is refused before anything is opened."""
    done = command("--port", "0", *options)

    assert done.returncode == 2
    assert complaint in done.stderr


@pytest.mark.parametrize(
    ("options", "open_to_all", "open_to_bearer"),
    [([], 404, 404), (["--controls", "--control-token", "demo"], 403, 200)],
)
def test_controls_beyond_loopback_need_a_flag_and_a_token(serve, options, open_to_all, open_to_bearer):
    """Served beyond loopback, controls are off; switched on, they are for those who have the token."""
    import httpx

    with serve("--host", "0.0.0.0", *options) as served:  # noqa: S104
        url = served.base_url.replace("0.0.0.0", "127.0.0.1") + "/__mock__/state"  # noqa: S104
        assert httpx.get(url).status_code == open_to_all
        assert httpx.get(url, headers={"authorization": "Bearer demo"}).status_code == open_to_bearer


def test_every_choice_is_in_the_template_and_on_the_page():
    """What can be chosen stands in the file that ``init`` writes, and with its reason in the documentation."""
    page = (Path(__file__).parents[2] / "docs" / "choices.md").read_text()
    template = render(demo_config())
    choices = [field.name for field in msgspec.structs.fields(Choices)]

    assert [name for name in choices if f"\n{name} = " not in template and f"\n# {name} = " not in template] == []
    assert [name for name in choices if f"`{name}`" not in page] == []
