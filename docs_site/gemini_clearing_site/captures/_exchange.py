"""
The mock exchange of the captures: its orders, and how it is served to the command.

Its time and its clearing ids are the same in each build, on every day.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import uvicorn

from gemini_clearing import GeminiClearing
from gemini_clearing_mock import Exchange, ManualClock, create_app, demo_config

from .._errors import SiteError

__all__ = ["new_exchange", "served", "write_profiles"]

# Five requests of a walk, which gets 300 orders in each.
_PAST_ORDERS = 1500
# In the past of every machine: a walk ends at the machine's time.
_START_MS = 1_764_147_600_000  # 2025-11-26T09:00:00Z
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_DESKS = {"desk": "initiator", "theirs": "counterparty", "bulk": "desk3"}
_SECRET_HEADERS = (b"x-gemini-signature", b"x-gemini-payload", b"authorization")
_PROFILE = """
[profiles.{name}]
base_url = "{base_url}"
api_key = "{account.api_key}"
api_secret = "{account.api_secret}"
"""


def new_exchange() -> Exchange:
    """Return an exchange on 2025-11-28 at 16:00, with an order in each status, and a desk with a long list."""
    ids = (f"{_LETTERS[number % 24]}{number // 24 + 5:03d}1QDV" for number in count(8))
    exchange = Exchange(clock=ManualClock(_START_MS), ids=ids)
    theirs = exchange.account("counterparty").counterparty_id
    exchange.desks.set_alias("initiator", "counterparty", "Northwind")
    with _client(exchange, "initiator") as desk, _client(exchange, "counterparty") as other:
        first = desk.create_order(symbol="btcusd", amount="12.5", price="9480.00", side="buy", counterparty_id=theirs)
        exchange.clock.advance(minutes=14)
        other.confirm_order(clearing_id=first.clearing_id, symbol="btcusd", amount="12.5", price="9480.00", side="sell")
        exchange.clock.advance(hours=5)
        desk.create_order(symbol="ethusd", amount="400", price="2150.75", side="sell", expires_in_hrs=1)
        exchange.clock.advance(hours=20, minutes=31)
        canceled = desk.create_order(symbol="btceur", amount="3", price="8705.10", side="buy")
        desk.cancel_order(clearing_id=canceled.clearing_id)
        _fill(exchange)
        exchange.clock.advance(hours=4, minutes=12)
        desk.create_order(symbol="solusd", amount="20000", price="21.4", side="sell", counterparty_id=theirs)
        exchange.clock.advance(minutes=3)
        last = desk.create_order(symbol="btcusd", amount="100", price="9500.00", side="buy", counterparty_id=theirs)
        other.confirm_order(clearing_id=last.clearing_id, symbol="btcusd", amount="100", price="9500.00", side="sell")
    return exchange


def _fill(exchange: Exchange) -> None:
    """Place an order a minute, for 25 hours."""
    with _client(exchange, "desk3") as bulk:
        for number in range(_PAST_ORDERS):
            bulk.create_order(symbol="ethbtc", amount="1", price=f"0.07{number:04d}", side="buy")
            exchange.clock.advance(minutes=1)


def _client(exchange: Exchange, desk: str) -> GeminiClearing:
    account = exchange.account(desk)
    return GeminiClearing(
        api_key=account.api_key,
        api_secret=account.api_secret,
        base_url="http://127.0.0.1",
        transport=exchange.transport(),
    )


def _recording(app: Any, secrets: set[str]) -> Any:
    """Return an app that keeps what no capture may show of each request: signature, payload and token."""

    async def record(scope: Any, receive: Any, send: Any) -> None:
        for name, value in scope.get("headers", ()):
            if name.lower() in _SECRET_HEADERS:
                secrets.add(value.decode("ascii").removeprefix("Bearer "))
        await app(scope, receive, send)

    return record


@contextmanager
def served(exchange: Exchange, secrets: set[str]) -> Iterator[str]:
    """
    Serve an exchange on a free port of this machine, in a thread, and yield its address.

    The secrets of its keys and tokens, and those of each request, are added to `secrets`.

    Raises:
        SiteError: the server does not start.
    """
    secrets.update(key.api_secret for key in demo_config().keys)
    secrets.update(token.token for token in demo_config().tokens)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        app = _recording(create_app(exchange, controls=False), secrets)
        config = uvicorn.Config(app, lifespan="off", log_level="critical", date_header=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while thread.is_alive() and not server.started:
            time.sleep(0.01)
        if not server.started:
            raise SiteError("The mock exchange did not start.")
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            # A response that a fault delays is not waited for.
            server.should_exit = server.force_exit = True
            thread.join()


def write_profiles(exchange: Exchange, base_url: str, path: Path) -> None:
    """Write a profile for each desk; the first one is the default."""
    tables = [
        _PROFILE.format(name=name, base_url=base_url, account=exchange.account(desk)) for name, desk in _DESKS.items()
    ]
    path.touch(0o600)
    path.write_text('default_profile = "desk"\n' + "".join(tables), encoding="utf-8")
