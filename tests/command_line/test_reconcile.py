"""`reconcile`: each seeded difference is named, and an equal book has no difference."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

from gemini_clearing import ArgumentError, GeminiClearing
from gemini_clearing_cli import ActualOrders, DifferenceKind, ExpectedOrder, read_book, reconcile
from gemini_clearing_cli._exit_codes import ExitCode
from gemini_clearing_mock import Exchange
from tests.client.many_rows import LIMIT, ManyRows
from tests.command_line.conftest import Cli
from tests.command_line.running import TERMS

NOW = datetime(2026, 11, 28, 16, tzinfo=UTC)
LATE, EARLY = "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"
Book = list[dict[str, Any]]


def client(exchange: Exchange, desk: str) -> GeminiClearing:
    """Return a client of a desk."""
    account = exchange.account(desk)
    return GeminiClearing(
        api_key=account.api_key,
        api_secret=account.api_secret,
        base_url="http://127.0.0.1",
        transport=exchange.transport(),
    )


@pytest.fixture
def book(exchange: Exchange) -> Book:
    """Place twelve orders, settle the first four, and return the book that expects exactly these."""
    book: Book = []
    terms: dict[str, Any] = {**TERMS, "amount": "1"}
    theirs = exchange.account("counterparty").counterparty_id
    with client(exchange, "initiator") as ours, client(exchange, "counterparty") as other:
        for number in range(12):
            terms["price"] = f"{9500 + number}.5"
            order_id = ours.create_order(**terms, counterparty_id=theirs).clearing_id
            if number < 4:
                other.confirm_order(clearing_id=order_id, **{**terms, "side": "sell"})
            book.append({"clearing_id": order_id, **terms})
        exchange.clock.advance(minutes=2)
        listed = {order.clearing_id: order.status for order in ours.list_orders().orders}
    return [{**row, "status": str(listed[row["clearing_id"]]), "settle_by": EARLY} for row in book]


def save(folder: Path, book: Book, suffix: str = ".csv") -> str:
    """Write a book as CSV or JSON, and return its path."""
    path = folder / f"book{suffix}"
    if suffix == ".json":
        path.write_text(json.dumps(book), encoding="utf-8")
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            columns = list(dict.fromkeys(name for row in book for name in row))
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(book)
    return str(path)


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_equal_book_has_no_difference(cli: Cli, book: Book, tmp_path: Path, suffix: str) -> None:
    """The exit code is 0, also if symbols are in lower case and numbers have other zeros."""
    changed = [{**row, "amount": "1.000", "price": f"0{row['price']}0"} for row in book]

    ended = cli("reconcile", save(tmp_path, changed, suffix), "--json")

    assert (ended.code, ended.json) == (ExitCode.OK, []), ended.err
    assert "Orders in the book: 12. Differences: 0." in ended.err


Change = Callable[[Book], object]
SEEDED: list[tuple[str, int, Change, str]] = [
    ("one order more", 12, lambda book: book.append({"clearing_id": "NOTHERE0", "amount": "1"}), "missing"),
    ("one order less", 5, lambda book: book.pop(5), "unexpected"),
    ("the same order twice", 5, lambda book: book.append(book[5]), "duplicate"),
    ("another symbol", 6, lambda book: book[6].update(symbol="ethusd"), "symbol"),
    ("the other side", 7, lambda book: book[7].update(side="sell"), "side"),
    ("a larger amount", 8, lambda book: book[8].update(amount="10"), "amount"),
    ("an amount that differs by 1e-30", 0, lambda book: book[0].update(amount="1." + "0" * 29 + "1"), "amount"),
    ("another price", 9, lambda book: book[9].update(price="9500"), "price"),
    ("a price that rounds to the same float", 1, lambda book: book[1].update(price="9501.5000000000000001"), "price"),
    ("another status", 10, lambda book: book[10].update(status="Settled"), "status"),
    ("settled after the expected time", 2, lambda book: book[2].update(settle_by=LATE), "settled late"),
    ("not settled at the expected time", 11, lambda book: book[11].update(settle_by=LATE), "not settled"),
]  # fmt: skip


@pytest.mark.parametrize(("seeded", "number", "change", "kind"), SEEDED, ids=[one[0] for one in SEEDED])
def test_seeded_difference_is_named(
    cli: Cli, book: Book, tmp_path: Path, seeded: str, number: int, change: Change, kind: str
) -> None:
    """Exactly the seeded difference is reported, with its order and its kind; the exit code is 7."""
    ids = [*(row["clearing_id"] for row in book), "NOTHERE0"]
    change(book)

    ended = cli("reconcile", save(tmp_path, book), "--json")

    assert [(row["clearing_id"], row["kind"]) for row in ended.json] == [(ids[number], kind)]
    assert ended.code == ExitCode.DIFFERENCES


def test_all_seeded_differences_are_found_together(cli: Cli, book: Book, tmp_path: Path) -> None:
    """Differences do not hide one another."""
    appended = []
    for _, number, change, kind in SEEDED:
        if kind in ("missing", "unexpected", "duplicate"):
            continue
        change(book)
        appended.append((book[number]["clearing_id"], kind))
    book.append({"clearing_id": "NOTHERE0"})

    ended = cli("reconcile", save(tmp_path, book), "--json")

    found = {(row["clearing_id"], row["kind"]) for row in ended.json}
    assert found == {*appended, ("NOTHERE0", "missing")}


def test_difference_has_both_values_and_the_source(cli: Cli, book: Book, tmp_path: Path) -> None:
    """Expected and actual value are exact, and the source names the lists that show the actual one."""
    book[3]["price"] = "1"

    [row] = cli("reconcile", save(tmp_path, book), "--json").json

    assert (row["expected"], row["actual"], row["source"]) == ("1", "9503.5", "list and trades")


def test_broker_compares_the_orders_of_the_broker(cli: Cli, exchange: Exchange, tmp_path: Path) -> None:
    """With `--broker` the list is that of the broker, and the side that of the source."""
    ids = [exchange.account(name).counterparty_id for name in ("initiator", "counterparty")]
    terms: dict[str, Any] = {**TERMS}
    with client(exchange, "broker") as broker:
        placed = broker.create_broker_order(
            **terms, source_counterparty_id=ids[0], target_counterparty_id=ids[1], expires_in_hrs=1
        )
    book = [{"clearing_id": placed.clearing_id, **TERMS}]

    assert cli("reconcile", save(tmp_path, book), "--broker", desk="broker").code == ExitCode.OK
    assert cli("reconcile", save(tmp_path, [{**book[0], "side": "sell"}]), "--broker").code == ExitCode.DIFFERENCES


def test_since_leaves_out_older_orders(cli: Cli, exchange: Exchange, book: Book, tmp_path: Path) -> None:
    """An older order is not unexpected; if the book has it, it is compared with its status."""
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()

    ended = cli("reconcile", save(tmp_path, [{**book[5], "amount": "3"}]), "--since", later, "--json")

    [row] = ended.json
    assert (row["kind"], row["source"]) == ("amount", "status")


@pytest.fixture
def listed(exchange: Exchange, book: Book) -> Any:
    """Return a listed order, as a pattern for others."""
    with client(exchange, "initiator") as ours:
        return ours.list_orders().orders[0]


def test_long_lists_are_read_to_their_end(cli: Cli, tmp_path: Path) -> None:
    """An order that the exchange cuts off from its first response is neither missing nor without a known side."""
    server = ManyRows(2 * LIMIT + 1)
    book = [{"clearing_id": f"T{number}", "side": "buy", "status": "Settled"} for number in range(server.count)]

    done = cli("reconcile", save(tmp_path, book), transport=httpx.MockTransport(server))

    assert f"Orders in the book: {server.count}. Differences: 0." in done.err
    assert done.code == ExitCode.OK


def test_ten_thousand_equal_rows_have_no_difference(listed: Any) -> None:
    """Without a seeded difference none is reported; with one, exactly that one."""
    orders = [
        attrs.evolve(listed, clearing_id=f"ID{number:06}", price=Decimal(number + 1) / 1000) for number in range(10_000)
    ]
    expected = [
        ExpectedOrder(
            clearing_id=order.clearing_id,
            symbol=order.symbol.lower(),
            side=order.side,
            amount=order.quantity,
            price=order.price,
            status=order.status,
        )
        for order in reversed(orders)
    ]

    assert reconcile(expected, ActualOrders(orders=orders), now=NOW) == []
    orders[5000] = attrs.evolve(orders[5000], price=orders[5000].price + Decimal("1e-20"))
    [difference] = reconcile(expected, ActualOrders(orders=orders), now=NOW)
    assert (difference.clearing_id, difference.kind) == ("ID005000", DifferenceKind.PRICE)


def test_settled_order_without_a_trade_has_no_known_time(listed: Any) -> None:
    """A settlement whose time is in no list is reported, because it cannot be compared."""
    settled = attrs.evolve(listed, status=type(listed.status)("Settled"))
    expected = ExpectedOrder(clearing_id=listed.clearing_id, settle_by=NOW)

    [difference] = reconcile([expected], ActualOrders(orders=[settled]), now=NOW)

    assert difference.kind is DifferenceKind.UNKNOWN_SETTLEMENT


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("b.csv", "clearing_id,amout\nA,1\n", "unknown column amout. Valid columns: clearing_id, symbol"),
        ("b.csv", "amount\n1\n", "missing column clearing_id"),
        ("b.csv", "", "missing column clearing_id"),
        ("b.csv", "clearing_id,amount\n,1\n", "line 2: missing clearing_id"),
        ("b.csv", 'clearing_id,amount\nA,"1,5"\n', "line 2: invalid amount: '1,5'. Pass a decimal."),
        ("b.csv", "clearing_id,amount\nA,nan\n", "invalid amount: 'nan'"),
        ("b.csv", "clearing_id,side\nA,long\n", "invalid side: 'long'. Pass buy or sell."),
        ("b.csv", "clearing_id,settle_by\nA,2026-11-28\n", "Pass a time with a time zone"),
        ("b.csv", "clearing_id,settle_by\nA,soon\n", "Pass a time such as"),
        ("b.csv", "clearing_id,amount\nA\n", "line 2: not 2 cells"),
        ("b.csv", "clearing_id\nA,1\n", "line 2: not 1 cells"),
        ("b.json", "{}", "Pass a list of objects."),
        ("b.json", "[5]", "Pass a list of objects."),
        ("b.json", "[{", "invalid JSON"),
        ("b.json", '[{"clearing_id": 5}]', "order 1: missing clearing_id. Pass it as text."),
        ("b.json", '[{"clearing_id": "A", "amount": true}]', "invalid amount: True"),
        ("b.json", '[{"clearing_id": "A", "amount": [1]}]', "invalid amount: list"),
        ("b.json", '[{"clearing_id": "A", "status": 5}]', "invalid status: 5. Pass text."),
    ],
)
def test_invalid_book_is_a_usage_error(
    cli: Cli, exchange: Exchange, tmp_path: Path, name: str, text: str, message: str
) -> None:
    """The message names the file, the line and the value, and nothing is sent."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")

    ended = cli("reconcile", str(path))

    assert ended.code == ExitCode.USAGE
    assert f"{path}: {message}" in ended.err or message in ended.err
    exchange.assert_nothing_else()


