"""The configuration file: what it says is served, and what it leaves out is the demo exchange's."""

import json
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from gemini_clearing_mock import Account, Choices, Config, Exchange, demo_config, read_config
from gemini_clearing_mock.__main__ import main
from gemini_clearing_mock.config._template import render
from gemini_clearing_mock.config._toml import parse_config

from .configs import SMALL


def test_template_is_the_demo_exchange():
    """What ``init`` writes is the demo exchange, word for word."""
    assert parse_config(render(demo_config())) == demo_config()


def test_init_writes_a_file_that_is_read_and_never_overwritten(tmp_path, capsys):
    """The file serves as it stands; a second ``init`` leaves it alone."""
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


def test_command_serves_the_configured_exchange(tmp_path, serve):
    """The accounts that are announced are the file's."""
    file = tmp_path / "mine.toml"
    file.write_text(SMALL)

    with serve("--config", str(file)) as served:
        assert [account["name"] for account in json.loads(json.dumps(served.announced))["accounts"]] == ["north"]


def test_every_choice_is_in_the_template_and_on_the_page():
    """What can be chosen stands in the file that ``init`` writes, and with its reason in the documentation."""
    page = (Path(__file__).parents[2] / "docs" / "choices.md").read_text()
    template = render(demo_config())
    choices = [field.name for field in msgspec.structs.fields(Choices)]

    assert [name for name in choices if f"\n{name} = " not in template and f"\n# {name} = " not in template] == []
    assert [name for name in choices if f"`{name}`" not in page] == []
