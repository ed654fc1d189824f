"""The configuration file: its effects, and its defaults."""

import json
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from gemini_clearing_mock import Account, Choices, Config, Exchange, demo_config, read_config
from gemini_clearing_mock._command import main
from gemini_clearing_mock.config._template import render
from gemini_clearing_mock.config._toml import parse_config

from .configs import SMALL


def test_template_is_the_demo_configuration():
    """The file that `init` writes is exactly the demo configuration."""
    assert parse_config(render(demo_config())) == demo_config()


def test_init_writes_valid_file_once(tmp_path, capsys):
    """`init` writes a valid file, and does not overwrite an existing one."""
    file = tmp_path / "mine.toml"

    assert main(["init", str(file)]) == 0
    assert capsys.readouterr().out.startswith(f"Wrote the demo configuration to {file}. ")
    assert read_config(file) == demo_config()
    assert "[[accounts]]" in file.read_text(encoding="utf-8")
    assert main(["init", str(file)]) == 2
    assert (
        capsys.readouterr().err
        == f"gemini-clearing-mock: {file} already exists. Choose another file name, or delete it first.\n"
    )


def test_exchange_uses_configuration(clock, desks_of):
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
def test_log_names_the_step(clock, desks_of, changes, expected):
    """For an amount or price between two steps, the log names the step."""
    exchange = Exchange(parse_config(SMALL), clock=clock)
    terms = {"symbol": "abcxyz", "amount": "1.5", "price": "0.01", "side": "sell", "counterparty_id": "SOUTH"}

    desks_of(exchange).north.send("/v1/clearing/new", **terms | changes)

    assert exchange.log[-1].expected == expected


def test_empty_file_is_the_demo_configuration():
    """A missing section defaults to the demo configuration."""
    assert parse_config("") == demo_config()


def test_template_contains_every_choice():
    """Every choice is written to the template, and read back from it."""
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
def test_choice_accepts_its_limit(choice):
    """The limits of a choice are valid values."""
    assert parse_config(f"[choices]\n{choice}").choices


def test_key_has_group_of_its_account():
    """The key of an account has the group of the account."""
    text = SMALL.replace('counterparty_id = "NORTH"', 'counterparty_id = "NORTH"\ngroup = "polar"')

    assert parse_config(text).keys[0].group == "polar"


def test_master_key_group_defaults_to_demo():
    """The group of a master key defaults to `demo`."""
    text = SMALL.replace('account = "north"\n', "").replace('"account-north"', '"master-north"')

    assert (parse_config(text).keys[0].account, parse_config(text).keys[0].group) == (None, "demo")


def test_accounts_without_keys_are_valid():
    """An account needs no key."""
    assert parse_config(SMALL.partition("[[keys]]")[0]).keys == ()


def test_balance_accepts_zero():
    """A balance may be zero."""
    assert parse_config(SMALL.replace("XYZ = 1000", "XYZ = 0")).accounts[0].balances["XYZ"] == 0


def test_rows_have_defaults():
    """The optional keys of accounts and keys have defaults."""
    config = parse_config(SMALL)

    assert config.accounts[1] == Account("SOUTH", "south", "demo")
    assert (config.keys[0].group, config.keys[0].nonce, config.keys[0].heartbeat) == ("demo", "incremental", False)


def test_choices_have_documented_defaults():
    """The defaults of the choices are those in the documentation."""
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


def test_config_tokens_and_choices_are_optional():
    """`Config` needs neither tokens nor choices."""
    config = Config({}, (), ())

    assert (config.tokens, config.choices) == ((), Choices())


def test_command_serves_configured_exchange(tmp_path, serve):
    """`--config` serves the accounts of the file."""
    file = tmp_path / "mine.toml"
    file.write_text(SMALL)

    with serve("--config", str(file)) as served:
        assert [account["name"] for account in json.loads(json.dumps(served.announced))["accounts"]] == ["north"]


def test_every_choice_is_in_template_and_documentation():
    """Every choice is in the file that `init` writes, and in `docs/choices.md`."""
    page = (Path(__file__).parents[2] / "docs" / "choices.md").read_text()
    template = render(demo_config())
    choices = [field.name for field in msgspec.structs.fields(Choices)]

    assert [name for name in choices if f"\n{name} = " not in template and f"\n# {name} = " not in template] == []
    assert [name for name in choices if f"`{name}`" not in page] == []