def test_missing_book_is_a_usage_error(cli: Cli, tmp_path: Path) -> None:
    """The message names the path."""
    assert (
        "no-book.csv cannot be read: No such file or directory.\n"
        in cli("reconcile", str(tmp_path / "no-book.csv")).err
    )


def test_json_numbers_are_exact(tmp_path: Path) -> None:
    """A JSON number keeps every digit."""
    path = tmp_path / "book.json"
    path.write_text('[{"clearing_id": "A", "amount": 0.1000000000000000055, "price": 9500}]', encoding="utf-8")

    [order] = read_book(path)

    assert (order.amount, order.price) == (Decimal("0.1000000000000000055"), Decimal(9500))


def test_read_book_raises_our_error(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 raise `ArgumentError`."""
    path = tmp_path / "book.csv"
    path.write_bytes(b"clearing_id\n\xff\n")

    with pytest.raises(ArgumentError, match="cannot be read"):
        read_book(path)


def test_settlement_at_the_last_moment_is_in_time(exchange: Exchange, book: Book) -> None:
    """`settle_by` itself is in time, and a microsecond before it is not."""
    with client(exchange, "initiator") as ours:
        [trade] = [one for one in ours.list_trades().results if one.clearing_id == book[0]["clearing_id"]]
    actual, settled_at = ActualOrders(trades=[trade]), trade.last_updated_ms

    def kinds(settle_by: datetime) -> list[str]:
        expected = ExpectedOrder(clearing_id=trade.clearing_id, settle_by=settle_by)
        return [one.kind for one in reconcile([expected], actual, now=NOW)]

    assert (kinds(settled_at), kinds(settled_at - timedelta(microseconds=1))) == ([], ["settled late"])
