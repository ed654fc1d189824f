"""Damaged, older and newer state files, and files that meet another configuration or a snapshot that does not fit."""

import contextlib
import json
import sqlite3

import msgspec
import pytest

from gemini_clearing_mock import Exchange, demo_config
from gemini_clearing_mock import _command as command
from gemini_clearing_mock.errors import ControlError, StateFileError
from gemini_clearing_mock.state._state_file import SharedFile, file_ids

from .test_control_mistakes import post


@pytest.fixture
def written(state_file, clock, desks_of):
    """A state file with an order, and its exchange closed."""
    with Exchange(clock=clock, state_file=state_file) as exchange:
        desks_of(exchange).initiator.place(counterparty_id="OM9VNL1G")
    return state_file


def change(file, *statements):
    """Change a state file."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as database:
        for statement in statements:
            database.execute(statement)


def damage_page(file):
    """Overwrite the second page and those after it."""
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xaa" * (len(content) - 4096)
    file.write_bytes(content)


def cut(file):
    """Cut the file in the middle."""
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2 + 100])


def make_newer(file):
    """Give the file the format of a later version."""
    change(file, "PRAGMA user_version = 3")


def make_unknown(file):
    """Give the file a format that never existed."""
    change(file, "PRAGMA user_version = 0")


def add_unknown_table(file):
    """Add a row in a table that this version does not have."""
    change(file, "INSERT INTO record VALUES ('futures', 'X', 1, '{}')")


def break_json(file):
    """Replace the records of the orders by text that is not JSON."""
    change(file, "UPDATE record SET body = 'no json' WHERE part = 'orders'")


def break_text(file):
    """Replace the records of the orders by text instead of bytes, with a wrong type in it."""
    change(file, "UPDATE record SET body = replace(CAST(body AS TEXT), '\"AwaitTargetConfirm\"', '7')")


def remove_accounts(file):
    """Remove an account that has keys and orders."""
    change(file, "DELETE FROM record WHERE part = 'accounts' AND row = 'R485E04Q'")


def remove_table(file):
    """Remove the only table."""
    change(file, "DROP TABLE record", "CREATE TABLE other (thing)")


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (damage_page, ""),
        (cut, ""),
        (make_newer, "has format 3, of a newer version of this program, which reads format 2. Use that version"),
        (make_unknown, "has format 0, of an unknown version of this program"),
        (add_unknown_table, "unknown table 'futures'"),
        (break_json, "orders['"),
        (break_text, "orders['"),
        (remove_accounts, "unknown account 'R485E04Q'"),
        (remove_table, "no such table: record"),
    ],
)
def test_unusable_file_is_one_line_with_the_reason(written, capsys, spoil, problem):
    """A damaged file, or one of another version, is one line with file and reason, and exit status 2."""
    spoil(written)
    before = written.read_bytes()

    assert command.main(["--port", "0", "--state", str(written)]) == 2

    output = capsys.readouterr().err
    assert output.count("\n") == 1
    assert str(written) in output
    assert problem in output
    assert written.read_bytes() == before or spoil in {add_unknown_table, break_json, break_text, remove_accounts}


def test_file_of_format_1_is_migrated(written, clock, desks_of):
    """A file of the first format is read, keeps orders and balances, and then has the current format."""
    with Exchange(clock=clock, state_file=written) as exchange:
        exchange.desks.set_balance("initiator", "BTC", 5)
        before = exchange.fingerprint()
    change(written, "DELETE FROM record WHERE part = 'configuration'", "PRAGMA user_version = 1")

    with Exchange(clock=clock, state_file=written) as exchange:
        assert exchange.fingerprint() == before
    with contextlib.closing(sqlite3.connect(written)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (2,)


def test_database_of_another_program_stays_as_it_is(tmp_path):
    """A database of another program is rejected without a changed byte, and without files next to it."""
    file = tmp_path / "other"
    change(file, "CREATE TABLE precious (thing)")
    before = file.read_bytes()

    with pytest.raises(StateFileError, match="is a SQLite database, but not a state file"):
        Exchange(state_file=file)

    assert file.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["other"]


def edited(config, table, name, **changes):
    """Return a configuration with one changed record."""
    rows = [msgspec.structs.replace(row, **changes) if row.name == name else row for row in getattr(config, table)]
    return msgspec.structs.replace(config, **{table: tuple(rows)})


def without(config, table, name):
    """Return a configuration without a record."""
    rows = tuple(row for row in getattr(config, table) if row.name != name)
    return msgspec.structs.replace(config, **{table: rows})


def test_rotated_secret_is_applied(written, clock, desks_of):
    """A secret that was changed in the configuration is valid and announced, and the old one is not."""
    old = desks_of(Exchange(clock=clock, state_file=written)).initiator
    exchange = Exchange(
        edited(demo_config(), "keys", "initiator", api_secret="rotated"), clock=clock, state_file=written
    )
    old.exchange = exchange
    old.nonces = iter(range(100, 200))

    assert exchange.account("initiator").api_secret == "rotated"
    assert old.send("/v1/clearing/list").reason == "InvalidSignature"
    new = desks_of(exchange).initiator
    new.nonces = old.nonces
    assert len(new.orders()) == 1


def test_changed_role_removed_key_and_token_are_applied(written, clock, desks_of):
    """A changed role is applied, and a removed key or token is unknown; what a control has added stays."""
    with Exchange(clock=clock, state_file=written) as exchange:
        exchange.desks.add_key("late", account="initiator")
    config = edited(demo_config(), "keys", "initiator", roles=("Auditor",))
    config = without(without(config, "keys", "auditor"), "tokens", "reader")

    exchange = Exchange(config, clock=clock, state_file=written)

    assert desks_of(exchange).initiator.send("/v1/clearing/list", nonce=100).reason == "MissingRole"
    assert {"late"} == {account.name for account in exchange.accounts} - {key.name for key in config.keys}
    assert "auditor" not in {account.name for account in exchange.accounts}
    with exchange.transactions.begin() as transaction:
        assert list(transaction.state.tokens) == ["demo-token-of-initiator"]


def test_changed_balance_of_the_configuration_is_applied(written, clock):
    """An account that was changed in the configuration is replaced; the others keep their balances."""
    with Exchange(clock=clock, state_file=written) as exchange:
        for name in ("initiator", "desk3"):
            exchange.desks.set_balance(name, "BTC", 5)
    config = edited(demo_config(), "accounts", "initiator", balances={"BTC": 7})

    exchange = Exchange(config, clock=clock, state_file=written)

    assert [exchange.desks.balance(name, "BTC") for name in ("initiator", "desk3")] == [7, 5]
    assert exchange.desks.balance("initiator", "USD") == 0


def test_removed_account_with_orders_is_rejected(written, clock):
    """A configuration without an account that has orders is rejected; without orders the account is removed."""
    demo = demo_config()
    smaller = without(demo, "accounts", "desk3")
    smaller = without(smaller, "keys", "desk3")

    assert "desk3" not in [desk.name for desk in Exchange(smaller, clock=clock, state_file=written).desks]
    no_initiator = msgspec.structs.replace(
        without(demo, "accounts", "initiator"),
        keys=tuple(key for key in demo.keys if key.account != "R485E04Q"),
        tokens=(),
    )
    with pytest.raises(StateFileError, match="has orders of the account 'R485E04Q', which the configuration lacks"):
        Exchange(no_initiator, clock=clock, state_file=written)
    assert Exchange(demo, clock=clock, state_file=written).account("desk3").name == "desk3"


def test_unchanged_configuration_writes_nothing(written, clock):
    """Opening a file again with the same configuration changes nothing in it."""

    def rows():
        with contextlib.closing(sqlite3.connect(written)) as database:
            return database.execute("SELECT * FROM record ORDER BY part, row").fetchall()

    before = rows()
    Exchange(clock=clock, state_file=written).close()

    assert rows() == before


def order_of(snapshot):
    """Return the only order of a snapshot."""
    (order,) = snapshot["orders"].values()
    return order


SPOILED = {
    "no accounts": lambda snapshot: snapshot["accounts"].clear(),
    "unknown symbol": lambda snapshot: order_of(snapshot).update(symbol="XXXYYY"),
    "unknown source": lambda snapshot: order_of(snapshot).update(source="UNKNOWN1"),
    "unknown target": lambda snapshot: order_of(snapshot).update(target="UNKNOWN1"),
    "unknown broker": lambda snapshot: order_of(snapshot).update(broker="UNKNOWN1"),
    "other clearing_id": lambda snapshot: order_of(snapshot).update(clearing_id="OTHER"),
    "amount of zero": lambda snapshot: order_of(snapshot).update(amount="0"),
    "amount NaN": lambda snapshot: order_of(snapshot).update(amount="NaN"),
    "endless price": lambda snapshot: order_of(snapshot).update(price="1E+999999999"),
    "unknown state": lambda snapshot: order_of(snapshot).update(state="Lost"),
    "confirmed without time": lambda snapshot: order_of(snapshot).update(state="Confirmed"),
    "time beyond every date": lambda snapshot: order_of(snapshot).update(expires_ms=10**18),
    "gap in the sequence": lambda snapshot: order_of(snapshot).update(sequence=2),
    "negative balance": lambda snapshot: snapshot["accounts"]["R485E04Q"]["balances"].update(BTC="-1"),
    "key of no account": lambda snapshot: snapshot["keys"]["account-demo-initiator"].update(account="UNKNOWN1"),
    "key with unknown role": lambda snapshot: snapshot["keys"]["account-demo-initiator"].update(roles=["Boss"]),
    "token of no account": lambda snapshot: snapshot["tokens"]["demo-token-of-reader"].update(account="UNKNOWN1"),
    "nonce that is no number": lambda snapshot: snapshot["nonces"].update({"account-demo-initiator": "NaN"}),
    "counter below the log": lambda snapshot: snapshot["counters"].update(requests=0),
    "clock beyond every date": lambda snapshot: snapshot["clock"].update(clock={"offset_ms": 10**18}),
    "missing table": lambda snapshot: snapshot.pop("nonces"),
    "unknown table": lambda snapshot: snapshot.update(futures={}),
    "table of another type": lambda snapshot: snapshot.update(orders=[]),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
@pytest.mark.parametrize("has_file", [False, True])
def test_snapshot_that_does_not_fit_is_rejected_whole(state_file, clock, desks_of, spoil, has_file):
    """A snapshot with a wrong reference or value gets 400, changes nothing, and the exchange can restart."""
    file = state_file if has_file else None
    exchange = Exchange(clock=clock, state_file=file)
    desk = desks_of(exchange).initiator
    order = desk.place(counterparty_id="OM9VNL1G")
    snapshot = json.loads(exchange.snapshot())
    spoil(snapshot)
    before = exchange.snapshot()

    status, reply = post(exchange, "/restore", snapshot)

    assert (status, reply["message"].startswith("invalid snapshot: ")) == (400, True)
    assert exchange.snapshot() == before
    assert desk.status(order) == "AwaitTargetConfirm"
    if has_file:
        assert len(Exchange(clock=clock, state_file=file).log) == 2


@pytest.mark.parametrize("snapshot", [b"", b"[]", b"null", b"[" * 100_000, b'{"orders":' * 50_000, b"\xff\xfe"])
def test_snapshot_that_is_not_one_is_rejected(exchange, snapshot):
    """Bytes that are not a snapshot raise `ControlError`, also if they are nested too deeply."""
    with pytest.raises(ControlError, match="invalid snapshot"):
        exchange.restore(snapshot)


@pytest.mark.parametrize("loss", ["removed", "replaced"])
def test_worker_opens_only_the_file_that_its_parent_has_open(loss, written, clock):
    """A worker that starts after the file was lost creates no file, and changes no other one."""
    with Exchange(clock=clock, state_file=written):
        shared = SharedFile(written, file_ids(written))
        Exchange(clock=clock, state_file=shared)
        copy = written.with_name("copy")
        copy.write_bytes(written.read_bytes())
        content = copy.read_bytes()
        written.unlink() if loss == "removed" else copy.replace(written)

        with pytest.raises(StateFileError, match="was removed or replaced while in use"):
            Exchange(clock=clock, state_file=shared)
    assert written.exists() == (loss == "replaced")
    assert loss == "removed" or written.read_bytes() == content
